"""What a service record means now: the engines are asked, since a process may have ended after it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import ServiceReport, ServiceState
from azml_magics.errors import ServiceError, ToolError
from azml_magics.events.stages import Stages

if TYPE_CHECKING:
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace


def current_state(record: ServiceRecord) -> ServiceState:
    """``failed`` for a service that was running when the record was written and is not now."""
    if record.state != "running" or record.endpoint is None:
        return record.state
    from azml_magics.engines import get_engine

    return get_engine(record.deployment.engine).state(record.endpoint)


def report_now(record: ServiceRecord, stages: Stages | None = None) -> ServiceReport:
    """``record`` with its present state; stages are those of the run that has just ended, else the recorded ones.

    The state is ``unknown``, and the report says why, when the engine that runs the service cannot be asked.
    """
    error = record.error
    try:
        state = current_state(record)
        if state == "failed" and record.state == "running":
            what = "process" if record.deployment.engine == "process" else "container"
            error = f"its {what} has ended by itself; azml logs {record.name} shows what it did last"
    except ToolError as unreachable:
        state, error = "unknown", unreachable.brief
    return record.report(
        state,
        seconds=stages.seconds if stages else record.stages,
        reasons=stages.reasons if stages else record.reasons,
        error=error if state in ("failed", "unknown") else None,
    )


def find_running(workspace: Workspace, name: str) -> ServiceRecord | None:
    """The record of a service that runs, or ``None``."""
    record = workspace.find_service(name)
    return record if record is not None and current_state(record) == "running" else None


def get_running(workspace: Workspace, name: str) -> ServiceRecord:
    """The record of a service that runs. Raises ``NotFoundError``, ``ServiceError`` (``service-not-running``)."""
    record = workspace.get_service(name)
    state = current_state(record)
    if state != "running":
        raise ServiceError(
            f"service {name!r} is {state}",
            remedy=f"azml logs {name} shows why" if state == "failed" else f"deploy it again: azml deploy {name} ...",
            code="service-not-running",
        )
    return record
