"""``ImageSource``: what the image of an environment is made of, and how packages are added to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from azml_magics.definitions.digest import Canonical

#: The three ways to add packages to an image (AZUREML.md 2.2, 2.3), and the choice left to us.
PackagesStrategy = Literal["auto", "dynamic", "mount", "bake"]
STRATEGIES: tuple[PackagesStrategy, ...] = ("auto", "dynamic", "mount", "bake")


@dataclass(frozen=True)
class ImageSource:
    """The Docker half of an environment; the process engine uses none of it.

    ``image`` and ``dockerfile`` (the user's own text) exclude each other; with neither, the base image is the
    deployment's. ``context`` is the absolute directory that ``COPY`` in ``dockerfile`` reads from. ``apt`` are Debian
    packages. ``steps_before`` and ``steps_after`` are Dockerfile instructions around the Python packages. With
    ``user_managed`` the image already holds every package and nothing is installed. ``interpreter_path`` is the Python
    inside the image, for images that hold several. ``site_packages`` is the absolute path of a virtual environment (or
    its site-packages directory) of the user's, mounted instead of one we build.
    """

    image: str | None = None
    dockerfile: str | None = None
    context: str | None = None
    apt: tuple[str, ...] = ()
    steps_before: tuple[str, ...] = ()
    steps_after: tuple[str, ...] = ()
    user_managed: bool = False
    interpreter_path: str | None = None
    site_packages: str | None = None
    packages: PackagesStrategy = "auto"

    def definition(self) -> dict[str, Canonical]:
        """What is not as by default, for digests."""
        default = ImageSource()
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if value != getattr(default, name)
        }

    @property
    def needs_build(self) -> bool:
        """Whether something is asked for that only a build of an image can give."""
        return bool(self.dockerfile or self.apt or self.steps_before or self.steps_after)
