"""Requests to a running service: one that is kept in the history, many that are measured, and one to begin with.

Sending is left to ``scoring``, keeping to ``workspace``; this is where both and the engines come together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from azml_magics.cancel import Cancel
from azml_magics.definitions.load_test import LoadProgress, LoadReport, LoadSize
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import DeclarationError, ToolError
from azml_magics.services.liveness import find_running, get_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from azml_magics.workspace.requests import RequestRecord
    from azml_magics.workspace.workspace import Workspace

#: Where a request to begin with is looked for in the history.
LOOKED_BACK = 20


@dataclass(frozen=True)
class Exchange:
    """A request's answer, and its ``number`` in the history."""

    response: ScoringResponse
    number: int


@dataclass(frozen=True)
class Sample:
    """A request to begin with: ``record`` is the one that was sent last, if any."""

    body: str
    origin: Literal["last request", "swagger", "empty"]
    record: RequestRecord | None = None

    def kept_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of that request, but those whose values are never kept."""
        from azml_magics.workspace.requests import MASK

        headers = self.record.request_headers if self.record is not None else ()
        return tuple((name, value) for name, value in headers if value != MASK)


def send_request(workspace: Workspace, name: str, request: ScoringRequest) -> Exchange:
    """Send one request and keep it. Raises ``NotFoundError``, ``ServiceError``, ``ScoringError``."""
    from azml_magics.engines import get_engine
    from azml_magics.scoring.client import send

    record = get_running(workspace, name)
    endpoint, engine = record.endpoint, get_engine(record.deployment.engine)
    assert endpoint is not None
    mark = engine.log_mark(endpoint)
    response = send(
        endpoint,
        request,
        read_log=lambda: engine.log_since(endpoint, mark),
        script=record.deployment.entry_script,
    )
    return Exchange(response, workspace.record_request(record, request, response))


def load_test(
    workspace: Workspace,
    name: str,
    request: ScoringRequest,
    size: LoadSize,
    *,
    report: Callable[[LoadProgress], None],
    cancel: Cancel,
) -> LoadReport:
    """Send ``request`` that often; nothing of it enters the history.

    Raises ``DeclarationError`` for an impossible size, else as :func:`~azml_magics.scoring.load_test.run_load_test`.
    """
    from azml_magics.scoring.load_test import run_load_test

    findings = size.findings()
    if findings:
        raise DeclarationError(f"service {name!r} cannot be tested like this", findings)
    endpoint = get_running(workspace, name).endpoint
    assert endpoint is not None
    return run_load_test(endpoint, request, size, report=report, cancel=cancel)


def sample_request(workspace: Workspace, name: str) -> Sample:
    """The last request that was sent and is kept whole, else what the swagger document says, else an empty one.

    Raises ``NotFoundError``: a service that does not run has a history, too.
    """
    from azml_magics.scoring.sample import EMPTY_BODY, read_swagger, render_sample

    workspace.get_service(name)
    for record in workspace.list_requests(name, LOOKED_BACK):
        text = whole_text(record.request_body, record.request_bytes)
        if text is not None:
            return Sample(text, "last request", record)
    try:
        running = find_running(workspace, name)
    except ToolError:  # the engine cannot be asked, so neither can the service
        running = None
    if running is not None and running.endpoint is not None:
        body = render_sample(read_swagger(running.endpoint))
        if body is not None:
            return Sample(body, "swagger")
    return Sample(EMPTY_BODY, "empty")


def whole_text(body: bytes, size_bytes: int) -> str | None:
    """A kept body of that size as text; ``None`` when it was cut or is no UTF-8."""
    if len(body) < size_bytes:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
