"""``Stages``: runs the steps of ``events.STEPS`` with their news, and keeps their seconds for the report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from azml_magics.events import Emit, Event, Outcome, StepFinished, StepStarted


class Step:
    """A running step; whoever runs it may set ``outcome`` and ``reason`` before it ends."""

    def __init__(self, reason: str) -> None:
        self.outcome: Outcome = "done"
        self.reason = reason


@contextmanager
def running_step(emit: Emit, name: str, reason: str = "") -> Iterator[Step]:
    """Emit the start and, whatever happens, the end of step ``name``."""
    emit(StepStarted(name, reason))
    began = time.perf_counter()
    step = Step(reason)
    try:
        yield step
    except BaseException as error:
        step.outcome, step.reason = "failed", str(error)
        raise
    finally:
        emit(StepFinished(name, step.outcome, time.perf_counter() - began, step.reason))


class Stages:
    """An ``Emit`` that passes every event on and remembers how long each step took, why, and how it ended."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.seconds: dict[str, float] = {}
        self.reasons: dict[str, str] = {}
        self.outcomes: dict[str, Outcome] = {}

    def __call__(self, event: Event) -> None:
        """Pass ``event`` on."""
        if isinstance(event, StepFinished):
            self.seconds[event.step] = event.seconds
            self.outcomes[event.step] = event.outcome
            if event.reason:
                self.reasons[event.step] = event.reason
        self._emit(event)
