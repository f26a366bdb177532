"""``azureml.core.model``: models of the workspace under Azure's name; deploying them is left to ``deploying``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.model import RUN_PROPERTY, ModelReference
from azml_magics.definitions.model import Model as ModelVersion
from azml_magics.v1.checked import Answering, warn
from azml_magics.v1.exceptions import (
    ExistingPathException,
    MissingPathException,
    ModelNotFoundException,
    NotSupportedLocally,
    WebserviceException,
    raising,
)
from azml_magics.v1.filters import Filter, has_pairs, wanted_pairs
from azml_magics.v1.inference_config import InferenceConfig
from azml_magics.v1.model_path import get_model_path
from azml_magics.v1.package import ModelPackage
from azml_magics.v1.unsupported import OF_MODELS
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.session import Session
    from azml_magics.v1.deployment_configuration import DeploymentConfiguration
    from azml_magics.v1.run import Run
    from azml_magics.v1.webservice import LocalWebservice

__all__ = ["InferenceConfig", "Model", "ModelPackage"]


class Model(Answering):
    """A registered model: the newest version of ``name`` unless ``version`` (or ``id``, ``NAME:VERSION``) says which.

    Raises ``ModelNotFoundException``.
    """

    elsewhere = OF_MODELS

    class Framework:
        """Words for ``model_framework``."""

        CUSTOM = "Custom"
        MULTI = "Multi"
        ONNX = "Onnx"
        PYTORCH = "PyTorch"
        SCIKITLEARN = "ScikitLearn"
        TENSORFLOW = "TensorFlow"
        TFKERAS = "TfKeras"

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,  # Azure's name
        tags: Filter | None = None,
        properties: Filter | None = None,
        version: int | str | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
        **_: object,
    ) -> None:
        self.workspace = workspace
        self._session = session_of(workspace)
        if id is not None:
            reference = ModelReference.parse(id)
            name, version = reference.name, reference.version
        found = [
            model
            for model in _listed(self._session, name, tags, properties, run_id, model_framework)
            if version is None or model.version == int(version)
        ]
        if not found:
            with raising(ModelNotFoundException):
                self._session.models.get(name or "", None if version is None else int(version))
            raise ModelNotFoundException(f"no model {name or ''} has these tags and properties")
        self._model = max(found, key=lambda model: (model.created is not None and model.created, model.version))

    @classmethod
    def _of(cls, workspace: Workspace, model: ModelVersion) -> Model:
        made = cls.__new__(cls)
        made.workspace, made._session, made._model = workspace, session_of(workspace), model
        return made

    name = property(lambda self: self._model.name, doc="Its name.")
    version = property(lambda self: self._model.version, doc="Its version, from 1.")
    id = property(lambda self: self._model.label, doc="``NAME:VERSION``.")
    tags = property(lambda self: dict(self._model.tags), doc="Tags, as they were registered.")
    properties = property(lambda self: dict(self._model.properties), doc="Properties, as they were registered.")
    description = property(lambda self: self._model.description, doc="What was said about it.")
    created_time = property(lambda self: self._model.created, doc="When it was registered.")
    model_framework = property(lambda self: self._model.framework, doc="What made it.")
    model_framework_version = property(lambda self: self._model.framework_version, doc="Which version of that.")
    url = property(lambda self: f"azml://{self._model.label}", doc="A name for people; nothing can be fetched there.")

    @property
    def experiment_name(self) -> str | None:
        """The experiment of the run that it was registered from."""
        return self.run.experiment.name if self.run is not None else None

    @property
    def run(self) -> Run | None:
        """The run that it was registered from."""
        from azml_magics.v1.run import Run

        return None if self.run_id is None else Run.get(self.workspace, self.run_id)

    @property
    def run_id(self) -> str | None:
        """The run that it was registered from."""
        return dict(self._model.properties).get(RUN_PROPERTY)

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str,
        model_name: str,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        description: str | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: Sequence[str] | None = None,
        **_: object,
    ) -> Model:
        """Keep a copy of the file or folder as the next version of ``model_name``; equal content keeps its version.

        Raises ``MissingPathException`` (a ``FileNotFoundError``) and ``WebserviceException`` for a bad name.
        """
        session = session_of(workspace)
        if child_paths:
            warn(f"child_paths is not used: everything in {model_path} is kept")
        if model_framework_version and not model_framework:
            raise WebserviceException("model_framework_version needs model_framework", remedy="give both, or neither")
        if not (session.working_directory / model_path).exists():
            raise MissingPathException(f"there is nothing at {model_path}", remedy="paths start at the notebook")
        with raising(WebserviceException):
            registered = session.models.register(
                Path(model_path),
                name=model_name,
                tags=_texts(tags),
                properties=_texts(properties),
                description=description or "",
                framework=model_framework,
                framework_version=model_framework_version,
            )
        return Model._of(workspace, registered)

    @staticmethod
    def list(
        workspace: Workspace,
        name: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        run_id: str | None = None,
        latest: bool = False,
        model_framework: str | None = None,
        **_: object,
    ) -> list[Model]:
        """Every version that has all of these, newest first; with ``latest`` one of each name."""
        found = _listed(session_of(workspace), name, tags, properties, run_id, model_framework)
        found.sort(key=lambda model: (model.name, -model.version))
        if latest:
            found = list({model.name: model for model in reversed(found)}.values())[::-1]
        return [Model._of(workspace, model) for model in found]

    get_model_path = staticmethod(get_model_path)

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None = None,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
        show_output: bool = True,
    ) -> LocalWebservice:
        """Build and start a service on this machine; see :func:`azml_magics.v1.deploying.deploy`."""
        from azml_magics.v1.deploying import deploy

        _ = overwrite  # a running service is replaced once the new one is ready
        return deploy(workspace, name, models, inference_config, deployment_config, deployment_target, show_output)

    @staticmethod
    def package(
        workspace: Workspace,
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None = None,
        generate_dockerfile: bool = False,
        image_name: str | None = None,
        image_label: str | None = None,
    ) -> ModelPackage:
        """What an image of the service is built from, or the image; see :class:`ModelPackage`."""
        from azml_magics.v1.package import package

        return package(workspace, models, inference_config, generate_dockerfile, image_name, image_label)

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: bool | None = None) -> str:
        """Copy its file or folder into ``target_dir``; the path of the copy.

        Raises ``ExistingPathException`` (a ``FileExistsError``) unless ``exist_ok``.
        """
        target = Path(target_dir) / self._model.basename
        if target.exists() and not (exist_ok or exists_ok):
            raise ExistingPathException(f"{target} exists already", remedy="exist_ok=True replaces it")
        with raising(WebserviceException):
            self._session.models.download(self.name, self.version, directory=Path(target_dir), overwrite=True)
        return str(target)

    def delete(self) -> None:
        """Not supported: versions stay, so that what was deployed can be deployed again."""
        raise NotSupportedLocally(
            f"versions of models stay: {self.id} is not deleted", remedy="remove the workspace with all of its models"
        )

    def serialize(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "name": self.name,
            "id": self.id,
            "version": self.version,
            "tags": self.tags,
            "properties": self.properties,
            "description": self.description,
            "createdTime": self.created_time and self.created_time.isoformat(),
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "runId": self.run_id,
            "url": self.url,
        }

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version}, "
            f"tags={self.tags}, properties={self.properties})"
        )


def _texts(values: Mapping[str, object] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (values or {}).items()}


def _listed(
    session: Session,
    name: str | None,
    tags: Filter | None,
    properties: Filter | None,
    run_id: str | None,
    framework: str | None,
) -> list[ModelVersion]:
    wanted_properties = [*wanted_pairs(properties), *([(RUN_PROPERTY, run_id)] if run_id else [])]
    return [
        model
        for model in session.models.list_all(name)
        if has_pairs(dict(model.tags), wanted_pairs(tags))
        and has_pairs(dict(model.properties), wanted_properties)
        and (framework is None or model.framework == framework)
    ]
