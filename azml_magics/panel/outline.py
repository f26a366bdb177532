"""``Outline``: what the events of a job come to: steps, findings, notes; lines of its log are none of its business."""

from __future__ import annotations

from typing import TypeAlias

from azml_magics.errors import AzmlError, CancelledError, Finding, FindingsError
from azml_magics.events import STEPS, BuildStep, Event, Found, Note, Progress, StepFinished, StepStarted
from azml_magics.show.doing import DEPLOYING_VERBS

State: TypeAlias = dict[str, object]
#: Steps that every job of these verbs comes to, unless it fails before.
EXPECTED = dict.fromkeys(DEPLOYING_VERBS, ("check", "plan", "packages", "start", "healthy"))
#: Of a step's reason this much is shown; an error is shown in full elsewhere.
REASON_CHARACTERS = 300
#: Notes that are shown, the newest of them.
SHOWN_NOTES = 50


class Outline:
    """Fed with events in the order they happened; :meth:`as_state` is what a page is told."""

    def __init__(self, verb: str) -> None:
        self._steps: dict[str, State] = {name: _step(name) for name in EXPECTED.get(verb, ())}
        self._running = ""
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        #: Lines of the service's log that the job told since the service was last started.
        self.told_lines = 0

    def take(self, at: float, event: Event) -> None:
        """``event`` happened at ``at`` (seconds of the epoch)."""
        if isinstance(event, StepStarted):
            self._running = event.step
            step = self._steps.setdefault(event.step, _step(event.step))
            step.update(_step(event.step), state="running", started=at, reason=event.reason)
            self._pass_over(event.step)
            if event.step == "start":
                self.told_lines = 0
        elif isinstance(event, StepFinished):
            step = self._steps.setdefault(event.step, _step(event.step))
            reason = event.reason[:REASON_CHARACTERS]
            step.update(state=event.outcome, seconds=round(event.seconds, 3), reason=reason, progress=None)
            self._running = "" if self._running == event.step else self._running
        elif isinstance(event, Progress):
            self._take_progress({"done": event.done, "total": event.total, "unit": event.unit, "text": event.text})
        elif isinstance(event, BuildStep):
            done = event.number if event.outcome in ("done", "cached") else event.number - 1
            self._take_progress({"done": done, "total": event.total, "unit": "steps", "text": event.text})
        elif isinstance(event, Found):
            self._add_findings((event.finding,))
        elif isinstance(event, Note):
            self.notes = [*self.notes, event.text][-SHOWN_NOTES:]

    def end(self, state: str, error: AzmlError | None) -> None:
        """The job has ended; what it did not come to was not needed, or was not reached."""
        has_started = self._steps.get("start", {}).get("state") not in (None, "waiting")
        for step in self._steps.values():
            if step["state"] == "running":
                step.update(state="done" if state == "done" else "failed", progress=None)
            if step["state"] == "failed" and isinstance(error, CancelledError):
                # Nothing went wrong; what the error says stands beside the verdict.
                step.update(state="cancelled", reason="")
            elif step["state"] == "waiting" and state == "done":
                # Nothing was told of it: it was not needed, or all of the service is as it was.
                step.update(state="skipped" if has_started else "reused")
        while isinstance(error, AzmlError):
            if isinstance(error, FindingsError):
                self._add_findings(error.findings)
            cause = error.__cause__
            error = cause if isinstance(cause, AzmlError) else None

    def steps(self) -> list[State]:
        """In the order they happen, also those still to come."""
        order = {name: number for number, name in enumerate(STEPS)}
        known = sorted((name for name in self._steps if name in order), key=order.__getitem__)
        return [dict(self._steps[name]) for name in (*known, *(name for name in self._steps if name not in order))]

    def _pass_over(self, begun: str) -> None:
        """What comes before ``begun`` and was not begun itself is not needed, as far as is known now."""
        for name in STEPS[: STEPS.index(begun)] if begun in STEPS else ():
            step = self._steps.get(name)
            if step is not None and step["state"] == "waiting":
                step.update(state="skipped")

    def _take_progress(self, progress: State) -> None:
        if self._running:
            self._steps[self._running]["progress"] = progress

    def _add_findings(self, findings: tuple[Finding, ...]) -> None:
        self.findings += [finding for finding in findings if finding not in self.findings]


def finding_state(finding: Finding) -> State:
    """A finding as a page is told it."""
    place = finding.where
    where = None
    if place is not None:
        where = {
            "source": place.source,
            "cell": place.cell,
            "line": place.line,
            "column": place.column,
            "text": place.text,
            "length": place.length,
        }
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "remedy": finding.remedy,
        "place": where,
    }


def error_state(error: BaseException) -> State:
    """An error as a page is told it: one sentence, and all lines that a cell would show."""
    if isinstance(error, AzmlError):
        return {"message": error.brief, "lines": error._render_traceback_()}
    text = f"{type(error).__name__}: {error}"
    return {"message": text, "lines": [text]}


def _step(name: str) -> State:
    return {"name": name, "state": "waiting", "seconds": None, "started": None, "reason": "", "progress": None}
