"""Views of what the verbs about runs give; ``describe`` registers them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from azml_magics.show.view import Table, Tone, View
from azml_magics.show.words import count, filled, pairs, seconds_figure

if TYPE_CHECKING:
    from azml_magics.definitions.run import Metric, RunDetails, RunRecord
    from azml_magics.show.results import CopiedFiles

_TONES: dict[str, Tone] = {"Completed": "good", "Failed": "bad", "Canceled": "bad"}
#: Of the files of a run at most so many are named; ``--json`` has all of them.
SHOWN_FILES = 20


def run_details_view(value: RunDetails, *, figures: bool) -> View:
    """State, what it ran with, then what it logged and left."""
    record = value.record
    times = [(word, getattr(record, word)) for word in ("created", "started", "ended")] if figures else []
    facts = [
        ("experiment", record.experiment),
        ("script", " ".join([record.script, *record.arguments])),
        ("from", record.origin.label if record.origin else ""),
        ("environment", environment_of_run(record)),
        ("engine", record.engine if record.engine != "process" else ""),
        *((word, f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else "") for word, time in times),
        ("took", seconds_figure(record.seconds).strip("()") if figures and record.seconds is not None else ""),
        ("exit code", str(record.exit_code) if record.exit_code else ""),
        ("error", record.error or ""),
        ("tags", pairs(value.tags)),
        ("parameters", pairs(value.parameters)),
        ("models", ", ".join(value.models)),
        ("child runs", str(value.child_runs) if value.child_runs else ""),
        ("files", _files(value)),
        ("directory", str(record.directory) if figures else ""),
    ]
    rows = tuple((metric.name, _value_text(metric.last), _steps(metric)) for metric in value.metrics)
    table = Table(("metric", "value", "logged"), rows) if rows else None
    return View(run_title(record, figures=figures), _TONES.get(record.state, "plain"), filled(facts), table)


def copied_files_view(value: CopiedFiles, *, figures: bool) -> View:  # noqa: ARG001  # as every describer
    """Where the copies are."""
    return View(f"{value.name}: {count(len(value.files), 'file')} copied", lines=tuple(map(str, value.files)))


def run_title(record: RunRecord, *, figures: bool) -> str:
    """``run train_1767_ab is Completed``; without figures the script stands for the id."""
    return f"run {record.id if figures else f'of {record.script}'} is {record.state}"


def environment_of_run(record: RunRecord) -> str:
    """Its label, or what it ran with instead of one."""
    if record.interactive:
        return ""
    return record.environment or "the current Python"


def run_row(item: RunRecord, figures: bool) -> dict[str, str]:
    """One run in a list."""
    return {
        "id": item.id if figures else "",
        "experiment": item.experiment,
        "script": item.script,
        "state": item.state,
        "environment": environment_of_run(item),
        "engine": item.engine if item.engine != "process" else "",
        "created": f"{item.created.astimezone():%Y-%m-%d %H:%M:%S}" if figures else "",
        "took": seconds_figure(item.seconds).strip("()") if figures and item.seconds is not None else "",
        "error": item.error or "",
    }


def _files(value: RunDetails) -> str:
    shown = [name for name in value.files if not name.startswith("user_logs/")]
    rest = [f"and {count(len(shown) - SHOWN_FILES, 'file')} more"] if len(shown) > SHOWN_FILES else []
    return "\n".join([*shown[:SHOWN_FILES], *rest])


def _steps(metric: Metric) -> str:
    return count(len(metric.values), "time") if len(metric.values) > 1 else ""


def _value_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return pairs([(str(key), _value_text(item)) for key, item in value.items()])
    return str(value)
