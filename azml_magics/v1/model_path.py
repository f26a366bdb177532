"""``Model.get_model_path``: where a model's file or folder is, in a service and beside one (AZUREML.md 3.9)."""

from __future__ import annotations

from pathlib import Path

from azml_magics.v1.exceptions import ModelNotFoundException, WebserviceException
from azml_magics.v1.workspace import Workspace, session_of

MODELS = "azureml-models"


def get_model_path(model_name: str, version: int | None = None, _workspace: Workspace | None = None) -> str:
    """``azureml-models/NAME/VERSION/ENTRY`` below the working directory, else ``./NAME``, else the workspace's copy.

    Without ``version`` the newest is meant. Raises ``ModelNotFoundException`` and ``WebserviceException``.
    """
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise WebserviceException(
            f"version {version!r} is no whole number", remedy=f"get_model_path({model_name!r}, version=1)"
        )
    folder = Path(MODELS) / model_name
    versions = sorted((int(entry.name) for entry in folder.glob("*") if entry.name.isdecimal()), reverse=True)
    for number in versions if version is None else [version] if version in versions else []:
        return _only_entry(folder / str(number))
    if version is None and Path(model_name).exists():
        return model_name
    models = session_of(_workspace).models
    found = [model for model in models.list_all(model_name) if version in (None, model.version)]
    if not found:
        raise ModelNotFoundException(
            f"there is no model {model_name}: neither in {MODELS} nor in {Path.cwd()} nor in the local workspace",
            remedy="register it, or check its name and version",
        )
    return str(models.path(max(found, key=lambda model: model.version)))


def _only_entry(folder: Path) -> str:
    entries = sorted(entry.name for entry in folder.iterdir())
    if len(entries) != 1:
        raise WebserviceException(
            f"{folder} holds {len(entries)} files and folders instead of one: {entries}",
            remedy="put them into one folder",
        )
    return (folder / entries[0]).as_posix()
