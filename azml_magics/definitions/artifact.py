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

    ``kind`` is ``venv`` or ``conda`` (built by us, content-keyed), ``interpreter`` (the caller's own, nothing
    installed) or ``image``. ``python`` is the executable to start; for an image, its path inside. ``installed`` holds
    (name, version) of what is really there, sorted by name.

    For an image, ``image`` is the one to run (the base itself, or one that was built from it) and ``strategy`` how it
    gets its packages: ``bake``: they are in it; ``mount``: ``directory`` on this machine is a site-packages directory
    to mount; ``dynamic``: ``requirement_lines`` are installed whenever the container starts.
    """

    kind: Literal["venv", "conda", "interpreter", "image"]
    key: str
    python: Path
    directory: Path | None = None
    installed: tuple[tuple[str, str], ...] = ()
    image: ImageFacts | None = None
    strategy: PackagesStrategy | None = None
    requirement_lines: tuple[str, ...] = ()

    def activation(self) -> dict[str, str]:
        """Variables of a process that starts from it, as activating says them; ``PATH`` is left to who starts it."""
        if self.kind != "conda" or self.directory is None:
            return {}
        return {"CONDA_PREFIX": str(self.directory), "AZUREML_CONDA_ENVIRONMENT_PATH": str(self.directory)}
