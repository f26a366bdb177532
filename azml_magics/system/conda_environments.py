"""What a conda environment of this machine holds: told by its conda program, or read from its directory without one."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azml_magics.definitions.codecs.conda_yaml import read_conda_yaml
from azml_magics.definitions.conda_dependencies import CondaDependencies, Dependency, PipSection
from azml_magics.errors import NotFoundError, ToolError
from azml_magics.system.process import run

#: Programs that know the environments by name, the first that is found is asked.
PROGRAMS = ("conda", "mamba", "micromamba")
_BUILD = re.compile(r"^(?P<package>[^=\s\[]+=[^=\s\[]+)=[^=\s]+$")
_TOKEN = re.compile(r"/t/[^/]+(?=/)")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_SUBDIR = re.compile(r"/(?:noarch|(?:linux|osx|win|freebsd|emscripten|wasi)-\w+)/?$")
#: Where conda looks for a channel that is named without an address.
_KNOWN_CHANNEL = re.compile(r"https?://conda\.[\w.-]+/(?P<name>[\w.-]+)")
_DEFAULT_CHANNEL = re.compile(r"https?://repo\.[\w.-]+/pkgs/\w+")


def export_conda_environment(name: str) -> CondaDependencies:
    """The specification of the conda environment ``name``, as its conda program exports it, without builds and prefix.

    Raises ``ToolError`` (``conda-missing``, ``conda-failed``).
    """
    program = _find_program()
    flags = ["--no-builds"] if Path(program).stem == "conda" else []
    completed = run([program, "env", "export", *flags, "--name", name])
    lines = list(completed.lines)
    # Warnings come on the same stream.
    start = next((index for index, line in enumerate(lines) if line.startswith("name:")), None)
    if completed.returncode != 0 or start is None:
        raise ToolError(
            f"{Path(program).name} did not export the conda environment {name!r}",
            remedy=f"look which there are: {Path(program).name} env list; or name the directory of one",
            code="conda-failed",
            details=lines,
        )
    found = read_conda_yaml("\n".join(lines[start:]) + "\n", source=f"conda environment {name}")
    return CondaDependencies(_without_builds(found.dependencies), found.channels, found.name, None, found.variables)


def read_conda_environment(directory: Path) -> CondaDependencies:
    """The same for the conda environment in ``directory``, read from its own records; no program is run.

    Raises ``NotFoundError`` (``conda-environment-missing``).
    """
    records = [_read_record(path) for path in sorted((directory / "conda-meta").glob("*.json"))]
    if not records:
        raise NotFoundError(
            f"{directory} is no conda environment: it has no packages in conda-meta",
            remedy="name the directory of one, or its name",
            code="conda-environment-missing",
        )
    records.sort(key=lambda record: str(record["name"]))
    packages: list[Dependency] = [f"{record['name']}={record['version']}" for record in records]
    pip_lines = _pip_lines(directory, {str(record["name"]) for record in records})
    channels = [_channel(str(record.get("channel", ""))) for record in records]
    return CondaDependencies(
        (*packages, *([PipSection(pip_lines)] if pip_lines else [])),
        tuple(dict.fromkeys(channel for channel in channels if channel)),
        directory.name,
        None,
        _variables(directory),
    )


def is_conda_environment(directory: Path) -> bool:
    """Whether conda made ``directory``."""
    return (directory / "conda-meta").is_dir()


def _find_program() -> str:
    for candidate in (os.environ.get("CONDA_EXE"), *PROGRAMS, os.environ.get("MAMBA_EXE")):
        found = shutil.which(candidate) if candidate else None
        if found:
            return found
    raise ToolError(
        "no conda program was found: " + ", ".join(PROGRAMS),
        remedy="put one on PATH, or name the directory of the environment instead of its name",
        code="conda-missing",
    )


def _without_builds(dependencies: Sequence[Dependency]) -> tuple[Dependency, ...]:
    return tuple(_BUILD.sub(r"\g<package>", item) if isinstance(item, str) else item for item in dependencies)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(record, dict) and {"name", "version"} <= record.keys():
            return record
    except ValueError:
        pass
    raise NotFoundError(
        f"{path} is no record of a conda package", remedy="repair the environment", code="conda-environment-missing"
    )


def _channel(address: str) -> str:
    """As a specification names it: without the platform, without credentials; a name where conda knows it."""
    bare = _SUBDIR.sub("", _CREDENTIALS.sub("", _TOKEN.sub("", address))).rstrip("/")
    if _DEFAULT_CHANNEL.fullmatch(bare):
        return "defaults"
    known = _KNOWN_CHANNEL.fullmatch(bare)
    return known["name"] if known else bare


def _pip_lines(directory: Path, conda_names: set[str]) -> tuple[str, ...]:
    """What was installed beside conda's packages; conda marks its own in their metadata."""
    from importlib.metadata import distributions

    from packaging.utils import canonicalize_name

    folders = [str(path) for path in sorted(directory.glob("lib/python3*/site-packages")) if path.is_dir()]
    lines = set()
    for item in distributions(path=folders):
        if not {"Name", "Version"} <= {*item.metadata}:  # left by a broken uninstall
            continue
        name = canonicalize_name(item.metadata["Name"])
        by_conda = (item.read_text("INSTALLER") or "").strip() == "conda"
        if not by_conda and name not in conda_names:
            lines.add(f"{name}=={item.version}")
    return tuple(sorted(lines))


def _variables(directory: Path) -> tuple[tuple[str, str], ...]:
    try:
        state = json.loads((directory / "conda-meta" / "state").read_text(encoding="utf-8"))
        return tuple(sorted((str(name), str(value)) for name, value in state["env_vars"].items()))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return ()
