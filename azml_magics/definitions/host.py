"""``HostFacts`` and ``Interpreter``: what the planner must know of this machine; collected by ``system``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine; ``version`` is ``major.minor.patch``."""

    executable: Path
    version: str

    @property
    def minor(self) -> str:
        """``major.minor``."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True)
class HostFacts:
    """``platform`` is ``sys.platform`` plus machine (``linux-x86_64``); ``current`` the caller's own interpreter.

    ``current_packages`` maps normalised names to versions of what the caller's interpreter holds, collected only when
    a deployment uses it. ``find_pythons`` gives the versions of the Pythons that are here; it costs time, and is called
    only where one matters. ``libc`` is for instance ``glibc 2.36``; empty where it is not known.
    """

    platform: str
    current: Interpreter
    current_packages: tuple[tuple[str, str], ...] = ()
    find_pythons: Callable[[], Sequence[str]] = field(default=tuple, compare=False, repr=False)
    libc: str = ""
