"""A request as the bytes that go over a wire, and an answer read from such bytes; no connection is made."""

from __future__ import annotations

import http.client
import io
import uuid
from typing import TYPE_CHECKING, cast

from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import ScoringError
from azml_magics.scoring.failure_log import ReadLog, find_failure

if TYPE_CHECKING:
    import socket

JSON = "application/json"


def headers_to_send(request: ScoringRequest) -> tuple[dict[str, str], str]:
    """The headers of ``request`` with what is always sent, and its id.

    Content-Type is JSON unless given: without it the server hands form-encoded bodies to ``run()`` as an empty string
    (AZUREML.md 1.6).
    """
    headers = dict(request.headers)
    if request.header("content-type") is None:
        headers["Content-Type"] = JSON
    request_id = request.header("x-request-id") or str(uuid.uuid4())
    headers = {name: value for name, value in headers.items() if name.lower() != "x-request-id"}
    return {**headers, "x-request-id": request_id}, request_id


def bad_header(error: Exception) -> ScoringError:
    """The error for headers that cannot be sent."""
    return ScoringError(
        f"the request cannot be sent: {error}",
        remedy="headers hold printable Latin-1 text only",
        code="bad-header",
    )


def render_http(request: ScoringRequest, *, method: str = "POST", path: str = "/score") -> tuple[bytes, str]:
    """The whole message and the request's id. Raises ``ScoringError`` (``bad-header``)."""
    headers, request_id = headers_to_send(request)
    wire = _Wire()
    connection = http.client.HTTPConnection("localhost")
    connection.sock = wire  # of a socket only this is used
    try:
        connection.request(method, path, request.body if method != "GET" else None, headers)
    except (ValueError, UnicodeError) as error:
        raise bad_header(error) from error
    return bytes(wire.sent), request_id


def read_response(
    message: bytes,
    service: str,
    request_id: str,
    *,
    latency_ms: float,
    read_log: ReadLog,
    app_root: str,
    script: EntryScript | None = None,
    method: str = "POST",
) -> ScoringResponse:
    """The answer in ``message``, joined with what the log says of it when it is a server error."""
    answer = http.client.HTTPResponse(cast("socket.socket", _Wire(message)), method=method)
    answer.begin()
    body = answer.read()
    failure = find_failure(read_log, request_id, app_root=app_root, script=script) if answer.status >= 500 else None
    return ScoringResponse(
        service=service,
        status=answer.status,
        body=body,
        headers=tuple(answer.getheaders()),
        latency_ms=latency_ms,
        request_id=answer.getheader("x-request-id", request_id),
        run_ms=milliseconds(answer.getheader("x-ms-run-fn-exec-ms")),
        traceback=failure.lines if failure else (),
        frames=failure.frames if failure else (),
    )


def milliseconds(text: str | None) -> float | None:
    """The server's figure; a script may answer with a header of that name too, and then there is none."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


class _Wire:
    """As much of a socket as ``http.client`` uses."""

    def __init__(self, received: bytes = b"") -> None:
        self.sent = bytearray()
        self._received = received

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def makefile(self, mode: str) -> io.BytesIO:  # noqa: ARG002  # as a socket's
        return io.BytesIO(self._received)
