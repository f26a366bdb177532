"""A service as files of Azure's v2: what ``az ml online-endpoint`` and ``online-deployment create`` take.

What else is done than in Azure is in docs/decisions/0009-v2-files.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azml_magics.assets.directories import Content, write_directory
from azml_magics.assets.v2_deployments import SOURCE_DIRECTORY
from azml_magics.assets.v2_environments import ENVIRONMENT_FILE, WrittenEnvironment, v2_environment
from azml_magics.assets.v2_models import MODEL_FILE, model_file
from azml_magics.definitions.codecs.azure_v2_deployment import DeploymentFile, render_deployment_yaml
from azml_magics.definitions.codecs.azure_v2_endpoint import EndpointFile, render_endpoint_yaml
from azml_magics.definitions.codecs.azure_v2_environment import render_environment_yaml
from azml_magics.definitions.codecs.azure_v2_model import ModelFile, render_model_yaml
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.model import Model, fitting_name
from azml_magics.errors import DeclarationError, Finding
from azml_magics.system.files import missing
from azml_magics.workspace.content import measure

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

#: What Azure's examples call a deployment.
DEPLOYMENT_NAME = "blue"
ENDPOINT_FILE, DEPLOYMENT_FILE = "endpoint.yml", "deployment.yml"
CODE_FOLDER, MODEL_FOLDER, MODELS_FOLDER = "code", "model", "models"


@dataclass(frozen=True)
class Exported:
    """``files`` are those of Azure's v2 in ``directory``; ``findings`` say what is another way there."""

    service: str
    directory: Path
    files: tuple[str, ...]
    size_bytes: int
    findings: tuple[Finding, ...] = ()


def export_service(
    workspace: Workspace,
    deployment: Deployment,
    directory: Path,
    *,
    base_image: str | None = None,
    overwrite: bool = False,
) -> Exported:
    """Write endpoint, deployment, environment, model and code of a service into ``directory``, all or nothing.

    ``base_image`` is the image of an environment that names none. Raises ``DeclarationError`` (``directory-exists``,
    ``export-environment``, ``no-base-image``), ``NotFoundError`` for a model that is not registered and gone,
    ``WorkspaceError``.
    """
    environment = _environment(workspace, deployment, base_image or deployment.base_image)
    model, model_files, doubts = _models(workspace, deployment)
    code, code_files = _code(deployment)
    variables, path_doubts = _variables(deployment)
    written = DeploymentFile(
        DEPLOYMENT_NAME,
        deployment.name,
        model,
        CODE_FOLDER,
        code,
        environment.file,
        variables,
    )
    texts = {
        ENDPOINT_FILE: render_endpoint_yaml(EndpointFile(deployment.name)),
        DEPLOYMENT_FILE: render_deployment_yaml(written),
        ENVIRONMENT_FILE: render_environment_yaml(environment.file),
        **({} if model is None else {MODEL_FILE: render_model_yaml(model)}),
    }
    files: dict[str, Content] = {name: text.encode() for name, text in texts.items()}
    files |= {**environment.files, **model_files, **code_files}
    write_directory(directory, files, marker=DEPLOYMENT_FILE, overwrite=overwrite)
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    # Variables of the environment stand in the deployment.
    findings = [each for each in environment.findings if "variables" not in each.message]
    return Exported(deployment.name, directory, tuple(texts), size, (*findings, *doubts, *path_doubts))


def _environment(workspace: Workspace, deployment: Deployment, base_image: str | None) -> WrittenEnvironment:
    from azml_magics.definitions.image_facts import SERVER
    from azml_magics.plan.planner import BRINGS_SERVER

    environment = deployment.environment
    if environment is None:
        what = "the Python of this machine" if deployment.use_current_python else "an image without an environment"
        remedy = "deploy it with an environment: --environment NAME or --requirements FILE"
        finding = Finding("export-environment", f"service {deployment.name!r} uses {what}", remedy)
        raise DeclarationError("it cannot be exported", [finding])
    extra = () if environment.requirements.names() & BRINGS_SERVER else (SERVER,)
    return v2_environment(environment, workspace, base_image=base_image, extra=extra)


def _models(workspace: Workspace, deployment: Deployment) -> tuple[ModelFile | None, dict[str, Content], list[Finding]]:
    if not deployment.models:
        return None, {}, []
    doubts = [doubt for model in deployment.models for doubt in _check_unregistered(model)]
    if len(deployment.models) == 1:
        model = deployment.models[0]
        path = f"{MODEL_FOLDER}/{model.basename}"
        file = replace(model_file(model, path), name=fitting_name(model.name))
        return file, {path: workspace.model_path(model)}, [*doubts, *_check_name(model)]
    files: dict[str, Content] = {
        f"{MODELS_FOLDER}/{model.name}/{model.version}/{model.basename}": workspace.model_path(model)
        for model in deployment.models
    }
    message = (
        f"Azure's v2 has one model a deployment: the {len(deployment.models)} of this one are below "
        f"$AZUREML_MODEL_DIR/{MODELS_FOLDER} there, and below $AZUREML_MODEL_DIR here"
    )
    remedy = "look for a model's file below both in init()"
    finding = Finding("several-models", message, remedy, severity="warning")
    return ModelFile(f"{deployment.name}-models", "1", MODELS_FOLDER, "custom_model"), files, [*doubts, finding]


def _check_name(model: Model) -> list[Finding]:
    """A file or folder that is deployed without being registered may have any name, a model of Azure may not."""
    name = fitting_name(model.name)
    if name == model.name:
        return []
    message = f"no model of Azure may be called {model.name!r}: it is {name!r} there"
    remedy = "nothing: its file or folder keeps its name"
    return [Finding("model-renamed", message, remedy, severity="warning")]


def _check_unregistered(model: Model) -> list[Finding]:
    """A model that is not registered is taken from where it was deployed from: it may be gone, or another one."""
    path = model.local_path
    if path is None:
        return []
    if not path.exists():
        raise missing(path, what="model", code="model-path")
    if measure(path).digest == model.digest:
        return []
    message = f"model {path} has changed since it was deployed: it is written as it is now"
    return [Finding("model-changed", message, "deploy it again to see what it answers", severity="warning")]


def _variables(deployment: Deployment) -> tuple[tuple[tuple[str, str], ...], list[Finding]]:
    """The user's, without what Azure's v2 does by itself: there the folder of the script is on the path."""
    variables = deployment.variables()
    inner = PurePosixPath(deployment.entry_script.path).parent
    source = deployment.source_directory
    if source is None or inner == PurePosixPath():
        return tuple(sorted(variables.items())), []
    if variables.get(SOURCE_DIRECTORY) == f"{source.name}/{inner}":
        del variables[SOURCE_DIRECTORY]
        return tuple(sorted(variables.items())), []
    message = f"Azure's v2 imports from {CODE_FOLDER}/{inner} alone, where the script is, and not from {CODE_FOLDER}"
    finding = Finding("import-path", message, "move what the script imports beside it", severity="warning")
    return tuple(sorted(variables.items())), [finding]


def _code(deployment: Deployment) -> tuple[str, dict[str, Content]]:
    """The scoring script's path in the folder of the code, and the files of that folder."""
    from azml_magics.system.sources import list_source_files

    source = deployment.source_directory
    files: dict[str, Content] = {}
    if source is not None:
        files = {f"{CODE_FOLDER}/{name}": path for name, path in list_source_files(source).items()}
    script = deployment.entry_script
    name = script.path if source is not None else Path(script.path).name
    return name, {**files, f"{CODE_FOLDER}/{name}": script.source.encode()}
