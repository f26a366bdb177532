"""The names of a ``RunRequest`` looked up: which folder and script, which environment."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.environment import Environment, check_name
from azml_magics.definitions.resources import check_resources
from azml_magics.definitions.run import (
    DEFAULT_ENVIRONMENT,
    RunRequest,
    check_experiment,
    check_run_script,
    default_experiment,
)
from azml_magics.definitions.variables import check_variables
from azml_magics.errors import DeclarationError, Finding, NotFoundError
from azml_magics.events import Emit, Note
from azml_magics.preflight.requirements import check_pip_section
from azml_magics.resolve.environment import as_meant_here, contradictions, get_named_environment, require_lock

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Script:
    """Where a script is: ``path`` is relative to ``directory``, which is absolute."""

    directory: Path
    path: str


def check_request(request: RunRequest, *, is_cell: bool) -> None:
    """Raises ``DeclarationError`` with everything that is wrong with ``request`` by itself."""
    findings = [*check_run_script(request.script), *check_resources(request.resources)]
    findings += check_variables(request.environment_variables)
    if request.experiment is not None:
        findings += check_experiment(request.experiment)
    if request.environment is not None and request.use_current_python:
        message = "an environment and the current Python exclude each other"
        findings.append(Finding("exclusive-options", message, "keep one of them"))
    if request.engine == "docker" and request.use_current_python:
        message = "a container cannot run with the current Python"
        findings.append(Finding("exclusive-options", message, "leave --python current or --engine docker out"))
    if not request.snapshot and (request.engine != "process" or is_cell):
        what = "a script written in a cell" if is_cell else "a container"
        message = f"{what} cannot run in place, without a copy of the source"
        findings.append(Finding("exclusive-options", message, "leave --no-snapshot out"))
    if findings:
        raise DeclarationError(f"{request.script} cannot be run", findings)


def experiment_of(request: RunRequest) -> str:
    """The experiment that was named, or the script's own."""
    return request.experiment or default_experiment(request.script)


def locate_script(request: RunRequest, working_directory: Path, *, is_cell: bool) -> Script:
    """The source directory: the one that was named, else the current one when the script is in it, else the script's.

    With a source directory, the script is looked for in it first. Raises ``DeclarationError`` for one outside of it.
    """
    written = Path(request.script)
    named = request.source_directory
    directory = Path(os.path.normpath(working_directory / (named or ".")))
    inside = Path(os.path.normpath(directory / written))
    outside = Path(os.path.normpath(working_directory / written))
    if named is not None and not is_cell and not inside.is_file() and outside.is_file():
        inside = outside
    if inside.is_relative_to(directory):
        return Script(directory, inside.relative_to(directory).as_posix())
    if named is None and not is_cell:
        return Script(inside.parent, inside.name)
    finding = Finding(
        "script-outside", f"script {request.script} is not in {directory}", "name a --source-dir that holds it"
    )
    raise DeclarationError(f"{request.script} cannot be run", [finding])


def environment_of(
    request: RunRequest,
    given: Environment | None,
    declarations: Declarations,
    workspace: Workspace,
    working_directory: Path,
    *,
    emit: Emit,
) -> Environment | None:
    """What the run gets, registered unless its name is kept for others; ``None`` for the current Python.

    Where none is named it is ``default-environment``: what is declared or registered by that name, else the caller's
    Python without any packages. Raises ``DeclarationError`` (``not-frozen``) for one without a lock where that is asked
    for.
    """
    if request.use_current_python:
        if request.frozen:
            require_lock(None, workspace, f"{request.script} cannot be run")
        return None
    found = given
    if found is None and request.environment is not None:
        found = get_named_environment(request.environment, declarations, workspace)
    if found is None:
        found = declarations.environment(DEFAULT_ENVIRONMENT) or workspace.find_environment(DEFAULT_ENVIRONMENT)
        is_new = found is None
        found = found or _default_environment()
        what = "and no packages" if is_new or not found.requirements.canonical_lines() else "and its packages"
        emit(Note(f"no environment was named: {DEFAULT_ENVIRONMENT}, with Python {found.python or 'any'} {what}"))
    findings = [*check_variables(found.environment_variables), *check_pip_section(found)]
    findings += contradictions(found, image=request.image)
    if findings:
        raise DeclarationError(f"{request.script} cannot be run in environment {found.label!r}", findings)
    found = as_meant_here(found, working_directory, workspace)
    if request.frozen:
        require_lock(found, workspace, f"{request.script} cannot be run")
    if found.version is not None or check_name(found.name):
        return found
    return workspace.register_environment(found)


def _default_environment() -> Environment:
    from azml_magics.system.host import collect_host_facts

    return Environment(DEFAULT_ENVIRONMENT, collect_host_facts().current.minor)


def user_interpreter(environment: Environment | None) -> Path | None:
    """The Python of this machine that a user-managed environment means: the one it names, else the caller's.

    ``None`` for an environment whose packages are ours to install. Raises ``NotFoundError`` (``interpreter-missing``).
    """
    if environment is None or not environment.image_source.user_managed:
        return None
    named = environment.image_source.interpreter_path
    found = sys.executable if named is None else shutil.which(named)
    if found is None:
        raise NotFoundError(
            f"environment {environment.name!r} names interpreter {named}, which is not on this machine",
            remedy="name one that is here, or run it with --engine docker in the image that has it",
            code="interpreter-missing",
        )
    return Path(found)
