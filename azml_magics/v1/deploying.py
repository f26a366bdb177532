"""``Model.deploy``: what the SDK's objects ask for as a ``DeployRequest``, and the service that comes of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.azure_defaults import BASE_IMAGE, INTERPRETER
from azml_magics.definitions.deployment import DeployRequest, ServiceReport, check_service_name
from azml_magics.errors import PortError, StartError
from azml_magics.events import Emit
from azml_magics.plan.user_dockerfile import base_reference
from azml_magics.v1.checked import warn
from azml_magics.v1.deployment_configuration import DeploymentConfiguration, LocalWebserviceDeploymentConfiguration
from azml_magics.v1.exceptions import NotSupportedLocally, UserErrorException, WebserviceException, raising
from azml_magics.v1.news import perform_recorded, say
from azml_magics.v1.webservice import LocalWebservice
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.environment import Environment
    from azml_magics.v1.inference_config import InferenceConfig
    from azml_magics.v1.model import Model

ENGINE_VARIABLE = "AZML_ENGINE"
ENGINES = ("process", "docker")
#: Fields of a request that an inference configuration says.
_INFERENCE_FIELDS = (
    "entry_script",
    "environment",
    "use_current_python",
    "source_directory",
    "environment_variables",
    "engine",
)


def deploy(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    inference_config: InferenceConfig | None,
    deployment_config: DeploymentConfiguration | None,
    deployment_target: object = None,
    show_output: bool = True,
) -> LocalWebservice:
    """Build and start service ``name``; a running one of that name is replaced once the new one is ready.

    Configurations of the cloud deploy here, with a warning. A script that fails to start is told by
    ``wait_for_deployment``, as the SDK does. Raises ``WebserviceException``.
    """
    if inference_config is None:
        raise NotSupportedLocally(
            "a model without an entry script cannot be deployed locally",
            remedy="write score.py with init() and run(), and give inference_config=InferenceConfig(...)",
        )
    configuration = deployment_config or LocalWebserviceDeploymentConfiguration()
    name = _service_name(name, configuration)
    kind = configuration.service_type
    if deployment_target is not None:
        warn(f"deployment target {getattr(deployment_target, 'name', deployment_target)!r} is this machine here")
    session = session_of(workspace)
    with raising(WebserviceException):
        request = deploy_request(workspace, name, models, inference_config, configuration.port)

        def work(emit: Emit, cancel: Cancel) -> ServiceReport:
            return session.deploy(request, emit=emit, cancel=cancel)

        try:
            perform_recorded(f"deploying {name}", work, session, verb="deploy", name=name, show_output=show_output)
        except StartError as failure:
            service = kind(workspace, name, must_exist=False)
            if service._local_state() != "failed" or isinstance(failure, PortError):
                raise
            say(f"{failure.brief}; wait_for_deployment() raises why, get_logs() shows its log")
            service._failure = WebserviceException.of(failure)
            return service
    service = kind(workspace, name)
    service.tags, service.properties = configuration.tags, configuration.properties
    service.description = configuration.description
    return service


def deploy_request(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    inference_config: InferenceConfig,
    port: int | None,
) -> DeployRequest:
    """What the session is asked for; the environment is registered, as Azure does on first use."""
    environment = inference_config.resolved_environment(name)
    place = choose_place(environment)
    variables = environment.environment_variables
    interpreter = environment.python.interpreter_path
    if place.use_current_python and interpreter not in (None, INTERPRETER, sys.executable):
        warn(f"the current Python serves it, {sys.executable}: interpreter_path {interpreter!r} is for runs and images")
    return DeployRequest(
        name=name,
        entry_script=str(inference_config.entry_script),
        environment=None if place.use_current_python else environment.registered_label(workspace),
        use_current_python=place.use_current_python,
        source_directory=inference_config.source_directory,
        models=tuple(model if isinstance(model, str) else model.id for model in models),
        environment_variables=tuple(sorted(variables.items())) if place.use_current_python else (),
        engine=place.engine,
        port=port,
    )


def changed_fields(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str] | None,
    inference_config: InferenceConfig | None,
    deployment_config: DeploymentConfiguration | None,
) -> dict[str, object]:
    """What ``update`` changes, as fields of ``DeployRequest``."""
    changes: dict[str, object] = {}
    if inference_config is not None:
        request = deploy_request(workspace, name, models or (), inference_config, None)
        changes = {key: getattr(request, key) for key in _INFERENCE_FIELDS}
    if models is not None:
        changes["models"] = tuple(model if isinstance(model, str) else model.id for model in models)
    if deployment_config is not None and deployment_config.port is not None:
        changes["port"] = deployment_config.port
    return changes


@dataclass(frozen=True)
class Place:
    """Where something runs: ``engine``, and whether with the caller's own interpreter."""

    engine: str = "process"
    use_current_python: bool = False


def choose_place(environment: Environment) -> Place:
    """``AZML_ENGINE`` decides; without it, what names a Dockerfile or an image of its own runs in a container.

    A container needs an engine that answers, and an image that is there: else a process does, unless the image is where
    the packages are. Packages that the user manages, on Azure's default image, are those of the current Python.
    """
    chosen = os.environ.get(ENGINE_VARIABLE)
    docker = environment.docker
    is_managed = environment.python.user_managed_dependencies
    dockerfile = environment.definition().image_source.dockerfile
    names_image = dockerfile is not None or docker.base_image not in (None, BASE_IMAGE)
    if chosen:
        if chosen not in ENGINES:
            raise UserErrorException(
                f"{ENGINE_VARIABLE} is {chosen!r}", remedy=f"set it to {' or '.join(ENGINES)}, or not at all"
            )
        return Place(chosen, use_current_python=chosen == "process" and is_managed)
    if is_managed:
        return Place("docker") if names_image else Place(use_current_python=True)
    if not names_image:
        return Place()
    image = docker.base_image if dockerfile is None else base_reference(dockerfile)
    if _is_reachable(image):
        return Place("docker")
    warn(
        f"image {image} of environment {environment.name!r} is not here: a process runs, with the packages of the "
        f"environment (export {ENGINE_VARIABLE}=docker to have it pulled)"
    )
    return Place()


def _is_reachable(image: str | None) -> bool:
    """Whether a Docker engine answers, and has ``image``."""
    from azml_magics.containers.connection import connect
    from azml_magics.containers.images import inspect_image
    from azml_magics.errors import ToolError

    try:
        connection = connect()
        return image is None or inspect_image(connection, image) is not None
    except ToolError:
        return False


def _service_name(name: str, configuration: DeploymentConfiguration) -> str:
    """``name`` by Azure's rule; one that was meant for the cloud is changed where that is enough."""
    findings = check_service_name(name)
    if not findings:
        return name
    near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:32].rstrip("-")
    if not isinstance(configuration, LocalWebserviceDeploymentConfiguration) and not check_service_name(near):
        warn(f"service {name!r} is called {near!r} here: {findings[0].message}")
        return near
    raise WebserviceException(
        f"the service cannot be called so: {findings[0].message}",
        remedy=findings[0].remedy,
        code="invalid-service-name",
    )
