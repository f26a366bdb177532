"""A running job as a ``View``: the steps so far, each with its outcome, and what the user should know meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from azml_magics.errors import AzmlError, CancelledError
from azml_magics.events import BuildStep, Event, Found, Note, Progress, StepFinished, StepStarted
from azml_magics.show.view import View
from azml_magics.show.words import build_step, finding_lines, progress_figure, seconds_figure


def progress_view(title: str, events: Sequence[Event], *, figures: bool, error: BaseException | None = None) -> View:
    """Everything worth seeing of ``events``, in the order it happened; ``error`` is what ended the work."""
    steps: dict[str, str] = {}
    running = ""
    for event in events:
        if isinstance(event, StepStarted):
            steps[event.step] = f"running: {event.reason}" if event.reason else "running"
            running = event.step
        elif isinstance(event, StepFinished):
            figure = seconds_figure(event.seconds) if figures else ""
            reason = "" if event.outcome == "failed" else event.reason
            is_cancelled = event.outcome == "failed" and isinstance(error, CancelledError)
            outcome = "cancelled" if is_cancelled else event.outcome
            steps[event.step] = " ".join(part for part in (outcome, figure, reason) if part)
        elif isinstance(event, BuildStep) and running:
            steps[running] = f"running: step {build_step(event)}"
        elif isinstance(event, Progress) and running:
            steps[running] = f"running: {progress_figure(event)}"
    return View(title, facts=tuple(steps.items()), lines=tuple(note_lines(events)))


def failure_view(title: str, events: Sequence[Event], error: BaseException, *, figures: bool) -> View:
    """How far it got, and the error before what else was noticed."""
    reached = progress_view(title, events, figures=figures, error=error)
    shown = error._render_traceback_() if isinstance(error, AzmlError) else [f"{type(error).__name__}: {error}"]
    return View(title, "bad", reached.facts, lines=(*shown, *reached.lines))


def note_lines(events: Sequence[Event]) -> list[str]:
    """The text of every note and every finding."""
    lines: list[str] = []
    for event in events:
        if isinstance(event, Note):
            lines += event.text.splitlines()
        elif isinstance(event, Found):
            lines += finding_lines([event.finding])
    return lines


def current_step(events: Sequence[Event]) -> str | None:
    """The step that was begun last and has not ended."""
    running: list[str] = []
    for event in events:
        if isinstance(event, StepStarted):
            running.append(event.step)
        elif isinstance(event, StepFinished) and event.step in running:
            running.remove(event.step)
    return running[-1] if running else None
