"""Virtual and conda environments by content key: found again or built, under a lock, marked complete last."""

from __future__ import annotations

import json
import platform
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

from azml_magics.build.conda import install_conda_environment
from azml_magics.build.failure import explain_uv_failure
from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.build.uv_calls import HASHES_REQUIRED, MARKER, UvCalls, build_once, own_interpreter
from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.events import Emit
from azml_magics.plan.actions import PackagesPlan
from azml_magics.system.files import write_atomically
from azml_magics.system.host import installed_packages
from azml_magics.system.pythons import list_pythons
from azml_magics.system.uv import uv_environment

__all__ = ["MARKER", "build_packages", "find_artifact"]


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
    return Artifact("conda" if packages.conda else "venv", packages.key, python, venv, installed)


def build_packages(packages: PackagesPlan, directory: Path, *, emit: Emit, cancel: Cancel) -> Artifact:
    """The environment of ``packages`` below ``directory``, built when there is none.

    One builder a key: others wait and take what it built. A failed or cancelled build leaves nothing behind. Raises
    ``BuildError``, ``ToolError`` and ``CancelledError``.
    """
    if packages.use_current_python:
        return Artifact("interpreter", packages.key, Path(sys.executable))
    venv = _venv(packages, directory)
    install = _install if packages.conda is None else install_conda_environment

    def build(descriptors: tuple[int, ...]) -> None:
        explain = partial(explain_uv_failure, packages, list_pythons=list_pythons)
        install(packages, venv, UvCalls(emit, cancel, descriptors, explain))

    built = build_once(venv, find=lambda: find_artifact(packages, directory), build=build, cancel=cancel)
    if built is None:
        raise BuildError(f"{venv} was built but has no interpreter", remedy="uv python list shows what is installed")
    return built


def _venv(packages: PackagesPlan, directory: Path) -> Path:
    return directory / ("venvs" if packages.conda is None else "conda") / packages.key


def _install(packages: PackagesPlan, venv: Path, uv: UvCalls) -> None:
    """Create, install, and write down what was really installed."""
    environment = uv_environment()
    text, variables = render_requirements_file(packages.requirement_lines, environment, Path.cwd())
    python = packages.python or platform.python_version()
    uv.call(["venv", "--no-project", "--python", own_interpreter(python) or python, str(venv)], environment)
    requirements = venv / "azml-requirements.txt"
    write_atomically(requirements, text.encode())
    hashes = HASHES_REQUIRED if packages.is_locked else ()
    uv.call(["pip", "install", "--python", str(venv), "--requirements", str(requirements), *hashes], variables)
    write_atomically(requirements, mask_credentials(text).encode())  # for people: no build reads it again
    content = {
        "key": packages.key,
        "python": python,
        "requirements": [mask_credentials(line) for line in packages.requirement_lines],
        "uv": version("uv"),
        "installed": installed_packages(sorted(venv.glob("lib/*/site-packages"))),
    }
    write_atomically(venv / MARKER, json.dumps(content, indent=1).encode())
