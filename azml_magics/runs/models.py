"""A model from what a run left: registered with the id of the run it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from azml_magics.definitions.model import RUN_PROPERTY, Model
from azml_magics.definitions.run import RunRecord
from azml_magics.errors import NotFoundError
from azml_magics.runs.files import get_run_path

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

#: Properties by which a model remembers where it comes from.
EXPERIMENT_PROPERTY = "azml.experiment"


def register_run_model(
    workspace: Workspace,
    record: RunRecord,
    name: str,
    path: str | None,
    *,
    tags: Mapping[str, str],
    properties: Mapping[str, str],
    description: str = "",
    framework: str | None = None,
    framework_version: str | None = None,
) -> Model:
    """Register what the run left at ``path``, by default at the model's name (AZUREML.md 3.9).

    Raises ``NotFoundError`` (``unknown-run-file``), ``DeclarationError``.
    """
    return workspace.register_model(
        get_run_path(record, path) if path else _get_by_name(record, name),
        name=name,
        tags=tags,
        properties={**properties, RUN_PROPERTY: record.id, EXPERIMENT_PROPERTY: record.experiment},
        description=description,
        framework=framework,
        framework_version=framework_version,
    )


def _get_by_name(record: RunRecord, name: str) -> Path:
    """What a model is without a path: what is called like it, at the top or among the outputs."""
    try:
        return get_run_path(record, name)
    except NotFoundError:
        return get_run_path(record, f"outputs/{name}")


def models_of(workspace: Workspace, run_id: str) -> list[Model]:
    """Every model that was registered from that run."""
    return [model for model in workspace.list_models() if dict(model.properties).get(RUN_PROPERTY) == run_id]


def register_told_model(workspace: Workspace, record: RunRecord, told: Mapping[str, object]) -> Model:
    """What the script asked for with ``run.register_model``."""
    framework, version = told.get("framework"), told.get("framework_version")
    return register_run_model(
        workspace,
        record,
        str(told.get("name")),
        str(told.get("path")),
        tags=_texts(told.get("tags")),
        properties=_texts(told.get("properties")),
        description=str(told.get("description") or ""),
        framework=None if framework is None else str(framework),
        framework_version=None if version is None else str(version),
    )


def _texts(value: object) -> dict[str, str]:
    items = cast("Mapping[Any, Any]", value) if isinstance(value, dict) else {}
    return {str(key): str(text) for key, text in items.items()}
