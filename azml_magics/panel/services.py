"""The services of a workspace as a page is told them; asking the engines is left to ``session``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.errors import AzmlError
from azml_magics.panel.outline import State

if TYPE_CHECKING:
    from azml_magics.definitions.deployment import ServiceReport
    from azml_magics.session import Session

#: Latencies of the chart.
SHOWN_LATENCIES = 60


def collect_services(session: Session) -> tuple[list[State], str]:
    """Every service but the stopped ones, and what is wrong when they cannot be known."""
    try:
        reports = session.services()
        return [_service_state(session, report) for report in reports if report.state != "stopped"], ""
    except AzmlError as error:
        return [], error.brief


def _service_state(session: Session, report: ServiceReport) -> State:
    latencies = [
        record.latency_ms for record in reversed(session.workspace.list_requests(report.name, SHOWN_LATENCIES))
    ]
    return {
        "name": report.name,
        "engine": report.engine,
        "state": report.state,
        "port": report.port,
        "scoring_uri": report.scoring_uri,
        "model": ", ".join(report.models),
        "environment": report.environment,
        "started": report.started.timestamp() if report.started else None,
        "requests": len(latencies),
        "errors": 0,
        "p50_ms": None,
        "p99_ms": None,
        "latencies": [round(latency, 2) for latency in latencies],
        "problem": report.error,
    }
