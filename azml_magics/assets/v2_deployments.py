"""A ``deployment.yml`` of Azure's v2 with local paths as a ``DeployRequest``; deploying it is left to the session.

Endpoint and deployment are one service here; what else is done than in Azure is in docs/decisions/0009-v2-files.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azml_magics.assets.v2_environments import environment_of
from azml_magics.definitions.codecs.azure_v2 import AssetReference, named_at
from azml_magics.definitions.codecs.azure_v2_deployment import DeploymentFile, read_deployment_yaml
from azml_magics.definitions.deployment import DeployRequest, check_service_name
from azml_magics.definitions.environment import check_name
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place
from azml_magics.system.files import missing, read_text

if TYPE_CHECKING:
    from azml_magics.assets.environments import Environments
    from azml_magics.definitions.environment import Environment
    from azml_magics.workspace.workspace import Workspace

#: Names a folder below the app root that is on the server's path too (AZUREML.md 1.4).
SOURCE_DIRECTORY = "AZUREML_SOURCE_DIRECTORY"


@dataclass(frozen=True)
class FileRequest:
    """What a file asks for, its paths absolute; ``findings`` say what of it counts for nothing here.

    ``environment`` is the one that the request names, where the file describes it and it is not registered.
    """

    request: DeployRequest
    findings: tuple[Finding, ...] = ()
    environment: Environment | None = None


def load_deployment_file(path: Path) -> DeploymentFile:
    """The deployment that the file at ``path`` describes. Raises ``NotFoundError``, ``DeclarationError``."""
    return read_deployment_yaml(
        read_text(path, what="deployment file", code="deployment-file-missing"), source=path.name
    )


def file_request(
    path: Path,
    environments: Environments,
    *,
    name: str | None = None,
    takes_environment: bool = True,
    registers: bool = True,
) -> FileRequest:
    """The service that the file at ``path`` asks for, called ``name`` or after its endpoint and deployment.

    An environment that stands in the file is registered, unless ``registers`` is false. Where ``takes_environment`` is
    false the request has none. Raises ``NotFoundError`` and ``DeclarationError`` with everything that is wrong.
    """
    read = load_deployment_file(path)
    folder, place = path.parent.resolve(), Place(path.name)
    service = name or read.service_name
    findings = _check_name(service, read, place)
    script = _script(read, folder, path.name, findings)
    if takes_environment and read.environment is None:
        remedy = "add environment: azureml:NAME@latest, or an image with a conda_file"
        findings.append(Finding("missing-key", "the deployment names no environment", remedy, place))
    models = _models(read, folder, environments.workspace, findings)
    if findings:
        raise DeclarationError(f"{path.name} cannot be deployed", findings)
    assert script is not None
    source = None if read.code is None else (folder / read.code).resolve()
    keep = environments.register if registers else environments.as_registered
    with named_at(read.places.get("environment")):
        environment = _environment(read, folder, service, environments, keep) if takes_environment else None
    return FileRequest(
        DeployRequest(
            name=service,
            entry_script=str(script),
            environment=None if environment is None else environment.label,
            source_directory=None if source is None else str(source),
            models=models,
            environment_variables=_variables(read, source),
        ),
        read.findings,
        environment if environment is not None and environment.version is None else None,
    )


def _check_name(service: str, read: DeploymentFile, place: Place) -> list[Finding]:
    findings = check_service_name(service, place)
    if not findings:
        return []
    made = "of endpoint_name and name" if service == read.service_name else "given"
    message = f"the service would be called {service!r} ({made}), and cannot be"
    remedy = f"give it another name: --name my-service ({findings[0].remedy})"
    return [Finding(findings[0].code, message, remedy, read.places.get("name", place) if made != "given" else place)]


def _script(read: DeploymentFile, folder: Path, source: str, findings: list[Finding]) -> Path | None:
    """The scoring script; what is missing becomes a finding."""
    if read.scoring_script is None:
        place = read.places.get("code_configuration", Place(source))
        remedy = "add code_configuration: with code: and scoring_script:; there are no deployments without code here"
        findings.append(Finding("missing-key", "the deployment names no scoring script", remedy, place))
        return None
    code = folder / (read.code or ".")
    if not code.is_dir():
        message = f"code {read.code!r} is no folder in {folder}"
        findings.append(
            Finding("code-missing", message, "name a folder, relative to the file", read.places.get("code"))
        )
        return None
    script = (code / read.scoring_script).resolve()
    if not script.is_file():
        error = missing(code / read.scoring_script, what="scoring script", code="entry-script-missing")
        findings.append(Finding(error.code, error.brief, error.remedy, read.places["scoring_script"]))
    return script


def _models(read: DeploymentFile, folder: Path, workspace: Workspace, findings: list[Finding]) -> tuple[str, ...]:
    """The model as the request names it; one that is not there becomes a finding."""
    model = read.model
    if isinstance(model, AssetReference):
        try:
            workspace.get_model(model.name, model.version)
        except NotFoundError as unknown:
            findings.append(Finding(unknown.code, unknown.brief, unknown.remedy, read.places["model"]))
        return (model.label,)
    if model is None or model.path is None:
        return ()
    # Without following links: what a link is called is what its owner calls the model.
    path = Path(os.path.abspath(folder / model.path))  # noqa: PTH100
    if not path.exists():
        error = missing(path, what="model", code="model-path")
        findings.append(Finding(error.code, error.brief, error.remedy, read.places["model"]))
    return (str(path),)


def _environment(
    read: DeploymentFile,
    folder: Path,
    service: str,
    environments: Environments,
    keep: Callable[[Environment], Environment],
) -> Environment:
    """A registered one, so that nothing declared in a cell takes its place; the file's own as ``keep`` gives it."""
    wanted = read.environment
    assert wanted is not None
    if isinstance(wanted, AssetReference):
        found = environments.workspace.find_environment(wanted.name, wanted.version)
        if found is None:
            found = environments.get(wanted.label)
            if found.version is None and wanted.name in environments.declarations.environments:
                raise NotFoundError(
                    f"environment {wanted.name!r} is declared in a cell, but not registered",
                    remedy=f"register it: azml environment register {wanted.name}",
                    code="unknown-environment",
                )
        return found
    name = wanted.name or f"{service}-environment"
    # A service may be called like a curated environment, an environment of ours may not.
    if wanted.name is None and check_name(name):
        name = f"service-{name}"
    return keep(environment_of(wanted, folder, name))


def _variables(read: DeploymentFile, source: Path | None) -> tuple[tuple[str, str], ...]:
    """Those of the file. In Azure's v2 the folder of the script itself is on the path (AZUREML.md 0.3, 4.2)."""
    variables = dict(read.environment_variables)
    inner = PurePosixPath(read.scoring_script or "").parent
    if source is not None and inner != PurePosixPath():
        variables.setdefault(SOURCE_DIRECTORY, f"{source.name}/{inner.as_posix()}")
    return tuple(sorted(variables.items()))
