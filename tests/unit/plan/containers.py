"""A deployment in a container and an image for it, as the tests of this folder vary them."""

from __future__ import annotations

from dataclasses import replace

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements

IMAGE = ImageFacts(
    "base:1",
    "sha256:" + "1" * 64,
    user="dockeruser",
    python="/usr/bin/python3",
    python_version="3.9.2",
    libc="glibc 2.31",
    packages=(("pip", "24.0"), (SERVER, "1.5.1")),
)


def deployment(text: str = "", python: str | None = None, **changes: object) -> Deployment:
    """``changes`` are fields of the deployment or of its image source (``packages`` belongs to the deployment)."""
    names = ImageSource.__dataclass_fields__.keys() - {"packages"}
    source = ImageSource(**{name: changes.pop(name) for name in [*changes] if name in names})  # type: ignore[arg-type]
    environment = Environment("digits", python, parse_requirements(text), image_source=source)
    made = Deployment("digits", EntryScript("score.py", "x"), environment, engine="docker")
    base = None if source.dockerfile else "base:1"
    return replace(made, base_image=base, **changes)  # type: ignore[arg-type]  # fields of any type
