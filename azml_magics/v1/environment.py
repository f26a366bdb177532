"""``azureml.core.environment.Environment``: an environment that is changed in place; files and registry are below."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.azure_defaults import EXAMPLE_VARIABLE
from azml_magics.definitions.environment import Environment as Definition
from azml_magics.errors import NotFoundError
from azml_magics.v1.checked import warn
from azml_magics.v1.environment_files import EnvironmentFiles, with_build_context, with_parts_of
from azml_magics.v1.exceptions import NotSupportedLocally, UserErrorException, WrongTypeError, raising
from azml_magics.v1.sections import (
    ContainerRegistry,
    DatabricksSection,
    DockerBuildContext,
    DockerSection,
    PythonSection,
    RSection,
    Section,
    SparkPackage,
    SparkSection,
)
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.build import ImageBuildDetails

__all__ = [
    "ContainerRegistry",
    "DatabricksSection",
    "DockerBuildContext",
    "DockerSection",
    "Environment",
    "EnvironmentReference",
    "PythonSection",
    "RSection",
    "SparkPackage",
    "SparkSection",
]


#: How the names of the cloud's own environments begin; the cloud does not care for capitals.
CURATED = "azureml-"
CURATED_REMEDY = (
    "Environment.list(ws) has those that are: AzureML-Tutorial brings numpy, pandas and scikit-learn; "
    "or say the packages yourself: Environment.from_pip_requirements(NAME, FILE)"
)


class EnvironmentReference:
    """A name and perhaps a version, for an environment that is registered."""

    def __init__(self, name: str | None, version: str | None = None) -> None:
        self.name = name
        self.version = version

    def get_environment(self, workspace: Workspace) -> Environment:
        """The environment itself."""
        return Environment.get(workspace, str(self.name), self.version)

    def __repr__(self) -> str:
        return json.dumps({"name": self.name, "version": self.version}, indent=4)


class Environment(EnvironmentFiles, Section):
    """Packages, variables and image of a service or a run, by the rules of AZUREML.md 3.2 and 3.3.

    ``version`` is ``None`` until it was registered. Setting an attribute that it does not have raises
    ``AttributeError``.
    """

    names = (
        "name",
        "version",
        "environment_variables",
        "python",
        "docker",
        "spark",
        "databricks",
        "r",
        "inferencing_stack_version",
        "asset_id",
    )
    #: That of a registry, which there is none of.
    label: str | None = None

    def __init__(self, name: str | None, **_: object) -> None:
        if name is not None and not isinstance(name, str):
            raise WrongTypeError(
                f"the name of an environment is a str, not {type(name).__name__}", remedy="give its name as a text"
            )
        self.name: Any = name  # without one it cannot be registered
        self.version: str | None = None
        self._variables: dict[str, str] = dict([EXAMPLE_VARIABLE])
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = SparkSection()
        self.databricks = DatabricksSection()
        self.r: RSection | None = None
        self.inferencing_stack_version: str | None = None
        self.asset_id: str | None = None
        #: What it was made of, and how that looked as a document: Azure has no place for all of it.
        self._origin: tuple[Definition, dict[str, Any]] | None = None

    @property
    def environment_variables(self) -> dict[str, str]:
        """Variables of whatever runs in it."""
        return self._variables

    @environment_variables.setter
    def environment_variables(self, value: Mapping[str, object]) -> None:
        self._variables = {str(name): str(text) for name, text in (value or {}).items()}

    def load(self, document: Mapping[str, Any]) -> None:
        """Take over Azure's JSON, packages and Dockerfile inside it."""
        super().load({key: value for key, value in document.items() if key not in ("environmentVariables", "r")})
        if "environmentVariables" in document:
            self.environment_variables = document["environmentVariables"]
        if isinstance(document.get("r"), Mapping):
            self.r = RSection()
            self.r.load(document["r"])

    # registry ---------------------------------------------------------------------------------------------------------

    def register(self, workspace: Workspace) -> Environment:
        """This environment with its version: that of an equal definition of its name, else the next.

        Raises ``UserErrorException`` for a name that may not be registered: the cloud refuses it too.
        """
        with raising(UserErrorException):
            registered = session_of(workspace).environments.register(self.definition())
        self.version = str(registered.version)
        return self

    @staticmethod
    def get(workspace: Workspace, name: str, version: str | int | None = None, label: str | None = None) -> Environment:
        """The newest version of ``name``, or ``version``; a curated one under its own name.

        Raises ``UserErrorException`` with near names, or the versions there are.
        """
        if label not in (None, "latest"):
            raise UserErrorException(f"label {label!r} is not known", remedy='give version="1", or leave it out')
        with raising(UserErrorException):
            text = name if version is None else f"{name}:{version}"
            try:
                return Environment.of(session_of(workspace).environments.get(text))
            except NotFoundError as error:
                if error.code != "unknown-environment" or not name.lower().startswith(CURATED):
                    raise
                raise UserErrorException(
                    f"environment {name!r} of the cloud is not known here", remedy=CURATED_REMEDY
                ) from error

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """The newest version of every environment, by name; curated ones first."""
        from azml_magics.plan.curated import curated_environments

        newest = [item.environment for item in session_of(workspace).environments.list_newest()]
        return {each.name: Environment.of(each) for each in (*curated_environments(), *newest)}

    def registered_label(self, workspace: Workspace) -> str:
        """``NAME:VERSION`` for the session, registered on first use; a curated one that was not changed has no version.

        Raises as :meth:`register`.
        """
        from azml_magics.plan.curated import find_curated

        curated = find_curated(self.name)
        if curated is not None and Environment.of(curated).definition().digest() == self.definition().digest():
            return curated.name
        self.register(workspace)
        return f"{self.name}:{self.version}"

    def clone(self, new_name: str) -> Environment:
        """A copy under another name, without version. Raises ``UserErrorException`` without a name."""
        if not new_name:
            raise UserErrorException("the copy has no name", remedy="give new_name")
        made = Environment(new_name)
        made.load(copy.deepcopy(self.document()))
        made.name, made.version, made.asset_id = new_name, None, None
        made._origin = self._origin
        return made

    # building ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def add_private_pip_wheel(workspace: Workspace, file_path: str, exist_ok: bool = False) -> str:
        """Keep a wheel in the workspace; gives the address to add as a pip package.

        Raises ``UserErrorException`` unless ``exist_ok`` when another wheel of that name is there.
        """
        from azml_magics.v1.wheels import add_private_wheel

        return add_private_wheel(session_of(workspace), Path(file_path), exist_ok=exist_ok)

    def build(self, workspace: Workspace, image_build_compute: object = None) -> ImageBuildDetails:
        """Build what runs in it would build: packages on this machine, or an image where it runs in a container."""
        from azml_magics.v1.build import build_environment

        _ = image_build_compute
        return build_environment(self, workspace)

    def build_local(self, workspace: Workspace, platform: object = None, **settings: object) -> ImageBuildDetails:
        """As :meth:`build`; ``useDocker=True`` makes an image, ``False`` an environment on this machine."""
        from azml_magics.v1.build import build_environment

        _ = platform
        if settings.get("pushImageToWorkspaceAcr"):
            warn("pushImageToWorkspaceAcr has no effect: a local workspace has no registry")
        use_docker = settings.get("useDocker")
        return build_environment(self, workspace, use_docker=None if use_docker is None else bool(use_docker))

    def get_image_details(self, workspace: Workspace) -> object:
        """Raises: images are not kept in a registry here."""
        _ = workspace
        raise NotSupportedLocally(
            "a local workspace has no registry with images",
            remedy=f"azml dockerfile {self.name} shows what is built, docker images azureml/* what was",
        )

    # values -----------------------------------------------------------------------------------------------------------

    @classmethod
    def of(cls, definition: Definition) -> Environment:
        """The same as an object of the SDK."""
        from azml_magics.definitions.codecs.azure_v1 import environment_document

        made = cls(definition.name)
        made.load(environment_document(definition))
        made.version = None if definition.version is None else str(definition.version)
        made._origin = (definition, made._content())
        return made

    def definition(self) -> Definition:
        """The same as a value of ours. Raises ``DeclarationError`` for what no environment can hold."""
        from azml_magics.definitions.codecs.azure_v1 import read_environment_document

        if self._origin is not None and self._content() == self._origin[1]:
            return replace(self._origin[0], name=self.name, version=None, archived=False)
        reading = read_environment_document(self.document(), source=f"environment {self.name!r}")
        for finding in reading.findings:
            warn("\n".join(finding.lines()))
        read = with_build_context(reading.environment, self.docker.build_context)
        return read if self._origin is None else with_parts_of(read, self._origin[0])

    def is_default(self) -> bool:
        """Whether nobody has changed anything of it."""
        return self._origin is None and self._content() == Environment(self.name)._content()

    def _content(self) -> dict[str, Any]:
        return copy.deepcopy({**self.document(), "name": None, "version": None})

    def __str__(self) -> str:
        return f"Environment(Name: {self.name},\nVersion: {self.version})"

    def __repr__(self) -> str:
        return json.dumps(self.shown(), indent=4, sort_keys=True)
