"""What is special about packages that are mounted: who may read them, what they hide, what does not work there."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_platform import describe_platform, parse_libc, platform_tags
from azml_magics.errors import BuildError
from azml_magics.plan.actions import ImagePlan
from azml_magics.system.site_packages import relied_on_path_files

#: More of them are counted, not named.
SHOWN = 8


def let_everybody_read(directory: Path) -> None:
    """Directories ``0755``, files ``0644`` at least: the user of a container is nobody this machine knows."""
    for folder, _, files in os.walk(directory):
        _add_mode(Path(folder), 0o755)
        for name in files:
            # A link into uv's cache where that is on the same disk: its mode there changes as well, which harms nobody.
            _add_mode(Path(folder, name), 0o644)


def _add_mode(path: Path, wanted: int) -> None:
    mode = path.stat(follow_symlinks=False).st_mode & 0o7777
    if not path.is_symlink() and mode | wanted != mode:
        path.chmod(mode | wanted)


def path_file_remarks(directory: Path) -> list[str]:
    """That path files are not read, where a package relies on one."""
    found = relied_on_path_files(directory)
    if not found:
        return []
    remark = (
        f"warning: {', '.join(found)} will not be read: Python reads .pth files in its own site-packages alone, "
        "not in mounted ones; take packages: bake if something is missing"
    )
    return [remark]


def hidden_packages(image: ImageFacts | None, installed: Sequence[tuple[str, str]]) -> list[str]:
    """Packages of the image that other versions stand before, as ``NAME NEW instead of OLD``."""
    former = dict(image.packages) if image else {}
    return [
        f"{name} {release} instead of {former[name]}"
        for name, release in installed
        if former.get(name, release) != release
    ]


def mounted_remarks(image: ImageFacts | None, installed: Sequence[tuple[str, str]]) -> list[str]:
    """That packages of the image are hidden, and which."""
    hidden = hidden_packages(image, installed)
    if not hidden:
        return []
    more = f" and {len(hidden) - SHOWN} more" if len(hidden) > SHOWN else ""
    return [f"mounted packages win over those of the image: {', '.join(hidden[:SHOWN])}{more}"]


def check_locally_built(plan: ImagePlan, directory: Path) -> None:
    """Refuse compiled code that was built on this machine and cannot run in the image.

    Raises ``BuildError`` (``no-wheel``).
    """
    image = plan.image
    possible = set(platform_tags(image)) if image else set()
    family, release = platform.libc_ver()
    here, there = parse_libc(f"{family} {release}"), parse_libc(image.libc if image else None)
    is_newer = here is None or there is None or here.family != there.family or here.version > there.version
    for wheel in sorted(directory.glob("*.dist-info/WHEEL")):
        built_for = {tag.rpartition("-")[2] for tag in HeaderParser().parsestr(wheel.read_text()).get_all("Tag", [])}
        is_local = any(name.startswith("linux_") for name in built_for)
        if "any" in built_for or (built_for & possible and not (is_local and is_newer)):
            continue
        name = wheel.parent.name.removesuffix(".dist-info").replace("-", "==")
        raise BuildError(
            f"packages cannot be prepared: {name} has no ready wheel for the image, and what this machine "
            f"({family} {release}, {platform.machine()}) builds does not run there: "
            f"{describe_platform(image) if image else plan.platform}",
            remedy="take packages: bake, which builds it inside the image, or choose a version that has a wheel",
            code="no-wheel",
        )
