"""Virtual environments by content key: found again or built with uv, under a lock, marked complete last."""

from __future__ import annotations

import contextlib
import json
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from azml_magics.build.failure import explain_uv_failure
from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.events import Emit, LogLine
from azml_magics.plan.actions import PackagesPlan
from azml_magics.system.files import write_atomically
from azml_magics.system.host import installed_packages
from azml_magics.system.locks import locked
from azml_magics.system.process import run
from azml_magics.system.uv import uv_binary, uv_environment

#: Written last: an environment without it is unfinished and is never used.
MARKER = "azml-complete.json"


def find_artifact(packages: PackagesPlan, directory: Path) -> Artifact | None:
    """What was built for this key below ``directory``, or ``None``; runs no program."""
    if packages.use_current_python:
        return Artifact("interpreter", packages.key, Path(sys.executable))
    venv = _venv(packages, directory)
    try:
        marker = json.loads((venv / MARKER).read_text(encoding="utf-8"))
        installed = tuple((str(name), str(release)) for name, release in marker["installed"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):  # damaged on disk: built again like an unfinished one
        return None
    python = venv / "bin" / "python"
    if not python.exists():  # its base interpreter was removed
        return None
    return Artifact("venv", packages.key, python, venv, installed)


def build_packages(packages: PackagesPlan, directory: Path, *, emit: Emit, cancel: Cancel) -> Artifact:
    """The environment of ``packages`` below ``directory``, built when there is none.

    One builder a key: others wait and take what it built. A failed or cancelled build leaves nothing behind. Raises
    ``BuildError``, ``ToolError`` and ``CancelledError``.
    """
    found = find_artifact(packages, directory)
    if found is not None:
        return found
    venv = _venv(packages, directory)
    venv.parent.mkdir(parents=True, exist_ok=True)
    with locked(venv.with_suffix(".lock"), cancel=cancel, what="building packages") as descriptors:
        found = find_artifact(packages, directory)
        if found is not None:
            return found
        with _removed_on_failure(venv):
            _Build(packages, venv, emit, cancel, descriptors).run()
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


@dataclass(frozen=True)
class _Build:
    """One build; the lock's ``descriptors`` go to uv, so that uv keeps the lock when its caller is killed."""

    packages: PackagesPlan
    venv: Path
    emit: Emit
    cancel: Cancel
    descriptors: tuple[int, ...]

    def run(self) -> None:
        """Create, install, and write down what was really installed."""
        environment = uv_environment()
        text, variables = render_requirements_file(self.packages.requirement_lines, environment, Path.cwd())
        python = self.packages.python or platform.python_version()
        self._uv(["venv", "--no-project", "--python", _interpreter(python), str(self.venv)], environment)
        requirements = self.venv / "azml-requirements.txt"
        write_atomically(requirements, text.encode())
        self._uv(["pip", "install", "--python", str(self.venv), "--requirements", str(requirements)], variables)
        content = {
            "key": self.packages.key,
            "python": python,
            "requirements": [mask_credentials(line) for line in self.packages.requirement_lines],
            "uv": version("uv"),
            "installed": installed_packages(sorted(self.venv.glob("lib/*/site-packages"))),
        }
        write_atomically(self.venv / MARKER, json.dumps(content, indent=1).encode())

    def _uv(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        # The project is the root directory, where there is none: a pyproject.toml around the notebook may name
        # constraints, and one definition would mean different packages. The user's own uv.toml is read all the same.
        options = ["--no-progress", "--color", "never", "--project", self.venv.anchor]
        completed = run(
            [uv_binary(), *options, *arguments],
            env=environment,
            on_line=lambda line: self.emit(LogLine("builder", mask_credentials(line))),
            cancel=self.cancel,
            pass_fds=self.descriptors,
        )
        self.cancel.check("building packages")
        if completed.returncode != 0:
            masked = [mask_credentials(line) for line in completed.lines]
            raise explain_uv_failure(self.packages, masked, list_pythons=_list_pythons)


def _interpreter(python: str) -> str:
    """What to tell uv: the caller's own interpreter where it fits, because uv may not find it or take another one."""
    own = platform.python_version()
    fits = own == python or own.startswith(f"{python}.")
    return sys.executable if fits and sys.executable and platform.python_implementation() == "CPython" else python


def _list_pythons() -> list[str]:
    """The versions uv finds on this machine, newest first as uv lists them."""
    listed = run([uv_binary(), "python", "list", "--only-installed", "--no-config"], env=uv_environment())
    return list(dict.fromkeys(re.findall(r"^cpython-(\d+\.\d+\.\d+)", listed.text, re.MULTILINE)))
