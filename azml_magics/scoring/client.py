"""Sending one request to a service and joining a server error with its traceback from the service log."""

from __future__ import annotations

import time
import uuid

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import ScoringError
from azml_magics.scoring.failure_log import find_failure

JSON = "application/json"


def send(
    endpoint: Endpoint, request: ScoringRequest, *, script: EntryScript | None = None, path: str = "/score"
) -> ScoringResponse:
    """Post ``request`` as it is and return the answer as it is, whatever its status.

    Content-Type is JSON unless given: without it the server hands form-encoded bodies to ``run()`` as an empty string
    (AZUREML.md 1.6). Raises ``ScoringError`` when there was no answer (``service-unreachable``, ``scoring-timeout``).
    """
    import requests

    headers = dict(request.headers)
    given = {name.lower() for name in headers}
    if "content-type" not in given:
        headers["Content-Type"] = JSON
    if "x-request-id" not in given:
        headers["x-request-id"] = str(uuid.uuid4())
    request_id = next(value for name, value in headers.items() if name.lower() == "x-request-id")
    log_offset = endpoint.log_path.stat().st_size if endpoint.log_path.exists() else 0
    with requests.Session() as session:
        session.trust_env = False  # traffic to this machine is no business of a proxy or of .netrc
        began = time.perf_counter()
        try:
            answer = session.post(
                endpoint.base_url + path,
                data=request.body,
                headers=headers,
                timeout=request.timeout_seconds,
                allow_redirects=False,
            )
        except requests.Timeout as error:
            raise ScoringError(
                f"service {endpoint.service!r} did not answer within {request.timeout_seconds:g} s",
                remedy=f"give it more time (--timeout-seconds); azml logs {endpoint.service} shows what run() is doing",
                code="scoring-timeout",
            ) from error
        except requests.ConnectionError as error:
            raise ScoringError(
                f"service {endpoint.service!r} broke the connection or does not listen on port {endpoint.port}",
                remedy=f"azml services shows its state, azml logs {endpoint.service} why",
                code="service-unreachable",
            ) from error
        except (requests.exceptions.InvalidHeader, UnicodeError) as error:
            raise ScoringError(
                f"the request cannot be sent: {error}",
                remedy="headers hold printable Latin-1 text only",
                code="bad-header",
            ) from error
        latency_ms = 1000 * (time.perf_counter() - began)
    failure = find_failure(endpoint, log_offset, request_id, script) if answer.status_code >= 500 else None
    return ScoringResponse(
        service=endpoint.service,
        status=answer.status_code,
        body=answer.content,
        headers=tuple(answer.headers.items()),
        latency_ms=latency_ms,
        request_id=answer.headers.get("x-request-id", request_id),
        run_ms=_milliseconds(answer.headers.get("x-ms-run-fn-exec-ms")),
        traceback=failure.lines if failure else (),
        frames=failure.frames if failure else (),
    )


def _milliseconds(text: str | None) -> float | None:
    return None if text is None else float(text)
