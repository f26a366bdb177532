"""Things in a list, each as one row: column -> cell. What is shown of a single one is left to ``describe``."""

# ruff: noqa: ARG001  # every row takes the same arguments, also those that know no figures

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azml_magics.definitions.environment import NewestEnvironment
from azml_magics.show.describe_environments import state_words
from azml_magics.show.describe_runs import run_row
from azml_magics.show.words import environment_facts, environment_text, pairs


def _service_row(item: Any, figures: bool) -> dict[str, str]:
    return {
        "name": item.name,
        "state": item.state,
        "engine": item.engine,
        "environment": environment_text(item),
        "models": ", ".join(item.models),
        "scoring URI": item.scoring_uri or "" if figures else "",
        "started": f"{item.started.astimezone():%Y-%m-%d %H:%M}" if figures and item.started else "",
        "error": item.error or "",
    }


def _model_row(item: Any, figures: bool) -> dict[str, str]:
    return {
        "name": item.name,
        "version": str(item.version),
        "content": item.basename + ("/" if item.is_folder else ""),
        "bytes": f"{item.size_bytes:,}",
        "framework": f"{item.framework or ''} {item.framework_version or ''}".strip(),
        "tags": pairs(item.tags),
        "created": f"{item.created.astimezone():%Y-%m-%d %H:%M}" if figures and item.created else "",
    }


def _environment_row(item: Any, figures: bool) -> dict[str, str]:
    versions = ""
    if isinstance(item, NewestEnvironment):
        item, versions = item.environment, str(item.versions)
    facts = {label: text.replace("\n", "; ") for label, text in environment_facts(item)}
    told = {label: facts.pop(label, "") for label in ("description", "tags")}
    columns = dict.fromkeys(("python", "requirements", "conda packages", "channels", "variables", "image"), "")
    return {
        "name": item.name,
        "version": state_words(item).removeprefix("version "),
        "versions": versions,
        **columns,
        **facts,
        **told,
    }


def _request_row(item: Any, figures: bool) -> dict[str, str]:
    return {
        "service": item.service,
        "status": str(item.status),
        "sent": f"{item.request_bytes:,} bytes",
        "answered": f"{item.response_bytes:,} bytes",
        "latency": f"{item.latency_ms:.0f} ms" if figures else "",
        "time": f"{item.time.astimezone():%Y-%m-%d %H:%M:%S}" if figures else "",
        "request id": item.request_id if figures else "",
    }


def _plan_row(item: Any, figures: bool) -> dict[str, str]:
    return {"service": item.service, **{action.step: f"{action.kind}: {action.reason}" for action in item.actions}}


def _job_row(item: Any, figures: bool) -> dict[str, str]:
    return {"service": item.name, "state": item.state, "step": item.step or "", "error": item.error or ""}


#: Kind of a ``Listing`` -> one item as column -> cell; a column that is empty in every row is left out.
ROWS: dict[str, Callable[[Any, bool], dict[str, str]]] = {
    "service": _service_row,
    "model": _model_row,
    "environment": _environment_row,
    "request": _request_row,
    "plan": _plan_row,
    "job": _job_row,
    "run": run_row,
}
