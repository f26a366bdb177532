"""Virtual environments by content key: found again or built with uv, under a lock, marked complete last."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from azml_magics.build.failure import explain_uv_failure
from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.events import Emit, LogLine
from azml_magics.plan.actions import PackagesPlan
from azml_magics.system.files import write_atomically
from azml_magics.system.locks import locked
from azml_magics.system.process import Completed, run
from azml_magics.system.uv import uv_binary, uv_environment

#: Written last: an environment without it is unfinished and is never used.
MARKER = "azml-complete.json"


def find_artifact(packages: PackagesPlan, directory: Path) -> Artifact | None:
    """What was built for this key below ``directory``, or ``None``; runs no program."""
    if packages.use_current_python:
        return Artifact("interpreter", packages.key, Path(sys.executable))
    venv = _venv(packages, directory)
    try:
        marker = json.loads((venv / MARKER).read_text())
    except FileNotFoundError:
        return None
    python = venv / "bin" / "python"
    if not python.exists():  # its base interpreter was removed
        return None
    return Artifact("venv", packages.key, python, venv, tuple((name, version) for name, version in marker["installed"]))


def build_packages(packages: PackagesPlan, directory: Path, *, emit: Emit, cancel: Cancel) -> Artifact:
    """The environment of ``packages`` below ``directory``, built when there is none.

    One builder a key: others wait and take what it built. A failed or cancelled build leaves nothing behind. Raises
    ``BuildError`` and ``CancelledError``.
    """
    found = find_artifact(packages, directory)
    if found is not None:
        return found
    venv = _venv(packages, directory)
    venv.parent.mkdir(parents=True, exist_ok=True)
    with locked(venv.with_suffix(".lock"), cancel=cancel, what="building packages"):
        found = find_artifact(packages, directory)
        if found is not None:
            return found
        with _removed_on_failure(venv):
            installed = _build(packages, venv, emit, cancel)
            content = {
                "key": packages.key,
                "python": packages.python,
                "requirements": list(packages.requirement_lines),
                "installed": installed,
            }
            write_atomically(venv / MARKER, json.dumps(content, indent=1).encode())
    built = find_artifact(packages, directory)
    if built is None:
        raise BuildError(f"{venv} was built but has no interpreter", remedy="uv python list shows what is installed")
    return built


def _venv(packages: PackagesPlan, directory: Path) -> Path:
    return directory / "venvs" / packages.key


@contextlib.contextmanager
def _removed_on_failure(venv: Path) -> Iterator[None]:
    """Start from nothing (a builder may have been killed), and leave nothing when the body raises."""
    if venv.exists():
        shutil.rmtree(venv)
    try:
        yield
    except BaseException:
        shutil.rmtree(venv, ignore_errors=True)
        raise


def _build(packages: PackagesPlan, venv: Path, emit: Emit, cancel: Cancel) -> list[tuple[str, str]]:
    assert packages.python is not None
    _uv(["venv", "--no-project", "--python", packages.python, str(venv)], packages, emit, cancel)
    requirements = venv / "azml-requirements.txt"
    options, lines = command_line_options(packages.requirement_lines)
    write_atomically(requirements, "".join(f"{line}\n" for line in lines).encode())
    _uv(
        ["pip", "install", "--python", str(venv), *options, "--requirements", str(requirements)], packages, emit, cancel
    )
    listed = _uv(["pip", "list", "--python", str(venv), "--format", "json", "--quiet"], packages, None, cancel)
    return [(item["name"], item["version"]) for item in json.loads(listed.text)]


def command_line_options(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options that uv reads on its command line only, in its own spelling, and the lines that stay in the file."""
    options, rest = [], []
    for line in lines:
        option, _, value = line.replace("=", " ", 1).partition(" ")
        if option == "--pre":
            options.append("--prerelease=allow")
        elif option == "--trusted-host":
            options.append(f"--allow-insecure-host={value.strip()}")
        else:
            rest.append(line)
    return options, rest


def _uv(arguments: list[str], packages: PackagesPlan, emit: Emit | None, cancel: Cancel) -> Completed:
    completed = run(
        [uv_binary(), "--no-progress", "--color", "never", *arguments],
        env=uv_environment(),
        on_line=None if emit is None else lambda line: emit(LogLine("builder", mask_credentials(line))),
        cancel=cancel,
    )
    cancel.check("building packages")
    if completed.returncode != 0:
        raise explain_uv_failure(packages, [mask_credentials(line) for line in completed.lines])
    return completed
