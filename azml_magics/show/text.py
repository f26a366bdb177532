"""Views, events and errors as plain lines: short, aligned, the same for the same input."""

from __future__ import annotations

from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.errors import AzmlError, FindingsError, StartError
from azml_magics.events import BuildStep, Event, Found, LogLine, Note, Progress, StateChanged, StepFinished, StepStarted
from azml_magics.show.describe import describe
from azml_magics.show.view import Table, View
from azml_magics.show.words import build_step, finding_lines, seconds_figure


def lines_of(value: object, *, figures: bool) -> list[str]:
    """Any result as lines."""
    return view_lines(describe(value, figures=figures))


def view_lines(view: View) -> list[str]:
    """Title, facts in two columns, table, preformatted lines."""
    width = max((len(label) for label, _ in view.facts), default=0)
    lines = [view.title]
    for label, text in view.facts:
        head, *rest = text.splitlines() or [""]
        lines.append(f"  {label:<{width}}  {head}")
        lines += [" " * (width + 4) + line for line in rest]
    if view.table is not None:
        lines += table_lines(view.table)
    return [*lines, *view.lines]


def table_lines(table: Table) -> list[str]:
    """Columns as wide as their widest cell, a head line first."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    return [
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def event_line(event: Event, *, figures: bool) -> str | None:
    """What is said of an event once it has happened; ``None`` for what only a log or a live display shows."""
    if isinstance(event, StepFinished):
        figure = seconds_figure(event.seconds) if figures else ""
        reason = "" if event.outcome == "failed" else event.reason  # the error says it better
        return "  ".join(part for part in (f"{event.step:<8}", event.outcome, figure, reason) if part)
    if isinstance(event, Note):
        return event.text
    if isinstance(event, Found):
        return "\n".join(finding_lines([event.finding]))
    if isinstance(event, BuildStep) and event.outcome != "started":
        figure = seconds_figure(event.seconds) if figures and event.outcome == "done" else ""
        return "  ".join(part for part in (f"{'':<8}", event.outcome, figure, build_step(event)) if part)
    if isinstance(event, StepStarted | LogLine | BuildStep | Progress | StateChanged):
        return None
    raise TypeError(f"unknown event {type(event).__name__}")


def why_lines(error: BaseException | ScoringResponse) -> list[str]:
    """Everything known about an error: what was shown, details, the end of the log, what caused it.

    Of an answer that is one: status, body, headers and the traceback the service logged for it.
    """
    if isinstance(error, ScoringResponse):
        return [
            *lines_of(error, figures=True),
            *_section("headers", [f"{name}: {value}" for name, value in error.headers]),
            *_section("traceback in the service log", error.traceback),
        ]
    if not isinstance(error, AzmlError):
        import traceback

        return "".join(traceback.format_exception(error)).splitlines()
    lines = [f"{type(error).__name__} ({error.code})", *error.lines()]
    if isinstance(error, FindingsError) and len({finding.severity for finding in error.findings}) > 1:
        lines = [lines[0], error.brief, *finding_lines(error.findings)]
    lines += _section("details", error.details)
    if isinstance(error, StartError):
        lines += _section("end of the log", error.log_tail)
        if error.process_exit_code is not None:
            lines += _section("exit code", [str(error.process_exit_code)])
    cause = error.__cause__
    if cause is not None:
        lines += ["", "caused by:", *(f"  {line}" for line in _cause_lines(cause))]
    return lines


def _cause_lines(cause: BaseException) -> list[str]:
    return why_lines(cause) if isinstance(cause, AzmlError) else [f"{type(cause).__name__}: {cause}"]


def _section(title: str, lines: list[str] | tuple[str, ...]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in lines)] if lines else []
