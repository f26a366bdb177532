"""``PrivateWheel``: a wheel known by its content, wherever it lies; keeping its file is left to ``workspace``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azml_magics.errors import DeclarationError, Finding

#: A requirement line's wheel on this machine whose content is said beside its place.
_PLACE = re.compile(
    r" @ file:\S*/(?P<name>[^/\s#]+\.whl)(?P<digest>#sha256=(?P<start>[0-9a-f]{12})[0-9a-f]{52})(?=\s|;|$)"
)


@dataclass(frozen=True)
class PrivateWheel:
    """A wheel of the workspace's. ``requirement`` is the line that installs it and nothing else of that name."""

    project: str
    version: str
    file: str
    requirement: str


def parse_wheel_file_name(name: str) -> tuple[str, str]:
    """Normalised project and version of a wheel's file name. Raises ``DeclarationError`` (``invalid-wheel``)."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        project, version, _, _ = parse_wheel_filename(name)
    except InvalidWheelFilename as error:
        raise not_a_wheel(name, "its name is not NAME-VERSION-PYTHON-ABI-PLATFORM.whl") from error
    return project, str(version)


def not_a_wheel(name: str, reason: str) -> DeclarationError:
    """The error for a file that pip would not install."""
    finding = Finding("invalid-wheel", f"{name} is no wheel: {reason}", "build it with: pip wheel --no-deps FOLDER")
    return DeclarationError(f"{name} cannot be kept as a wheel", [finding])


def without_place(line: str) -> str:
    """``line`` as it counts in digests: of a wheel whose content is known only that, and its name."""
    return _PLACE.sub(r" @ \g<name>\g<digest>", line)


def shorten_wheel(line: str) -> str:
    """``line`` as it is shown: of a wheel whose content is known its name and how the digest begins."""
    return _PLACE.sub(r" @ \g<name> (sha256:\g<start>)", line)
