"""``ImageSource``: what the image of an environment is made of, and how packages are added to it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

from azml_magics.definitions.digest import Canonical
from azml_magics.errors import Finding, Place

#: The three ways to add packages to an image (AZUREML.md 2.2, 2.3), and the choice left to us.
PackagesStrategy = Literal["auto", "dynamic", "mount", "bake"]
#: ``[HOST[:PORT]/]NAME[:TAG][@DIGEST]``, as Docker reads it.
_REFERENCE = re.compile(
    r"(?:(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?|[A-Za-z0-9-]+:\d+|localhost)/)?"
    r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*"
    r"(?P<tag>:\w[\w.-]{0,127})?(?P<digest>@[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
_IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")
_CREDENTIALS = re.compile(r"^[^@/]*@")


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

    def located(self, folder: PurePath) -> ImageSource:
        """The same with relative directories made absolute from ``folder``."""

        def absolute(path: str | None) -> str | None:
            return None if path is None else os.path.normpath(folder / path)

        return replace(self, context=absolute(self.context), site_packages=absolute(self.site_packages))

    @property
    def needs_build(self) -> bool:
        """Whether something is asked for that only a build of an image can give."""
        return bool(self.dockerfile or self.apt or self.steps_before or self.steps_after)


def check_image(reference: str, place: Place | None = None) -> list[Finding]:
    """What is wrong with the name of an image, or doubtful: without tag or digest it may be another one tomorrow."""
    if _IMAGE_ID.fullmatch(reference):
        return []
    match = _REFERENCE.fullmatch(reference)
    if match is None and reference.startswith("azureml:"):
        message = f"{reference[:200]!r} is an asset of Azure's, no image"
        return [
            Finding("invalid-image", message, "write the name of its image: azml environment list --curated", place)
        ]
    if match is None:
        message = f"{_CREDENTIALS.sub('***@', reference)[:200]!r} is no name of an image"
        return [Finding("invalid-image", message, "write NAME:TAG or HOST/NAME:TAG, in small letters", place)]
    if match["tag"] or match["digest"]:
        return []
    message = f"image {reference} has neither tag nor digest: what it is may change"
    return [Finding("image-tag", message, f"name the one you mean, for instance {reference}:latest", place, "warning")]
