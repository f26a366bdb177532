"""What a page is told of the job and what its head speaks of, JSON-ready; collecting it is left to ``contents``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.panel.outline import State, error_state, finding_state
from azml_magics.panel.services import Services
from azml_magics.show.doing import SERVICE_VERBS

if TYPE_CHECKING:
    from azml_magics.panel.job_source import JobSource


def job_state(job: JobSource | None) -> State:
    """The job, as far as it has come; without one, that nothing is done."""
    outline = job.outline if job else None
    return {
        "doing": job.record.doing if job else "",
        "verdict": job.verdict if job else "idle",
        "job": job.record.id if job else None,
        "cancellable": job is not None and job.verdict == "running",
        "started": job.record.created if job else None,
        "ended": job.ended if job else None,
        "steps": outline.steps() if outline else [],
        "error": _error(job),
        "findings": [finding_state(finding) for finding in outline.findings] if outline else [],
    }


def _error(job: JobSource | None) -> State | None:
    """What is shown as a fault; that somebody cancelled a job is none, and stands in its verdict."""
    if job is None or job.error is None:
        return None
    told = error_state(job.error)
    is_only_cancelled = job.verdict == "cancelled" and told["lines"] == job.error._render_traceback_()[:1]
    return None if is_only_cancelled else told


def head_state(name: str | None, job: JobSource | None, services: Services, root: Path) -> State:
    """What the head speaks of: a job that runs, else the service ``name``, else the workspace or what has ended."""
    is_running = job is not None and job.verdict == "running"
    is_of_service = job is None or job.record.verb in SERVICE_VERBS
    service = services.known.get(name) if name is not None and is_of_service else None
    if service is not None and not is_running:
        port, environment = service["port"], service["environment"]
        told = [f"service on port {port}" if port else "service", f"environment {environment}" if environment else ""]
        return {
            "about": "service",
            "title": name,
            "service_state": service["state"],
            "summary": str(service["problem"] or ", ".join(filter(None, told))),
        }
    if name is None and not is_running:
        title = f"services of {root.parent.name or root}"
        return {"about": "workspace", "title": title, "service_state": None, "summary": services.problem}
    summary = job.error.brief if job is not None and job.error is not None else services.problem
    ended = job.record.name if job is not None else name
    return {"about": "job", "title": ended, "service_state": None, "summary": summary}
