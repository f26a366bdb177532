"""Every failure a user can meet, as one tree; presenting them is left to ``magics`` and ``cli``.

::

    AzmlError
    ├── DeclarationError        a cell, a command line or a file says something impossible
    ├── PreflightError          the checks before a build found at least one error
    ├── NotFoundError           no environment, model, service or file of that name
    ├── WorkspaceError          the workspace on disk cannot be used
    ├── ToolError               a program we call (uv) is missing or broke
    ├── BuildError              packages could not be resolved or installed
    ├── StartError              the service process did not come up
    │   ├── ScriptError         ... because the user's script failed: carries the user's frames
    │   │   └── RunError        a training script failed
    │   └── PortError           ... because the port asked for is taken
    ├── ServiceError            a running service is needed, or reload failed
    ├── ScoringError            the request never got an answer
    └── CancelledError          the user cancelled

A failure always names the thing (``brief``), the place (``place``) and the remedy (``remedy``).
``code`` is stable and machine readable; ``exit_code`` is what ``azml`` exits with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
#: How a source is called that is a cell of a running kernel, by its execution count.
_CELL = re.compile(r"cell In \[(\d+)\]")


@dataclass(frozen=True)
class Place:
    """Where something was said: a cell, a file or a command line.

    ``source`` is what the user calls it (``%%environment digits``, ``score.py``, ``deploy.ipynb cell 3``);
    ``line`` and ``column`` are 1-based and count in that source; ``text`` is the source line itself and
    ``length`` how many characters of it are meant, so that a caret can be drawn.
    """

    source: str
    line: int | None = None
    column: int | None = None
    text: str | None = None
    length: int = 1

    @property
    def cell(self) -> int | None:
        """The execution count of the cell this is in; ``None`` for what is no cell, or one without a number."""
        found = _CELL.fullmatch(self.source)
        return int(found[1]) if found else None

    def __str__(self) -> str:
        if self.line is None:
            return self.source
        return f"{self.source}, line {self.line}"

    def excerpt(self) -> list[str]:
        """The source line and a caret line under it; empty when the text is not known."""
        if self.text is None:
            return []
        lines = [f"  {self.text}"]
        if self.column is not None:
            lines.append("  " + " " * (self.column - 1) + "^" * max(1, self.length))
        return lines


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or doubtful, before anything was built.

    ``code`` is a stable kebab-case word (``unknown-key``); ``message`` names the thing; ``remedy`` says what to change.
    ``declared`` is where the thing was declared when ``place`` does not say so to the line: no text shows it, but it
    leads there.
    """

    code: str
    message: str
    remedy: str
    place: Place | None = None
    severity: Severity = "error"
    declared: Place | None = field(default=None, compare=False)

    @property
    def where(self) -> Place | None:
        """Where to look: ``place``, or the line that declared what this is about."""
        return self.declared or self.place

    def lines(self) -> list[str]:
        """The finding as a few plain lines: place and message, excerpt with caret, remedy."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        excerpt = self.place.excerpt() if self.place else []
        return [head, *excerpt, *([f"  fix: {self.remedy}"] if self.remedy else [])]


class AzmlError(Exception):
    """Root of the tree.

    ``brief`` is one sentence; ``details`` further lines shown by ``%azml why`` and ``azml --verbose``;
    ``remedy`` what the user can do; ``place`` where. ``code`` may be given per instance where one class covers
    several causes (``NotFoundError(code="unknown-model")``).
    """

    code = "error"
    exit_code = 1

    def __init__(
        self,
        brief: str,
        *,
        remedy: str = "",
        place: Place | None = None,
        details: Sequence[str] = (),
        code: str | None = None,
    ) -> None:
        super().__init__(brief)
        self.brief = brief
        self.remedy = remedy
        self.place = place
        self.details = tuple(details)
        if code is not None:
            self.code = code

    def lines(self) -> list[str]:
        """What a notebook shows: brief, excerpt, remedy; never our own frames."""
        head = f"{self.place}: {self.brief}" if self.place else self.brief
        excerpt = self.place.excerpt() if self.place else []
        return [head, *excerpt, *([f"  fix: {self.remedy}"] if self.remedy else [])]

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback; it asks every exception for a method of this name."""
        head, *rest = self.lines()
        return [f"{type(self).__name__} ({self.code}): {head}", *rest]


class FindingsError(AzmlError):
    """Base of the errors that carry several findings, all shown together in the order of their lines."""

    def __init__(self, brief: str, findings: Sequence[Finding]) -> None:
        first = next((f for f in findings if f.severity == "error"), None)
        super().__init__(
            brief,
            remedy=first.remedy if first else "",
            place=first.place if first else None,
            code=first.code if first else None,
        )
        self.findings = tuple(findings)

    def lines(self) -> list[str]:
        """The brief, then every finding with its excerpt and remedy."""
        return [self.brief, *(line for finding in self.findings for line in _marked(finding))]


def _marked(finding: Finding) -> list[str]:
    """The lines of one among errors: what is no error says so."""
    head, *rest = finding.lines()
    return [head if finding.severity == "error" else f"{finding.severity}: {head}", *rest]


class DeclarationError(FindingsError):
    """A cell, command line or file could not be understood; ``code`` is that of the first finding."""

    code = "invalid-declaration"
    exit_code = 2


class PreflightError(FindingsError):
    """The checks found at least one error; nothing was built or registered."""

    code = "preflight"
    exit_code = 2


class NotFoundError(AzmlError):
    """No environment, model, service or file of that name; the remedy lists near names."""

    code = "not-found"
    exit_code = 2


class WorkspaceError(AzmlError):
    """The workspace directory or its database cannot be read or written."""

    code = "workspace"
    exit_code = 1


class ToolError(AzmlError):
    """A program the product calls is missing, too old or failed for its own reasons."""

    code = "tool"
    exit_code = 1


class BuildError(AzmlError):
    """Packages could not be resolved or installed; ``details`` holds the resolver's own lines."""

    code = "build"
    exit_code = 3


class StartError(AzmlError):
    """The service did not become ready.

    ``log_tail`` holds the last lines of its log, ``process_exit_code`` how its process ended (negative: by a signal).
    """

    code = "start"
    exit_code = 4

    def __init__(
        self, brief: str, *, log_tail: Sequence[str] = (), process_exit_code: int | None = None, **rest: object
    ) -> None:
        super().__init__(brief, **rest)  # type: ignore[arg-type]
        self.log_tail = tuple(log_tail)
        self.process_exit_code = process_exit_code


class PortError(StartError):
    """The port asked for is taken."""

    code = "port-taken"


@dataclass(frozen=True)
class Frame:
    """One frame of a user's traceback; ``origin`` is the cell line it came from, when there is one."""

    file: str
    line: int
    function: str
    text: str = ""
    origin: Place | None = None


class ScriptError(StartError):
    """The user's script failed in import, ``init()`` or ``run()``: ``frames`` are the user's own, innermost last.

    ``exception`` is the last line of their traceback (``ValueError: no model``).
    """

    code = "script-failed"

    def __init__(self, brief: str, *, frames: Sequence[Frame] = (), exception: str = "", **rest: object) -> None:
        super().__init__(brief, **rest)  # type: ignore[arg-type]
        self.frames = tuple(frames)
        self.exception = exception

    def lines(self) -> list[str]:
        """The brief, the user's own frames by cell line, their exception."""
        shown = [self.brief]
        for frame in self.frames:
            where = frame.origin or Place(frame.file, frame.line)
            shown.append(f"  {where}, in {frame.function}")
            if frame.text:
                shown.append(f"    {frame.text}")
        if self.exception:
            shown.append(f"  {self.exception}")
        if self.remedy:
            shown.append(f"  fix: {self.remedy}")
        return shown


class RunError(ScriptError):
    """A run ended badly; ``run_id`` is its id. As a script's error, also where it was ended from outside."""

    code = "run-failed"
    exit_code = 7

    def __init__(self, brief: str, *, run_id: str = "", **rest: object) -> None:
        super().__init__(brief, **rest)  # type: ignore[arg-type]
        self.run_id = run_id


class ServiceError(AzmlError):
    """The service is not in the state the call needs (not running, being deployed by another process)."""

    code = "service-state"
    exit_code = 5


class ScoringError(AzmlError):
    """A request got no HTTP answer at all (refused, timed out, body not encodable)."""

    code = "scoring"
    exit_code = 6


class CancelledError(AzmlError):
    """The user cancelled; what was half done has been removed."""

    code = "cancelled"
    exit_code = 130
