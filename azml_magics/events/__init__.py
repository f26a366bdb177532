"""News emitted while work goes on, as frozen values; showing them is left to ``magics``, ``cli`` and ``panel``.

Results are returned and failures are raised: an event is never the only carrier of either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from azml_magics.errors import Finding

Outcome = Literal["done", "reused", "skipped", "failed"]
LogSource = Literal["builder", "server", "init", "request", "run"]

#: The stages of a deployment, in order; ``stages`` of a report uses these names as keys. ``image`` brings the base
#: image to the engine, ``packages`` makes a virtual environment or site-packages directory, ``build`` an image.
STEPS = ("check", "image", "plan", "packages", "build", "start", "healthy")


@dataclass(frozen=True)
class StepStarted:
    """A stage began; ``reason`` says why it has to run at all."""

    step: str
    reason: str = ""


@dataclass(frozen=True)
class StepFinished:
    """A stage ended after ``seconds``; ``reason`` explains the outcome (``reused: equal definition``)."""

    step: str
    outcome: Outcome
    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class LogLine:
    """One line of somebody else's output, without its line end."""

    source: LogSource
    text: str


@dataclass(frozen=True)
class BuildStep:
    """An image build came to step ``number`` of ``total``, or is through with it; ``text`` is its instruction.

    ``seconds`` is what it took, 0 while it runs and when it was ``cached``. Its output comes as :class:`LogLine`.
    """

    number: int
    total: int
    text: str
    outcome: Literal["started", "cached", "done", "failed"]
    seconds: float = 0.0


@dataclass(frozen=True)
class Progress:
    """The running step is through with ``done`` of ``total`` ``unit``; ``total`` is ``None`` while nobody knows it."""

    done: int
    total: int | None
    unit: Literal["bytes", "layers", "packages", "requests"]
    text: str = ""


@dataclass(frozen=True)
class StateChanged:
    """A service moved to ``state``."""

    service: str
    state: str


@dataclass(frozen=True)
class Found:
    """The checks found something; the deployment goes on unless it is an error."""

    finding: Finding


@dataclass(frozen=True)
class Note:
    """Something the user should know that is neither progress nor failure."""

    text: str


Event: TypeAlias = StepStarted | StepFinished | LogLine | BuildStep | Progress | StateChanged | Found | Note
Emit: TypeAlias = Callable[[Event], None]


def remember(events: list[Event], event: Event) -> None:
    """Add ``event`` to what is kept in memory of work: of progress the last in a row, of its log nothing."""
    if isinstance(event, LogLine):
        return
    if isinstance(event, Progress) and events and isinstance(events[-1], Progress):
        events[-1] = event
    else:
        events.append(event)


def discard(event: Event) -> None:
    """An ``Emit`` for callers that want no news."""
