"""JSON forms of what the verbs about runs give; ``document`` registers them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from azml_magics.definitions.run import Metric, RunDetails, RunRecord
    from azml_magics.show.results import CopiedFiles, LogText


def run_document(value: RunRecord) -> dict[str, object]:
    """What it was asked for, where it is and how it ended."""
    return {
        "id": value.id,
        "experiment": value.experiment,
        "state": value.state,
        "script": value.script,
        "arguments": list(value.arguments),
        "origin": value.origin.label if value.origin else None,
        "environment": value.environment,
        "engine": value.engine,
        "snapshot": value.request.snapshot,
        "directory": str(value.directory),
        "working_directory": str(value.working_directory),
        "log_path": str(value.log_path),
        "created": _time(value.created),
        "started": _time(value.started),
        "ended": _time(value.ended),
        "exit_code": value.exit_code,
        "error": value.error,
        "tags": dict(value.tags),
        "properties": dict(value.properties),
    }


def run_details_document(value: RunDetails) -> dict[str, object]:
    """The run, and everything it logged, with every step."""
    return {
        **run_document(value.record),
        "tags": dict(value.tags),
        "metrics": {metric.name: _metric(metric) for metric in value.metrics},
        "parameters": dict(value.parameters),
        "files": list(value.files),
        "models": list(value.models),
        "child_runs": value.child_runs,
    }


def run_log_document(value: LogText) -> dict[str, object]:
    """Its lines."""
    return {"name": value.service, "lines": list(value.lines)}


def copied_files_document(value: CopiedFiles) -> dict[str, object]:
    """Where the copies are."""
    return {"name": value.name, "files": [str(path) for path in value.files]}


def _metric(metric: Metric) -> dict[str, object]:
    return {
        "last": _plain(metric.last),
        "values": [
            {"value": _plain(item.value), "step": item.step, "time": _time(item.time)} for item in metric.values
        ],
    }


def _plain(value: object) -> object:
    """JSON knows neither infinity nor what is no number: they become texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
