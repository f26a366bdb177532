"""What an image can run, in the words of wheels: its name for uv, the tags it takes, what a wheel's file name says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from azml_magics.definitions.host import HostFacts
from azml_magics.definitions.image_facts import ImageFacts

if TYPE_CHECKING:
    from packaging.tags import Tag

#: Docker's words -> those of wheels.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
#: Minor versions of glibc that uv has a platform for, newest first; ``manylinux_2_29`` and the like it has not.
UV_GLIBC = (40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28, 17)
#: uv's one platform for musl stands for this version.
UV_MUSL = (1, 2)
#: Wheels that carry no version of glibc in their tag were made for these.
_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


@dataclass(frozen=True)
class Libc:
    """``family`` is ``glibc`` or ``musl``; ``version`` its major and minor number."""

    family: str
    version: tuple[int, int]


def parse_libc(text: str | None) -> Libc | None:
    """``glibc 2.36`` as a value; ``None`` for what is neither glibc nor musl with a version."""
    found = re.fullmatch(r"(glibc|musl)\s+(\d{1,4})\.(\d{1,4})\b.*", text or "", re.DOTALL)
    return None if found is None else Libc(found[1], (int(found[2]), int(found[3])))


def uv_platform(image: ImageFacts) -> str | None:
    """The best ``--python-platform`` of uv whose wheels run in ``image``; ``None`` when uv has none."""
    machine = ARCHITECTURES.get(image.architecture)
    return None if machine is None or image.os != "linux" else _uv_platform(machine, image.libc)


def host_platform(host: HostFacts) -> str:
    """The name uv has for this machine's platform, else ours (``darwin-arm64``)."""
    system, _, machine = host.platform.partition("-")
    return (_uv_platform(machine, host.libc) if system == "linux" else None) or host.platform


def _uv_platform(machine: str, libc_text: str | None) -> str | None:
    libc = parse_libc(libc_text)
    if libc is None:
        return None
    if libc.family == "musl":
        return f"{machine}-unknown-linux-musl" if libc.version >= UV_MUSL else None
    if libc.version[0] != 2:
        return None
    minor = next((minor for minor in UV_GLIBC if minor <= libc.version[1]), None)
    return None if minor is None else f"{machine}-manylinux_2_{minor}"


def platform_tags(image: ImageFacts) -> tuple[str, ...]:
    """The platform tags of the wheels that run in ``image``, the most specific first; empty where nothing is known."""
    machine, libc = ARCHITECTURES.get(image.architecture), parse_libc(image.libc)
    if machine is None or libc is None or image.os != "linux":
        return ()
    major, minor = libc.version
    if libc.family == "musl":
        return (*(f"musllinux_{major}_{older}_{machine}" for older in range(minor, -1, -1)), f"linux_{machine}")
    tags = []
    for older in range(minor, 4, -1):  # manylinux begins with 2.5
        tags.append(f"manylinux_{major}_{older}_{machine}")
        if older in _LEGACY_MANYLINUX:
            tags.append(f"{_LEGACY_MANYLINUX[older]}_{machine}")
    return (*tags, f"linux_{machine}")


def wheel_tags(image: ImageFacts) -> frozenset[Tag]:
    """Every tag of a wheel that the image's Python can import; empty for an image without a known Python."""
    from packaging.tags import compatible_tags, cpython_tags

    platforms = platform_tags(image)
    if image.python_minor is None or not platforms:
        return frozenset()
    major, minor = (int(number) for number in image.python_minor.split("."))
    name = f"cp{major}{minor}"
    return frozenset(
        [
            *cpython_tags((major, minor), [name], platforms),
            *compatible_tags((major, minor), name, platforms),
        ]
    )


def wheel_of_requirement(line: str) -> str | None:
    """The file name of the wheel that a requirement line names by its place (``NAME @ file:///x.whl``), or ``None``."""
    _, at, location = line.partition(" @ ")
    if not at:
        return None
    name = unquote(urlsplit(location.split()[0]).path).rpartition("/")[2] if location.split() else ""
    return name if name.endswith(".whl") else None


def parse_wheel_name(name: str) -> frozenset[Tag] | None:
    """The tags a wheel's file name promises; ``None`` when it is no valid name of a wheel."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        return parse_wheel_filename(name)[3]
    except InvalidWheelFilename:
        return None


def describe_platform(image: ImageFacts) -> str:
    """For messages: ``Python 3.9 on linux/amd64 with glibc 2.31``."""
    python = f"Python {image.python_minor}" if image.python_minor else "no Python"
    libc = f" with {image.libc}" if image.libc else ""
    return f"{python} on {image.os}/{image.architecture}{libc}"


def source_only(lines: Sequence[str]) -> list[str]:
    """Why lines cannot be had as ready wheels, as far as their text tells: version control, archives, folders."""
    reasons = []
    for line in lines:
        option, _, value = line.partition(" ")
        if option == "--no-binary":
            reasons.append(f"{value} is to be built from source (--no-binary)" if value != ":none:" else "")
            continue
        name, at, location = line.partition(" @ ")
        if not at or wheel_of_requirement(line) is not None:
            continue
        scheme = location.partition("://")[0].partition("+")[0]
        what = "comes from version control" if scheme in ("git", "hg", "bzr", "svn") else "is a source distribution"
        reasons.append(f"{name} {what}")
    return [reason for reason in reasons if reason]
