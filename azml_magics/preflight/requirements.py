"""Checks of the packages a service will run with, as far as they can be told before anything is resolved."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from azml_magics.definitions.azure_packages import lines_asked_for
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.definitions.pip_section import read_pip_section
from azml_magics.definitions.requirements import Requirements
from azml_magics.errors import Finding
from azml_magics.preflight import DeploymentFacts

if TYPE_CHECKING:
    from packaging.requirements import Requirement

#: Variables that add packages at start, the winner first; whatever comes behind it is ignored (AZUREML.md 2.2).
_LIBRARY = "AZUREML_EXTRA_PYTHON_LIB_PATH"
_CONDA_ABSOLUTE = "AZUREML_EXTRA_CONDA_YAML_ABS_PATH"
_CONDA = "AZUREML_EXTRA_CONDA_YAML"
_REQUIREMENTS = "AZUREML_EXTRA_REQUIREMENTS_TXT"
EXTRA_VARIABLES = (_LIBRARY, _CONDA_ABSOLUTE, _CONDA, _REQUIREMENTS)
#: Relative ones -> code, what they name, and the exit code of the start script when it is not there.
_EXTRA_FILES = {
    _LIBRARY: ("extra-library-missing", "folder", 97),
    _CONDA: ("extra-conda-missing", "file", 98),
    _REQUIREMENTS: ("extra-requirements-missing", "file", 99),
}


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """What the caller's interpreter lacks, what the start script would not find, what is not pinned."""
    requirements = deployment.environment.requirements if deployment.environment else Requirements()
    if deployment.environment is not None:
        yield from check_pip_section(deployment.environment)
    if deployment.use_current_python:
        yield from _check_current(requirements, facts)
    elif deployment.environment is not None and holding_lock(deployment.environment) is None:
        yield from _check_pins(replace(requirements, lines=lines_asked_for(deployment.environment)))
    yield from _check_extra(deployment, facts)


def check_pip_section(environment: Environment) -> Iterator[Finding]:
    """Lines that a file of Azure's may hold, and that nothing can be installed from here."""
    if environment.conda is not None:
        yield from read_pip_section(environment.conda, source=f"pip section of environment {environment.name}")[1]


def parsed(requirements: Requirements) -> list[Requirement]:
    """The project requirements as ``packaging`` values, without their hashes."""
    from packaging.requirements import Requirement

    return [Requirement(line.text.partition(" --hash=")[0]) for line in requirements.lines if line.name is not None]


def _check_current(requirements: Requirements, facts: DeploymentFacts) -> Iterator[Finding]:
    from packaging.utils import canonicalize_name

    if SERVER not in facts.current_packages:
        yield Finding(
            "missing-package",
            f"the current Python has no {SERVER}, which serves the script; nothing is installed into it",
            f"install it there (pip install {SERVER}), or deploy with --environment or --requirements",
        )
    for requirement in parsed(requirements):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        installed = facts.current_packages.get(canonicalize_name(requirement.name))
        if installed is None:
            yield Finding(
                "missing-package",
                f"the current Python has no {requirement.name}, which the environment asks for",
                "install it there, or deploy without --python current",
            )
        elif not requirement.specifier.contains(installed, prereleases=True):
            yield Finding(
                "incompatible-package",
                f"the current Python has {requirement.name} {installed}, the environment asks for "
                f"{requirement.name}{requirement.specifier}",
                "install that version there, or deploy without --python current",
            )


def unpinned_requirements(requirements: Requirements) -> list[str]:
    """Those that a later build may install another version of; the server, which is added anyway, is none of them."""
    return [
        f"{requirement.name}{requirement.specifier}"
        for requirement in parsed(requirements)
        if not _is_pinned(requirement) and str(requirement) != SERVER
    ]


def _check_pins(requirements: Requirements) -> Iterator[Finding]:
    unpinned = unpinned_requirements(requirements)
    if unpinned:
        yield Finding(
            "unpinned-requirements",
            f"not pinned: {', '.join(unpinned)}; a later build may hold other versions",
            "pin each with NAME==VERSION",
            severity="warning",
        )


def _is_pinned(requirement: Requirement) -> bool:
    return requirement.url is not None or any(
        part.operator == "===" or (part.operator == "==" and not part.version.endswith(".*"))
        for part in requirement.specifier
    )


def _check_extra(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """The start script adds packages by the first of these variables and stops when its file is not there."""
    variables = deployment.variables()
    given = [name for name in EXTRA_VARIABLES if variables.get(name)]
    if not given:
        return
    winner, *losers = given
    if losers:
        yield Finding(
            "extra-packages-precedence",
            f"{winner} wins: {', '.join(losers)} will be ignored",
            "keep one of them",
            severity="warning",
        )
    if winner not in _EXTRA_FILES:
        return
    code, what, exit_code = _EXTRA_FILES[winner]
    path = _beside_script(deployment, variables[winner])
    if path is None or (path in facts.source_files if what == "file" else _has_folder(facts, path)):
        return
    remedy = (
        f"deploy the folder that holds it and the script: --source-dir {posixpath.dirname(path) or 'FOLDER'}"
        if deployment.source_directory is None
        else f"put it into {deployment.source_directory.name}/{posixpath.dirname(path)}".rstrip("/")
    )
    yield Finding(
        code,
        f"{winner} names the {what} {variables[winner]!r} beside the script, which will not be deployed: "
        f"the service would end with exit code {exit_code}",
        remedy,
    )


def _beside_script(deployment: Deployment, value: str) -> str | None:
    """``value`` from the root of the deployed files; ``None`` when it leads out of them, where nothing can be told."""
    # Without a source directory the script is deployed alone, its folders dropped (AZUREML.md 3.7).
    folder = posixpath.dirname(deployment.entry_script.path) if deployment.source_directory else ""
    path = posixpath.normpath(posixpath.join(folder, value))
    return None if path.startswith(("/", "../")) or path == ".." else path


def _has_folder(facts: DeploymentFacts, path: str) -> bool:
    return bool(facts.source_files) and (path == "." or any(name.startswith(f"{path}/") for name in facts.source_files))
