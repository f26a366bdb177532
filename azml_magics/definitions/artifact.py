"""``Artifact``: what a build leaves for an engine to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import PackagesStrategy


@dataclass(frozen=True)
class Artifact:
    """Installed packages, ready to run.

    ``kind`` is ``venv`` (built by us, content-keyed), ``interpreter`` (the caller's own, nothing installed) or
    ``image``. ``python`` is the executable to start; for an image, its path inside. ``installed`` holds (name, version)
    of what is really there, sorted by name.

    For an image, ``image`` is the one to run (the base itself, or one that was built from it) and ``strategy`` how it
    gets its packages: ``bake``: they are in it; ``mount``: ``directory`` on this machine is a site-packages directory
    to mount; ``dynamic``: ``requirement_lines`` are installed whenever the container starts.
    """

    kind: Literal["venv", "interpreter", "image"]
    key: str
    python: Path
    directory: Path | None = None
    installed: tuple[tuple[str, str], ...] = ()
    image: ImageFacts | None = None
    strategy: PackagesStrategy | None = None
    requirement_lines: tuple[str, ...] = ()
