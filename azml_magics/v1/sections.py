"""The sections of an environment as the SDK's objects: changed in place, read from Azure's JSON and written as it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from azml_magics.definitions.azure_defaults import BASE_IMAGE, INTERPRETER
from azml_magics.v1.checked import Checked, warn
from azml_magics.v1.exceptions import WrongTypeError

if TYPE_CHECKING:
    from azml_magics.v1.conda_dependencies import CondaDependencies


def json_key(name: str) -> str:
    """``baseImage`` of ``base_image``."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


class Section(Checked):
    """Attributes ``names`` that stand in Azure's JSON under keys of the same words."""

    #: Attributes of :attr:`names` that have no key there.
    silent: ClassVar[tuple[str, ...]] = ()

    def document(self) -> dict[str, Any]:
        """As Azure's JSON."""
        values = {name: getattr(self, name) for name in self.names if name not in self.silent}
        return {
            json_key(name): value.document() if isinstance(value, Section) else value for name, value in values.items()
        }

    def load(self, document: Mapping[str, Any]) -> None:
        """Take over what ``document`` says; keys that are not known say nothing."""
        for name in self.names:
            if json_key(name) not in document:
                continue
            value = document[json_key(name)]
            former = getattr(self, name)
            if isinstance(former, Section) and isinstance(value, Mapping):
                former.load(value)
            else:
                object.__setattr__(self, name, value)

    def shown(self) -> dict[str, Any]:
        """As :meth:`document`, for people: a password that is set stays unsaid."""
        values = {json_key(name): getattr(self, name) for name in self.names if name not in self.silent}
        shown = {**self.document(), **{key: each.shown() for key, each in values.items() if isinstance(each, Section)}}
        return {key: "***" if key == "password" and value else value for key, value in shown.items()}

    def __repr__(self) -> str:
        said = ", ".join(f"{key}={value!r}" for key, value in self.shown().items())
        return f"{type(self).__name__}({said})"


class ContainerRegistry(Section):
    """Where a base image is, and who may have it."""

    names = ("address", "username", "password", "registry_identity")

    def __init__(self) -> None:
        self.address: str | None = None
        self.username: str | None = None
        self.password: str | None = None
        self.registry_identity: object = None

    def __repr__(self) -> str:
        return f"ContainerRegistry(address={self.address!r})"


class DockerImagePlatform(Section):
    """Operating system and processor of an image."""

    names = ("os", "architecture")

    def __init__(self, os: str = "Linux", architecture: str = "amd64") -> None:
        self.os = os
        self.architecture = architecture


class DockerBuildContext(Section):
    """The folder (or git address) that an image is built from."""

    names = ("location_type", "location", "dockerfile_path")

    class LocationType:
        """Words for ``location_type``."""

        Git = "git"
        StorageAccount = "storageAccount"

    def __init__(self, location_type: str = "storageAccount", location: str = "", dockerfile_path: str = "Dockerfile"):
        self.location_type = location_type
        self.location = location
        self.dockerfile_path = dockerfile_path

    @classmethod
    def from_local_directory(
        cls, workspace: object, path: str, dockerfile_path: str = "Dockerfile", **_: object
    ) -> DockerBuildContext:
        """The folder ``path`` of this machine, as it is when the image is built."""
        _ = {"workspace": workspace}
        return cls("storageAccount", str(Path(path).absolute()), dockerfile_path)

    @classmethod
    def from_git(cls, url: str, dockerfile_path: str = "Dockerfile", **_: object) -> DockerBuildContext:
        """A git address; only kept, since nothing is fetched from there."""
        return cls("git", url, dockerfile_path)


class PythonSection(Section):
    """Who brings the packages, and which."""

    names = (
        "user_managed_dependencies",
        "interpreter_path",
        "conda_dependencies_file",
        "base_conda_environment",
        "conda_dependencies",
    )
    silent = ("conda_dependencies",)

    def __init__(self) -> None:
        from azml_magics.v1.conda_dependencies import CondaDependencies

        self.user_managed_dependencies = False
        self.interpreter_path: str | None = INTERPRETER
        self.conda_dependencies_file: str | None = None
        self.base_conda_environment: str | None = None
        self.conda_dependencies: CondaDependencies | None = CondaDependencies()

    def document(self) -> dict[str, Any]:
        """As Azure's JSON, packages inside."""
        packages = {} if self.conda_dependencies is None else {"condaDependencies": self.conda_dependencies.as_dict()}
        return {**super().document(), **packages}

    def load(self, document: Mapping[str, Any]) -> None:
        """See :class:`Section`."""
        from azml_magics.v1.conda_dependencies import CondaDependencies

        super().load(document)
        packages = document.get("condaDependencies")
        self.conda_dependencies = None if packages is None else CondaDependencies(_underlying_structure=packages)


class DockerSection(Section):
    """The image: ``base_image``, ``base_dockerfile`` and ``build_context`` exclude each other; the last one set wins.

    ``base_dockerfile`` takes a file object, the path of a file, or the text itself; ``base_image_registry`` also the
    address alone.
    """

    names = (
        "enabled",
        "base_image",
        "base_dockerfile",
        "build_context",
        "shared_volumes",
        "shm_size",
        "arguments",
        "base_image_registry",
        "platform",
    )
    _EXCLUSIVE = ("base_image", "base_dockerfile", "build_context")

    def __init__(self) -> None:
        object.__setattr__(self, "enabled", False)
        self.base_image: str | None = BASE_IMAGE
        self.base_dockerfile: str | None = None
        self.build_context: DockerBuildContext | None = None
        self.shared_volumes = True
        self.shm_size: str | None = "2g"
        self.arguments: list[str] = []
        self.base_image_registry: ContainerRegistry = ContainerRegistry()
        self.platform = DockerImagePlatform()

    def __setattr__(self, name: str, value: object) -> None:
        if name == "enabled":
            warn(
                "docker.enabled is deprecated and has no effect here: an environment that names an image of its own "
                "runs in a container"
            )
        elif name == "base_dockerfile":
            value = _dockerfile_text(value)
        elif name == "base_image_registry" and isinstance(value, str):
            registry = ContainerRegistry()
            registry.address = value
            value = registry
        elif name == "base_image_registry" and not hasattr(value, "address"):
            raise WrongTypeError("base_image_registry is a ContainerRegistry or an address", remedy="give its address")
        if name in self._EXCLUSIVE and value is not None:
            for other in self._EXCLUSIVE:
                if other != name and getattr(self, other, None) is not None:
                    warn(f"Property {other} is mutually exclusive with {name}. Reset {other} to None")
                    super().__setattr__(other, None)
        super().__setattr__(name, value)

    def load(self, document: Mapping[str, Any]) -> None:
        """See :class:`Section`."""
        super().load(document)
        context: Any = self.build_context
        if isinstance(context, Mapping):
            read = DockerBuildContext()
            read.load(context)
            object.__setattr__(self, "build_context", read)

    @property
    def gpu_support(self) -> bool:
        """Deprecated; GPUs are asked for when a service is deployed."""
        return False

    @gpu_support.setter
    def gpu_support(self, value: bool) -> None:
        if value:
            warn("gpu_support has no effect: GPUs are asked for when a service is deployed")


class SparkPackage(Section):
    """A package of Spark; only kept."""

    names = ("group", "artifact", "version")

    def __init__(self, group: str | None = None, artifact: str | None = None, version: str | None = None) -> None:
        self.group = group
        self.artifact = artifact
        self.version = version


class SparkSection(Section):
    """Spark's part; only kept."""

    names = ("repositories", "packages", "precache_packages")

    def __init__(self) -> None:
        self.repositories: list[str] = []
        self.packages: list[Any] = []
        self.precache_packages = True

    def document(self) -> dict[str, Any]:
        """As Azure's JSON."""
        packages = [item.document() if isinstance(item, Section) else item for item in self.packages]
        return {**super().document(), "packages": packages}


class DatabricksSection(Section):
    """The part of Databricks; only kept."""

    elsewhere: ClassVar[Mapping[str, str]] = {"cluster": "runs are on this machine: there are no clusters"}
    names = ("maven_libraries", "pypi_libraries", "rcran_libraries", "jar_libraries", "egg_libraries")

    def __init__(self) -> None:
        self.maven_libraries: list[Any] = []
        self.pypi_libraries: list[Any] = []
        self.rcran_libraries: list[Any] = []
        self.jar_libraries: list[Any] = []
        self.egg_libraries: list[Any] = []


class RSection(Section):
    """R's part; only kept."""

    names = (
        "r_version",
        "user_managed",
        "rscript_path",
        "snapshot_date",
        "cran_packages",
        "github_packages",
        "custom_url_packages",
        "bioconductor_packages",
    )

    def __init__(self) -> None:
        for name in self.names:
            setattr(self, name, False if name == "user_managed" else None)


def _dockerfile_text(value: object) -> object:
    """The text of a Dockerfile; a path that is not there is said to be one, since Azure would take it for the text."""
    if value is None:
        return None
    read = getattr(value, "read", None)
    if callable(read):
        text = read()
        return text.decode() if isinstance(text, bytes) else text
    text = str(value)
    if "\n" not in text and len(text) < 1024:
        path = Path(text)
        if path.is_file():
            return path.read_text(encoding="utf-8")
        if text.strip() and not re.match(r"(?i)\s*(from|arg|#)", text):
            warn(f"{text!r} is no file: it is taken for the text of a Dockerfile")
    return value
