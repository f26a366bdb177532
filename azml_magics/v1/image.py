"""``azureml.core.image``: script, packages and models of a service, from the time before environments.

No image is made of them: the service is built when it is deployed, as that of an ``InferenceConfig``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azml_magics.v1.checked import Answering, warn
from azml_magics.v1.exceptions import NotSupportedLocally
from azml_magics.v1.inference_config import InferenceConfig
from azml_magics.v1.news import say
from azml_magics.v1.unsupported import OF_IMAGES, placeholder

if TYPE_CHECKING:
    from azml_magics.v1.model import Model
    from azml_magics.v1.workspace import Workspace

UnknownImage = placeholder("UnknownImage")


class ContainerImageConfig(InferenceConfig):
    """What ``image_configuration`` gives: an ``InferenceConfig`` whose packages are said in a file."""

    def _check_environment(self) -> None:
        """There is none yet: ``resolved_environment`` makes it of ``conda_file`` and the like."""


class Image(Answering):
    """What ``create`` was given, under a name; kept by this notebook alone."""

    elsewhere = OF_IMAGES
    names = ("workspace", "name", "id", "models", "image_config")
    creation_state = "Succeeded"
    version = 1

    def __init__(self, workspace: Workspace, name: str | None = None, *_: object, **__: object) -> None:
        raise NotSupportedLocally(
            f"image {name!r} is not kept: local workspace {workspace.name!r} has no images",
            remedy="deploy what it was made of: Model.deploy(ws, NAME, models, InferenceConfig(...))",
        )

    @classmethod
    def create(cls, workspace: Workspace, name: str, models: Sequence[Model | str], image_config: Any) -> Image:
        """What ``Webservice.deploy_from_image`` serves; nothing is built yet."""
        made = cls.__new__(cls)
        made.workspace, made.name, made.models = workspace, name, [*models]
        made.image_config = image_config
        made.id = f"{name}:{made.version}"
        return made

    name: str
    id: str
    workspace: Workspace
    models: list[Model | str]
    image_config: ContainerImageConfig
    description = property(lambda self: self.image_config.description, doc="That of the configuration.")
    model_ids = property(lambda self: self.serialize()["modelIds"], doc="``NAME:VERSION`` of each model.")

    @staticmethod
    def image_configuration(*_: object, **__: object) -> ContainerImageConfig:
        """Use that of ``ContainerImage``."""
        raise NotSupportedLocally(
            "Image has no configuration", remedy="use ContainerImage.image_configuration(execution_script=...)"
        )

    @staticmethod
    def list(*_: object, **__: object) -> list[Image]:
        """None: they are not kept."""
        return []

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Nothing to wait for."""
        if show_output:
            say(f"{self.name} is no image: a service is built of it when it is deployed")

    def update_creation_state(self) -> None:
        """It is always as it is now."""

    def delete(self) -> None:
        """Nothing is kept of it."""

    def serialize(self) -> dict[str, object]:
        """As a JSON object."""
        names = [each if isinstance(each, str) else each.id for each in self.models]
        return {"id": self.id, "name": self.name, "creationState": self.creation_state, "modelIds": names}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name}, id={self.id})"


class ContainerImage(Image):
    """Script, packages and models of a service."""

    @staticmethod
    def image_configuration(  # type: ignore[override]  # the SDK's
        execution_script: str,
        runtime: str,
        conda_file: str | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: Sequence[str] | None = None,
        enable_gpu: bool | None = None,
        tags: object = None,
        properties: object = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: object = None,
        cuda_version: str | None = None,
    ) -> ContainerImageConfig:
        """Script and packages of a service. Raises as ``InferenceConfig`` does."""
        _ = (tags, properties)
        if dependencies:
            raise NotSupportedLocally(
                f"dependencies {', '.join(dependencies)} are not put beside {execution_script}",
                remedy="keep them in a folder with it: InferenceConfig(entry_script, source_directory=FOLDER, ...)",
            )
        if schema_file:
            warn(f"schema_file {schema_file} is not used: inference-schema in the script describes its input")
        return ContainerImageConfig(
            execution_script,
            runtime,
            conda_file,
            extra_docker_file_steps=docker_file,
            enable_gpu=enable_gpu,
            description=description,
            base_image=base_image,
            base_image_registry=base_image_registry,
            cuda_version=cuda_version,
        )
