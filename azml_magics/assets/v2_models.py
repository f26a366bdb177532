"""Models as Azure's v2 ``model.yml``: registered from one, written beside their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.assets.directories import Content, write_directory
from azml_magics.definitions.codecs.azure_v2 import named_at
from azml_magics.definitions.codecs.azure_v2_model import ModelFile, read_model_yaml, render_model_yaml
from azml_magics.definitions.model import Model
from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.system.files import read_text

if TYPE_CHECKING:
    from azml_magics.assets.models import Models

MODEL_FILE = "model.yml"
#: In Azure, a type with a server of its own: no code is deployed with it.
_TYPE_REMEDY = "deploy it with a script that loads it"


def load_model_file(file: Path) -> ModelFile:
    """The model that ``file`` describes, its path made absolute. Raises ``NotFoundError``, ``DeclarationError``."""
    read = read_model_yaml(read_text(file, what="model file", code="model-file"), source=file.name)
    return read if read.path is None else replace(read, path=str(file.parent / read.path))


def register_model_file(models: Models, file: Path, given: Mapping[str, Any]) -> tuple[Model, tuple[Finding, ...]]:
    """See :meth:`azml_magics.assets.models.Models.register_file`."""
    read = load_model_file(file)
    if read.path is None:
        finding = Finding("missing-key", "the model has no path", "add path: and its file or folder", Place(file.name))
        raise DeclarationError(f"{file.name} cannot be registered", [finding])
    said: dict[str, Any] = {
        "name": read.name,
        "tags": dict(read.tags),
        "properties": dict(read.properties),
        "description": read.description,
    }
    with named_at(read.path_place):
        model = models.register(Path(read.path), **{**said, **{key: value for key, value in given.items() if value}})
    return model, (*read.findings, *_differences(read, model, Place(file.name)))


def save_model_file(model: Model, source: Path, directory: Path, *, overwrite: bool = False) -> None:
    """Write ``model.yml`` and a copy of ``source`` into ``directory``; see :func:`write_directory`."""
    files: dict[str, Content] = {
        MODEL_FILE: render_model_yaml(model_file(model, model.basename)).encode(),
        model.basename: source,
    }
    write_directory(directory, files, marker=MODEL_FILE, overwrite=overwrite)


def model_file(model: Model, path: str) -> ModelFile:
    """``model`` as the file describes it, its content at ``path``; one that was never registered is version 1 there."""
    version = str(max(1, model.version))
    return ModelFile(model.name, version, path, "custom_model", model.description, model.tags, model.properties)


def _differences(read: ModelFile, model: Model, place: Place) -> list[Finding]:
    """What of the file did not come to pass."""
    findings = []
    if read.version not in (None, str(model.version)):
        message = f"the file says version {read.version}, it is version {model.version} here"
        remedy = "nothing: versions count up from 1 in every workspace"
        findings.append(Finding("version-differs", message, remedy, place, "warning"))
    if read.type not in (None, "custom_model"):
        message = f"type {read.type} is nothing special here: it is kept as files"
        findings.append(Finding("model-type", message, _TYPE_REMEDY, place, "warning"))
    return findings
