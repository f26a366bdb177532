"""``Artifact``: what a build leaves for an engine to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Artifact:
    """Installed packages, ready to run.

    ``kind`` is ``venv`` (built by us, content-keyed) or ``interpreter`` (the caller's own, nothing installed).
    ``python`` is the executable to start. ``installed`` holds (name, version) of what is really there, sorted by name.
    """

    kind: Literal["venv", "interpreter"]
    key: str
    python: Path
    directory: Path | None = None
    installed: tuple[tuple[str, str], ...] = ()
