"""JSON forms of what the verbs about environments give; ``document`` registers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from azml_magics.definitions.conda_dependencies import mask_channel
from azml_magics.show.findings import finding_document

if TYPE_CHECKING:
    from azml_magics.assets.environment_files import SavedEnvironment
    from azml_magics.definitions.conda_dependencies import CondaDependencies
    from azml_magics.definitions.environment import Environment
    from azml_magics.definitions.environment_diff import EnvironmentDiff
    from azml_magics.definitions.private_wheel import PrivateWheel
    from azml_magics.show.environment_results import Archiving, RegisteredEnvironment


def registered_document(value: RegisteredEnvironment) -> object:
    """Azure's inline form, with the version it has here (AZUREML.md 3.11)."""
    from azml_magics.definitions.codecs.azure_v1 import environment_document

    return masked(environment_document(value.environment))


def saved_document(value: SavedEnvironment) -> object:
    """Where its files are, and what they do not hold."""
    return {
        "name": value.environment.name,
        "version": value.environment.version,
        "directory": str(value.directory),
        "files": list(value.files),
        "findings": [finding_document(finding) for finding in value.findings],
    }


def archiving_document(value: Archiving) -> object:
    """The versions that were hidden, or brought back."""
    return [
        {"name": environment.name, "version": environment.version, "archived": environment.archived}
        for environment in value.environments
    ]


def diff_document(value: EnvironmentDiff) -> object:
    """As the difference says it."""
    return value.as_dict()


def wheel_document(value: PrivateWheel) -> object:
    """What it is and the requirement that installs it."""
    return {
        "project": value.project,
        "version": value.version,
        "file": value.file,
        "requirement": value.requirement,
    }


def registry_part(value: Environment) -> dict[str, object]:
    """What a registered environment has that a cell does not say."""
    return {
        "conda": None if value.conda is None else conda_part(value.conda),
        "description": value.description,
        "tags": dict(value.tags),
        "archived": value.archived,
    }


def conda_part(conda: CondaDependencies) -> object:
    """As the mapping of its file, without credentials."""
    return masked(conda.document())


def masked(value: object) -> object:
    """``value`` with the credentials of every address in it replaced."""
    if isinstance(value, str):
        return mask_channel(value)
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, Sequence) else value
