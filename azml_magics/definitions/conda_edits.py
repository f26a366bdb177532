"""Changes to ``CondaDependencies``, each giving a new value; rules are Azure's (AZUREML.md 3.5) where they are sound.

Where they are a trap, what is done instead stands in docs/decisions/0008-azure-files.md.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from azml_magics.definitions.azure_defaults import CHANNELS, CREATED_PYTHON, DEFAULTS_PACKAGE, PROJECT_NAME
from azml_magics.definitions.conda_dependencies import (
    CondaDependencies,
    Dependency,
    PipSection,
    conda_package_name,
)
from azml_magics.definitions.requirement_faults import named_location
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import DeclarationError, Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_PYTHON_VERSION = re.compile(r"\d+(?:\.\d+){0,2}")
_DIGITS = re.compile(r"\d+(?:\.\d+)*")
_GIT_NAME = re.compile(r"#(?:.*&)?egg=(?P<name>[A-Za-z0-9._-]+(?:\[[^\]]*\])?)")
_PIP_REMEDY = 'write NAME==VERSION, "NAME[EXTRA]>=1,<2" or NAME @ URL'


def create_conda_dependencies(
    pip_packages: Sequence[str] | None = None,
    conda_packages: Sequence[str] = (),
    *,
    python: str = CREATED_PYTHON,
    pip_index_url: str | None = None,
) -> CondaDependencies:
    """A specification made from lists of packages; no ``pip_packages`` means Azure's client and server."""
    made = CondaDependencies((f"python={_checked_version(python)}",), CHANNELS, PROJECT_NAME)
    if pip_index_url is not None:
        made = set_pip_option(made, f"--index-url {pip_index_url}")
    for line in (DEFAULTS_PACKAGE,) if pip_packages is None else pip_packages:
        made = add_pip_package(made, line)
    for specification in conda_packages:
        made = add_conda_package(made, specification)
    return made


# conda ----------------------------------------------------------------------------------------------------------------


def add_conda_package(conda: CondaDependencies, specification: str) -> CondaDependencies:
    """With ``specification`` last; one of the same package is replaced where it stands.

    Of Python's only the version counts (``python>=3.9`` is ``python=3.9``); without one it means any. Raises
    ``DeclarationError`` (``invalid-package``).
    """
    written = specification.strip()
    name = conda_package_name(written)
    if not name or "\n" in written:
        raise _refusal("invalid-package", f"{written!r} is no conda package", "write NAME or NAME=VERSION")
    if name == "python":
        version = _DIGITS.search(written.partition("python")[2])
        if version is not None:
            return set_python_version(conda, version[0])
        if any(conda_package_name(item) == "python" for item in conda.conda_packages):
            return conda
    return _with_package(conda, name, written)


def remove_conda_package(conda: CondaDependencies, specification: str) -> CondaDependencies:
    """Without the package that ``specification`` names, whatever its version there; not there: nothing changes.

    Raises ``DeclarationError`` (``python-needed``) for Python.
    """
    name = conda_package_name(specification)
    if name == "python":
        message = "conda dependencies without python make no environment"
        raise _refusal("python-needed", message, "set another version instead")
    kept = [item for item in conda.dependencies if not isinstance(item, str) or conda_package_name(item) != name]
    return replace(conda, dependencies=tuple(kept))


def set_python_version(conda: CondaDependencies, version: str) -> CondaDependencies:
    """With Python in ``version`` (``3``, ``3.11``, ``3.11.4``), where it stood before, else first.

    Raises ``DeclarationError`` (``invalid-python``).
    """
    written = f"python={_checked_version(version)}"
    if any(conda_package_name(item) == "python" for item in conda.conda_packages):
        return _with_package(conda, "python", written)
    return replace(conda, dependencies=(written, *conda.dependencies))


def add_channel(conda: CondaDependencies, channel: str) -> CondaDependencies:
    """With ``channel`` last, unless it is there. Raises ``DeclarationError`` (``invalid-channel``)."""
    written = channel.strip()
    if not written or "\n" in written:
        raise _refusal("invalid-channel", f"{channel!r} is no channel", "write its name or address")
    return conda if written in conda.channels else replace(conda, channels=(*conda.channels, written))


def remove_channel(conda: CondaDependencies, channel: str) -> CondaDependencies:
    """Without ``channel``; not there: nothing changes."""
    return replace(conda, channels=tuple(item for item in conda.channels if item != channel.strip()))


# pip ------------------------------------------------------------------------------------------------------------------


def add_pip_package(conda: CondaDependencies, line: str) -> CondaDependencies:
    """With ``line`` last in the pip section; one of the same project is removed, however its name is spelled.

    Extras and spaces are no part of the name. A wheel's URL or absolute path, and a git URL with ``#egg=NAME``, become
    ``NAME @ URL``. Raises ``DeclarationError`` (``invalid-package``) for what pip would refuse, and for options.
    """
    written = _checked_line(line)
    name = pip_project_name(written)
    kept = [item for item in conda.pip_lines if name is None or pip_project_name(item) != name]
    return _with_pip_lines(conda, [*kept, written])


def remove_pip_package(conda: CondaDependencies, name: str) -> CondaDependencies:
    """Without what the pip section says about the project ``name`` (a version behind it does not matter)."""
    wanted = pip_project_name(name)
    if wanted is None:
        return conda
    kept = [item for item in conda.pip_lines if pip_project_name(item) != wanted]
    return conda if len(kept) == len(conda.pip_lines) else _with_pip_lines(conda, kept)


def set_pip_requirements(conda: CondaDependencies, lines: Iterable[str]) -> CondaDependencies:
    """With ``lines`` (of a requirements text: comments and options too) instead of what the pip section held."""
    return _with_pip_lines(conda, list(lines))


def set_pip_option(conda: CondaDependencies, option: str) -> CondaDependencies:
    """With ``option`` (``--index-url URL``) in the pip section, before packages; replaces one of the same first word.

    Raises ``DeclarationError`` (``invalid-option``).
    """
    written = option.strip()
    if not written.startswith("-") or "\n" in written:
        shown = mask_credentials(written)
        raise _refusal("invalid-option", f"{shown!r} is no option of pip", "write --OPTION VALUE")
    word = _option_word(written)
    lines = list(conda.pip_lines)
    for index, item in enumerate(lines):
        if _option_word(item) == word:
            lines[index] = written
            return _with_pip_lines(conda, lines)
    count = sum(1 for item in lines if item.startswith("-"))
    return _with_pip_lines(conda, [*lines[:count], written, *lines[count:]])


def remove_pip_option(conda: CondaDependencies, option: str) -> CondaDependencies:
    """Without the options whose first word is that of ``option``."""
    word = _option_word(option.strip())
    kept = [item for item in conda.pip_lines if word is None or _option_word(item) != word]
    return conda if len(kept) == len(conda.pip_lines) else _with_pip_lines(conda, kept)


def pip_packages(conda: CondaDependencies) -> tuple[str, ...]:
    """What the pip section installs: its lines without options, comments and empty ones."""
    return tuple(item for item in conda.pip_lines if item.strip() and item.strip()[0] not in "-#")


def pip_options(conda: CondaDependencies) -> tuple[str, ...]:
    """The options of the pip section."""
    return tuple(item for item in conda.pip_lines if item.strip().startswith("-"))


def merge_requirements(lines: Iterable[str]) -> list[str]:
    """One line a project: ``["a>=1", "a<2"]`` becomes ``["a>=1,<2"]``; the order is that of first mention.

    Lines of one project with other markers or URLs stay apart. Raises ``DeclarationError`` (``invalid-package``).
    """
    from packaging.utils import canonicalize_name

    bounds: dict[tuple[str, str, str], list[str]] = {}
    heads: dict[tuple[str, str, str], Requirement] = {}
    for line in lines:
        requirement = _requirement(_checked_line(line))
        key = (str(canonicalize_name(requirement.name)), str(requirement.marker or ""), requirement.url or "")
        head = heads.setdefault(key, requirement)
        head.extras |= requirement.extras
        # As they are written: a set of specifiers has no order.
        written = re.findall(r"[~=!<>]=?=?\s*[^\s,;()]+", line.partition(";")[0].partition("@")[0])
        bounds.setdefault(key, []).extend(re.sub(r"\s", "", bound) for bound in written)
    merged = []
    for key, head in heads.items():
        extras = f"[{','.join(sorted(head.extras))}]" if head.extras else ""
        version = f" @ {head.url}" if head.url else ",".join(dict.fromkeys(bounds[key]))
        marker = f"{' ' if head.url else ''}; {head.marker}" if head.marker else ""
        merged.append(f"{head.name}{extras}{version}{marker}")
    return merged


def pip_project_name(line: str) -> str | None:
    """The normalised project name (PEP 503) of a line for pip; ``None`` for options, comments and unknown paths."""
    from packaging.requirements import InvalidRequirement
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

    text = line.strip()
    if not text or text[0] in "-#":
        return None
    # A wheel's file name alone would pass for the name of a project.
    with contextlib.suppress(InvalidWheelFilename):
        return parse_wheel_filename(text.partition("#")[0].rstrip().rpartition("/")[2])[0]
    with contextlib.suppress(InvalidRequirement):
        return canonicalize_name(_requirement(text.partition(" --hash")[0].partition(" #")[0]).name)
    egg = _GIT_NAME.search(text)
    return None if egg is None else canonicalize_name(egg["name"].partition("[")[0])


# parts ----------------------------------------------------------------------------------------------------------------


def _requirement(text: str) -> Requirement:
    from packaging.requirements import Requirement

    return Requirement(text)


def _checked_line(line: str) -> str:
    """One requirement as pip takes it, its name in front."""
    from packaging.requirements import InvalidRequirement

    written = line.strip()
    shown = repr(mask_credentials(written))
    if written.startswith("-"):
        raise _refusal("invalid-package", f"{shown} is an option, no package", "set it as an option of pip")
    if "\n" in written:
        raise _refusal("invalid-package", f"{shown} is more than one line", _PIP_REMEDY)
    try:
        _requirement(written.partition(" --hash")[0])
    except InvalidRequirement as error:
        name = pip_project_name(written)
        if name is None:
            raise _refusal("invalid-package", f"{shown} is no package that pip knows", _PIP_REMEDY) from error
        return _named(name, written)
    return written


def _named(name: str, written: str) -> str:
    """``NAME @ URL`` of a location; one that is a relative path stays, because nobody here knows where it starts."""
    named = named_location(written)
    if named is not None:
        return named
    if "://" in written:
        return f"{name} @ {written}"
    return f"{name} @ file://{written}" if written.startswith("/") else written


def _option_word(line: str) -> str | None:
    words = re.split(r"[\s=]", line.strip(), maxsplit=1)
    return words[0] if words[0].startswith("-") else None


def _with_package(conda: CondaDependencies, name: str, written: str) -> CondaDependencies:
    dependencies: list[Dependency] = []
    is_there = False
    for item in conda.dependencies:
        if isinstance(item, str) and conda_package_name(item) == name:
            dependencies += [] if is_there else [written]
            is_there = True
        else:
            dependencies.append(item)
    return replace(conda, dependencies=(*dependencies, *([] if is_there else [written])))


def _with_pip_lines(conda: CondaDependencies, lines: Sequence[str]) -> CondaDependencies:
    if not lines:
        return replace(conda, dependencies=conda.conda_packages)
    section = PipSection(tuple(lines))
    if any(isinstance(item, PipSection) for item in conda.dependencies):
        dependencies = [section if isinstance(item, PipSection) else item for item in conda.dependencies]
        return replace(conda, dependencies=tuple(dependencies))
    return replace(conda, dependencies=(*conda.dependencies, section))


def _checked_version(version: str) -> str:
    written = version.strip()
    if not _PYTHON_VERSION.fullmatch(written):
        raise _refusal("invalid-python", f"{written!r} is no version of Python", "write 3.11, or 3.11.4")
    return written


def _refusal(code: str, message: str, remedy: str) -> DeclarationError:
    return DeclarationError("the conda dependencies stay as they were", [Finding(code, message, remedy)])
