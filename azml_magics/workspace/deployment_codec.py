"""Deployments, environments and endpoints as plain JSON values and back, losslessly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.model import Model
from azml_magics.definitions.requirements import RequirementLine, Requirements
from azml_magics.definitions.resources import Resources


def environment_to_dict(environment: Environment) -> dict[str, Any]:
    """Name and version included."""
    return {
        "name": environment.name,
        "version": environment.version,
        "python": environment.python,
        "requirements": {
            "name": environment.requirements.name,
            "lines": [[line.text, line.line, line.name] for line in environment.requirements.lines],
        },
        "environment_variables": [list(pair) for pair in environment.environment_variables],
        "image_source": environment.image_source.definition(),
        "conda": None if environment.conda is None else environment.conda.document(),
        "lock": None if environment.lock is None else environment.lock.document(),
        "azure_details": environment.azure_details,
        "description": environment.description,
        "tags": [list(pair) for pair in environment.tags],
    }


def environment_from_dict(value: Mapping[str, Any]) -> Environment:
    """The inverse of :func:`environment_to_dict`."""
    requirements, conda, lock = value["requirements"], value.get("conda"), value.get("lock")
    return Environment(
        value["name"],
        value["python"],
        Requirements(requirements["name"], tuple(RequirementLine(*line) for line in requirements["lines"])),
        _pairs(value["environment_variables"]),
        value["version"],
        _image_source(value.get("image_source", {})),
        None if conda is None else CondaDependencies.from_document(conda),
        None if lock is None else Lock.from_document(lock),
        value.get("azure_details", ""),
        value.get("description", ""),
        _pairs(value.get("tags", [])),
    )


def deployment_to_dict(deployment: Deployment) -> dict[str, Any]:
    """Everything, the script's text included."""
    script = deployment.entry_script
    return {
        "name": deployment.name,
        "entry_script": {
            "path": script.path,
            "source": script.source,
            "origin": None if script.origin is None else [script.origin.label, script.origin.line_offset],
            "file": _path_text(script.file),
        },
        "environment": None if deployment.environment is None else environment_to_dict(deployment.environment),
        "use_current_python": deployment.use_current_python,
        "source_directory": _path_text(deployment.source_directory),
        "models": [_model_to_dict(model) for model in deployment.models],
        "environment_variables": [list(pair) for pair in deployment.environment_variables],
        "engine": deployment.engine,
        "port": deployment.port,
        "workers": deployment.workers,
        "wait_seconds": deployment.wait_seconds,
        "base_image": deployment.base_image,
        "packages": deployment.packages,
        "resources": asdict(deployment.resources),
        "start": deployment.start,
        "request": None if deployment.request is None else asdict(deployment.request),
        "requested_in": _path_text(deployment.requested_in),
    }


def deployment_from_dict(value: Mapping[str, Any]) -> Deployment:
    """The inverse of :func:`deployment_to_dict`."""
    script = value["entry_script"]
    return Deployment(
        value["name"],
        EntryScript(
            script["path"],
            script["source"],
            None if script["origin"] is None else Origin(*script["origin"]),
            _path(script["file"]),
        ),
        None if value["environment"] is None else environment_from_dict(value["environment"]),
        value["use_current_python"],
        _path(value["source_directory"]),
        tuple(_model_from_dict(model) for model in value["models"]),
        _pairs(value["environment_variables"]),
        value["engine"],
        value["port"],
        value["workers"],
        value["wait_seconds"],
        value.get("base_image"),
        value.get("packages", "auto"),
        Resources(**value.get("resources", {})),
        value.get("start", "azml"),
        _request(value.get("request")),
        _path(value.get("requested_in")),
    )


def endpoint_to_dict(endpoint: Endpoint) -> dict[str, Any]:
    """Where a service can be found again."""
    return {
        "service": endpoint.service,
        "engine": endpoint.engine,
        "port": endpoint.port,
        "log_path": str(endpoint.log_path),
        "directory": str(endpoint.directory),
        "pid": endpoint.pid,
        "process_created": endpoint.process_created,
        "container": endpoint.container,
        "started": None if endpoint.started is None else endpoint.started.isoformat(),
        "security": dict(endpoint.security),
    }


def endpoint_from_dict(value: Mapping[str, Any]) -> Endpoint:
    """The inverse of :func:`endpoint_to_dict`."""
    started = value["started"]
    return Endpoint(
        **{
            **value,
            "log_path": Path(value["log_path"]),
            "directory": Path(value["directory"]),
            "started": None if started is None else datetime.fromisoformat(started),
        }
    )


def _request(value: Mapping[str, Any] | None) -> DeployRequest | None:
    if value is None:
        return None
    return DeployRequest(
        **{
            **value,
            "models": tuple(value["models"]),
            "environment_variables": _pairs(value["environment_variables"]),
            "resources": Resources(**value["resources"]),
        }
    )


def _image_source(value: Mapping[str, Any]) -> ImageSource:
    fields: dict[str, Any] = {name: tuple(item) if isinstance(item, list) else item for name, item in value.items()}
    return ImageSource(**fields)


def _model_to_dict(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "version": model.version,
        "basename": model.basename,
        "is_folder": model.is_folder,
        "digest": model.digest,
        "size_bytes": model.size_bytes,
        "tags": [list(pair) for pair in model.tags],
        "properties": [list(pair) for pair in model.properties],
        "description": model.description,
        "framework": model.framework,
        "framework_version": model.framework_version,
        "local_path": _path_text(model.local_path),
        "created": None if model.created is None else model.created.isoformat(),
    }


def _model_from_dict(value: Mapping[str, Any]) -> Model:
    created = value["created"]
    return Model(
        **{
            **value,
            "tags": _pairs(value["tags"]),
            "properties": _pairs(value["properties"]),
            "created": None if created is None else datetime.fromisoformat(created),
            "local_path": _path(value.get("local_path")),
        }
    )


def _pairs(value: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in value)


def _path_text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
