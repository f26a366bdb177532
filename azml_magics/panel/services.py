"""The services of a workspace as a page is told them; how a service is now is left to ``services`` and the engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azml_magics.errors import AzmlError
from azml_magics.panel.outline import State
from azml_magics.services.liveness import report_now

if TYPE_CHECKING:
    from azml_magics.definitions.deployment import ServiceReport
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Services:
    """``states`` leaves out the stopped ones, ``known`` does not and has fewer figures; ``problem`` says what is wrong.

    ``processes`` are those of the running ones, by pid and when each was created.
    """

    states: tuple[State, ...] = ()
    known: Mapping[str, State] = field(default_factory=dict)
    processes: tuple[tuple[int, float | None], ...] = ()
    problem: str = ""


def collect_services(workspace: Workspace) -> Services:
    """Every service."""
    states: list[State] = []
    known: dict[str, State] = {}
    processes: list[tuple[int, float | None]] = []
    problem = ""
    try:
        for record in workspace.list_services():
            report = report_now(record)
            known[report.name] = _head_facts(report)
            if report.state != "stopped":
                states.append(_service_state(workspace, report))
            endpoint = record.endpoint
            if report.state == "running" and endpoint is not None and endpoint.pid is not None:
                processes.append((endpoint.pid, endpoint.process_created))
    except AzmlError as error:
        problem = error.brief
    return Services(tuple(states), known, tuple(processes), problem)


def _head_facts(report: ServiceReport) -> State:
    return {
        "state": report.state,
        "port": report.port,
        "environment": report.environment,
        "problem": report.error,
    }


def _service_state(workspace: Workspace, report: ServiceReport) -> State:
    figures = workspace.request_statistics(report.name)
    return {
        "name": report.name,
        "engine": report.engine,
        "state": report.state,
        "port": report.port,
        "scoring_uri": report.scoring_uri,
        "model": ", ".join(report.models),
        "environment": report.environment,
        "started": report.started.timestamp() if report.started else None,
        "requests": figures.requests,
        "errors": figures.errors,
        "p50_ms": figures.p50_ms,
        "p99_ms": figures.p99_ms,
        "latencies": [round(latency, 2) for latency in figures.latencies],
        "problem": report.error,
    }
