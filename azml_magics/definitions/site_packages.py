"""``SitePackages``: a site-packages directory of the user's, and what would go wrong with it inside an image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_platform import ARCHITECTURES, describe_platform, parse_libc
from azml_magics.errors import Finding

_ABI = re.compile(r"\.(?P<abi>(?:cpython|pypy|graalpy)[^./]*)\.(?:so|pyd|dylib)$")


@dataclass(frozen=True)
class SitePackages:
    """What ``system`` found in a directory that will be mounted.

    ``python`` is the ``major.minor`` it was made for, where that can be told. ``packages`` are (normalised name,
    version), ``extensions`` the relative paths of compiled modules, one of each kind. ``path_files`` are the ``.pth``
    files that packages rely on and ``editable`` the packages installed as links to their source: neither works on
    ``PYTHONPATH``. ``unreadable`` is a path in it that the user of a container may not read. ``includes_system`` and
    ``is_conda`` say that it was not meant to be used alone.
    """

    directory: Path
    python: str | None = None
    packages: tuple[tuple[str, str], ...] = ()
    extensions: tuple[str, ...] = ()
    path_files: tuple[str, ...] = ()
    editable: tuple[str, ...] = ()
    unreadable: str | None = None
    includes_system: bool = False
    is_conda: bool = False


def check_site_packages(site: SitePackages, image: ImageFacts | None) -> Iterator[Finding]:
    """The common problems of a directory that is mounted; those of Python and platform once ``image`` is known."""
    if image is not None and image.python_minor is not None:
        yield from _check_python(site, image)
    if site.unreadable is not None:
        yield Finding(
            "site-packages-unreadable",
            f"{site.unreadable} in {site.directory} is readable for its owner alone, whom no container runs as",
            f"chmod -R go+rX {site.directory}",
        )
    if site.editable:
        yield _doubt(
            "site-packages-editable",
            f"{', '.join(site.editable)}: installed in {site.directory} as a link to its source, "
            "which no container will see",
            "install it there without --editable",
        )
    if site.path_files:
        yield _doubt(
            "site-packages-path-file",
            f"{', '.join(site.path_files)} in {site.directory} will not be read: Python reads .pth files in its own "
            "site-packages alone, not in mounted ones",
            "bake those packages into the image (packages: bake)",
        )
    if site.includes_system:
        yield _doubt(
            "site-packages-system",
            f"the virtual environment of {site.directory} also uses packages of the Python it was made from "
            "(include-system-site-packages = true); those will be missing",
            "make it anew without --system-site-packages",
        )
    if site.is_conda:
        yield _doubt(
            "site-packages-conda",
            f"{site.directory} belongs to a conda environment: its compiled packages may need libraries beside it, "
            "which are not mounted",
            "make a virtual environment with pip or uv instead",
        )


def _check_python(site: SitePackages, image: ImageFacts) -> Iterator[Finding]:
    remedy = (
        f"make the virtual environment with Python {image.python_minor}, or leave site_packages out: "
        "what the requirements ask for is then prepared for the image"
    )
    if site.python is not None and site.python != image.python_minor:
        message = f"{site.directory} is for Python {site.python}, image {image.reference} has Python"
        yield Finding("site-packages-python", f"{message} {image.python_minor}", remedy)
        return
    misfits = [name for name in site.extensions if not _fits(name, image)]
    if misfits:
        yield Finding(
            "site-packages-platform",
            f"{misfits[0]} in {site.directory} cannot be loaded by {describe_platform(image)}",
            remedy,
        )


def _fits(name: str, image: ImageFacts) -> bool:
    """Whether the file name of a compiled module promises to be one for ``image``; a name without a promise may be."""
    found = _ABI.search(name)
    libc = parse_libc(image.libc)
    if found is None or libc is None or image.python_minor is None:
        return name.endswith(".so")
    kind, python, *platform = found["abi"].split("-", 2)
    machine = ARCHITECTURES.get(image.architecture, image.architecture)
    expected = f"{machine}-linux-{'musl' if libc.family == 'musl' else 'gnu'}"
    return (
        kind == "cpython"
        and python == image.python_minor.replace(".", "")
        and (not platform or platform[0] == expected)
        and name.endswith(".so")
    )


def _doubt(code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, remedy, severity="warning")
