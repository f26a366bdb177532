"""``CondaDependencies``: a conda specification as a value, order kept; its YAML is read and written by ``codecs``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from azml_magics.definitions.digest import Canonical
from azml_magics.definitions.requirement_text import mask_credentials

#: Top-level keys of a specification that the service allows (AZUREML.md 3.3).
KEYS = ("name", "dependencies", "channels", "prefix", "variables")
_NAME = re.compile(r"\s*(?:[^\s:]+::)?(?P<name>[^\s\[=<>!~]+)")
_TOKEN = re.compile(r"(?<=[^/])/t/[^/\s]+/")
_PYTHON_VERSION = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True)
class PipSection:
    """The ``- pip:`` entry of a specification: lines of a pip requirements text, kept as they are written."""

    lines: tuple[str, ...] = ()


#: One entry of ``dependencies``: a conda match specification, or the one pip section.
Dependency: TypeAlias = str | PipSection


@dataclass(frozen=True)
class CondaDependencies:
    """What conda installs, and what pip installs into that.

    ``dependencies`` are in the order of the file: it matters to Azure's digest (AZUREML.md 3.6). ``name``, ``prefix``
    and ``variables`` are kept for writing the file again; ``variables`` is sorted by name.
    """

    dependencies: tuple[Dependency, ...] = ()
    channels: tuple[str, ...] = ()
    name: str | None = None
    prefix: str | None = None
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def conda_packages(self) -> tuple[str, ...]:
        """Every match specification, Python's included."""
        return tuple(item for item in self.dependencies if isinstance(item, str))

    @property
    def pip_lines(self) -> tuple[str, ...]:
        """Lines of the pip section as they are written, comments and options included."""
        return tuple(line for item in self.dependencies if isinstance(item, PipSection) for line in item.lines)

    @property
    def python(self) -> str | None:
        """Version of the ``python`` entry (``3.8.13``, or ``3.10`` of ``python>=3.10``); ``None`` without one."""
        for item in self.conda_packages:
            if conda_package_name(item) == "python":
                version = _PYTHON_VERSION.search(item.partition("python")[2])
                return version[0] if version else None
        return None

    @property
    def needs_conda(self) -> bool:
        """Whether something is asked for that pip cannot give: any conda package but Python and pip themselves."""
        return any(conda_package_name(item) not in ("python", "pip") for item in self.conda_packages)

    def document(self) -> dict[str, Canonical]:
        """As the mapping of the YAML file, without keys that are empty."""
        dependencies: list[Canonical] = [
            {"pip": list(item.lines)} if isinstance(item, PipSection) else item for item in self.dependencies
        ]
        whole: dict[str, Canonical] = {
            "name": self.name,
            "dependencies": dependencies,
            "channels": list(self.channels),
            "prefix": self.prefix,
            "variables": dict(self.variables),
        }
        return {key: value for key, value in whole.items() if value or key == "dependencies"}

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> CondaDependencies:
        """The inverse of :meth:`document`; for mappings whose shape a codec has checked."""
        dependencies: list[Dependency] = []
        for item in _list(document.get("dependencies")):
            if isinstance(item, Mapping):
                dependencies.append(PipSection(tuple(str(line) for line in _list(item.get("pip")))))
            else:
                dependencies.append(str(item))
        variables = document.get("variables")
        pairs = variables.items() if isinstance(variables, Mapping) else ()
        return cls(
            tuple(dependencies),
            tuple(str(channel) for channel in _list(document.get("channels"))),
            _text(document.get("name")),
            _text(document.get("prefix")),
            tuple(sorted((str(name), str(value)) for name, value in pairs)),
        )


def conda_package_name(specification: str) -> str:
    """``numpy`` of ``conda-forge::numpy=1.26=py311*``; in small letters, as conda compares names."""
    match = _NAME.match(specification)
    return match["name"].lower() if match else ""


def conda_versions(locked: Sequence[str]) -> dict[str, str]:
    """Name -> version of a lock's lines for conda (``CHANNEL/SUBDIR/NAME-VERSION-BUILD.conda#sha256=HEX``)."""
    files = (line.partition("#sha256=")[0].rpartition("/")[2] for line in locked)
    return {parts[0]: parts[1] for file in files if len(parts := file.rsplit("-", 2)) == 3}


def conda_platform(locked: Sequence[str]) -> str | None:
    """Conda's name (``linux-64``) of the platform that a lock's lines are for; ``None`` when they suit every one."""
    subdirs = [line.partition("#sha256=")[0].split("/")[-2] for line in locked]
    return next((subdir for subdir in subdirs if subdir != "noarch"), None)


def mask_channel(text: str) -> str:
    """``text`` without passwords and tokens (``/t/TOKEN/``) of addresses of channels: for what is shown and kept."""
    return _TOKEN.sub("/t/***/", mask_credentials(text))


def drop_credentials(text: str) -> str:
    """``text`` whose addresses work without them: for files that are handed on."""
    return mask_channel(text).replace("://***@", "://").replace("/t/***/", "/")


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _text(value: object) -> str | None:
    return None if value is None else str(value)
