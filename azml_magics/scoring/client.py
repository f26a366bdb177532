"""Sending one request to a service and joining a server error with its traceback from the service log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import ScoringError
from azml_magics.scoring.failure_log import ReadLog, find_failure, find_worker_end
from azml_magics.scoring.wire import bad_header, headers_to_send, milliseconds

if TYPE_CHECKING:
    import requests


def send(
    endpoint: Endpoint,
    request: ScoringRequest,
    *,
    read_log: ReadLog,
    script: EntryScript | None = None,
    path: str = "/score",
) -> ScoringResponse:
    """Post ``request`` as it is and return the answer as it is, whatever its status.

    ``read_log`` gives what the service has logged since before the call.

    Raises ``ScoringError`` when there was no answer (``service-unreachable``, ``scoring-timeout``,
    ``worker-ended``) or nothing could be sent (``bad-header``).
    """
    headers, request_id = headers_to_send(request)
    began = time.perf_counter()
    answer = _post(endpoint, path, request, headers, read_log)
    latency_ms = 1000 * (time.perf_counter() - began)
    failure = None
    if answer.status_code >= 500:
        failure = find_failure(read_log, request_id, app_root=endpoint.app_root, script=script)
    return ScoringResponse(
        service=endpoint.service,
        status=answer.status_code,
        body=answer.content,
        headers=tuple(answer.raw.headers.items()),  # a name may come more than once here
        latency_ms=latency_ms,
        request_id=answer.headers.get("x-request-id", request_id),
        run_ms=milliseconds(answer.headers.get("x-ms-run-fn-exec-ms")),
        traceback=failure.lines if failure else (),
        frames=failure.frames if failure else (),
    )


def _post(
    endpoint: Endpoint, path: str, request: ScoringRequest, headers: dict[str, str], read_log: ReadLog
) -> requests.Response:
    import requests
    from urllib3.exceptions import MaxRetryError

    with requests.Session() as session:
        session.trust_env = False  # traffic to this machine is no business of a proxy or of .netrc
        try:
            return session.post(
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
        except (requests.exceptions.InvalidHeader, UnicodeError) as error:
            raise bad_header(error) from error
        except requests.RequestException as error:
            if error.args and isinstance(error.args[0], MaxRetryError):
                raise unreachable(endpoint, f"does not listen on port {endpoint.port}") from error
            ended = find_worker_end(read_log)
            if ended is None:
                raise unreachable(endpoint, f"broke the connection: {error}") from error
            raise ScoringError(
                f"a worker of service {endpoint.service!r} ended while it answered: {ended}",
                remedy=f"it has been replaced; azml logs {endpoint.service} shows what it did last",
                code="worker-ended",
            ) from error


def unreachable(endpoint: Endpoint, what: str) -> ScoringError:
    """The error for a service that gave no answer; ``what`` goes on after its name."""
    return ScoringError(
        f"service {endpoint.service!r} {what}",
        remedy=f"azml services shows its state, azml logs {endpoint.service} why",
        code="service-unreachable",
    )
