"""Azure's v2 ``model.yml`` as ``ModelFile`` and back (AZUREML.md 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from azml_magics.definitions.codecs.azure_v2 import V2Values, read_root, registered, render_v2, warnings_of
from azml_magics.errors import Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node

FIELDS = ("name", "version", "type", "path", "description", "tags", "properties")
UNUSED = (
    "stage",
    "flavors",
    "datastore",
    "id",
    "utc_time_created",
    "creation_context",
    "job_name",
    "latest_version",
    "intellectual_property",
    "system_metadata",
    "default_deployment_template",
    "allowed_deployment_templates",
)
TYPES = ("custom_model", "mlflow_model", "triton_model")


@dataclass(frozen=True)
class ModelFile:
    """What the file says; ``path`` is as written, and stands at ``path_place``. ``findings`` are warnings."""

    name: str | None = None
    version: str | None = None
    path: str | None = None
    type: str | None = None
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    path_place: Place | None = field(default=None, compare=False)


def read_model_yaml(text: str, *, source: str, first_line: int = 1) -> ModelFile:
    """The model that ``text`` describes. Raises ``DeclarationError`` with everything that is wrong."""
    values, root = read_root(text, source, first_line, "a model")
    read = read_model_node(values, root, is_anonymous=False)
    return replace(read, findings=warnings_of(values, source))


def read_model_node(values: V2Values, node: Node, *, is_anonymous: bool = True) -> ModelFile:
    """As :func:`read_model_yaml`, for one inside another file; what is wrong is added to ``values``."""
    given = values.fields(node, "a model", FIELDS, UNUSED)
    if "name" not in given and not is_anonymous:
        values.fault("missing-key", "a model has a name", "add name: my-model", node)
    path = values.one_text(given.get("path"), "path")
    if path is None and is_anonymous:
        values.fault("missing-key", "the model has no path", "add path: and its file or folder", node)
    if path is not None and (path.startswith("azureml:") or "://" in path):
        remedy = "download it, and name the file or folder"
        if is_anonymous and registered(path) is not None:
            remedy = f"what is registered here is named without path: model: {path}"
        values.fault("not-local", f"model path {path[:120]!r} is not on this machine", remedy, given["path"])
    return ModelFile(
        values.one_text(given.get("name"), "name"),
        values.one_text(given.get("version"), "version"),
        path,
        values.choice(given["type"], "type", TYPES) if "type" in given else None,
        values.any_text(given.get("description"), "description"),
        values.texts(given.get("tags"), "tags"),
        values.texts(given.get("properties"), "properties"),
        path_place=values.text.place(given["path"]) if "path" in given else None,
    )


def render_model_yaml(file: ModelFile) -> str:
    """The text of ``model.yml``."""
    return render_v2("model", model_fields(file))


def model_fields(file: ModelFile) -> dict[str, object]:
    """The fields of the file, as YAML values; those without a value may be among them."""
    return {
        "name": file.name,
        "version": file.version,
        "type": file.type,
        "path": file.path,
        "description": file.description,
        "tags": dict(file.tags),
        "properties": dict(file.properties),
    }
