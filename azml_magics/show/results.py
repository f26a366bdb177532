"""What a verb gives back where the layers below have no value of their own: lists, findings, log text, the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from azml_magics.definitions.deployment import ServiceReport
    from azml_magics.definitions.scoring import ScoringResponse
    from azml_magics.errors import Finding

ItemKind = Literal["service", "model", "environment", "request", "plan", "job", "run"]


@dataclass(frozen=True)
class Listing:
    """Several things of one kind, in the order they are shown.

    ``none`` is said when there are none, ``rest`` below them: what was left out.
    """

    kind: ItemKind
    items: tuple[object, ...]
    none: str = ""
    rest: str = ""


@dataclass(frozen=True)
class CheckReport:
    """What the checks found for one service (or for those of a notebook, named together); errors come first."""

    service: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when there is no error; warnings are allowed."""
        return all(finding.severity != "error" for finding in self.findings)


@dataclass(frozen=True)
class WithFindings:
    """A result that has come to pass although something about it is doubtful: ``findings`` are warnings."""

    value: object
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class CopiedFiles:
    """Copies of what ``name`` stands for."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class LogText:
    """Lines of a service's or a run's log, without line ends."""

    service: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class JobReport:
    """A job: ``state`` is ``running``, ``done``, ``failed``, ``cancelled`` or ``interrupted``, ``error`` one sentence.

    ``verb`` is what was said to begin it.
    """

    name: str
    state: str
    step: str | None = None
    error: str | None = None
    verb: str = "deploy"


@dataclass(frozen=True)
class Explanation:
    """Everything known about the last error; no lines when nothing has failed."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class DemoReport:
    """What the demo deployed and answered; ``next_commands`` is what a user tries then."""

    service: ServiceReport
    request: str
    response: ScoringResponse
    next_commands: tuple[str, ...]


@dataclass(frozen=True)
class NamesStatus:
    """Whether ``import azureml.core`` means ``azml_magics.v1``; ``reason`` is one sentence."""

    is_on: bool
    reason: str
