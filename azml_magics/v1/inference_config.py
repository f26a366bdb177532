"""``InferenceConfig``: entry script and environment of a service, with the SDK's checks (AZUREML.md 3.7)."""

from __future__ import annotations

import ast
import keyword
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.v1.checked import Checked, warn
from azml_magics.v1.exceptions import UserErrorException, WebserviceException
from azml_magics.v1.unsupported import OF_INFERENCE

if TYPE_CHECKING:
    from azml_magics.v1.environment import Environment

#: Fields of the time before environments; none of them goes together with one.
_FORMER = ("runtime", "conda_file", "extra_docker_file_steps", "enable_gpu", "base_image", "cuda_version")
_SERVER_PACKAGES = ("azureml-defaults", "azureml-inference-server-http")


class InferenceConfig(Checked):
    """What a service runs: ``entry_script`` (relative to ``source_directory``, else to the working directory).

    Raises ``WebserviceException`` and ``UserErrorException`` for what the SDK refuses at this point.
    """

    elsewhere = OF_INFERENCE
    names = ("entry_script", "source_directory", "description", "environment", "base_image_registry", *_FORMER)

    def __init__(
        self,
        entry_script: str | None = None,
        runtime: str | None = None,
        conda_file: str | None = None,
        extra_docker_file_steps: str | None = None,
        source_directory: str | None = None,
        enable_gpu: bool | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: object = None,
        cuda_version: str | None = None,
        environment: Environment | None = None,
    ) -> None:
        self.entry_script = entry_script
        self.source_directory = source_directory
        self.description = description
        self.environment = environment
        self.base_image_registry = base_image_registry
        self.runtime = runtime
        self.conda_file = conda_file
        self.extra_docker_file_steps = extra_docker_file_steps
        self.enable_gpu = enable_gpu
        self.base_image = base_image
        self.cuda_version = cuda_version
        self._check_source_directory()
        self._check_script()
        self._check_environment()

    def _check_source_directory(self) -> None:
        if self.source_directory is None:
            return
        folder = Path(self.source_directory).resolve()
        if not folder.is_dir():
            raise WebserviceException(
                f"source directory {folder} is not there", remedy="source_directory names a folder that is there"
            )
        self.source_directory = str(folder)

    def _check_script(self) -> None:
        if not self.entry_script:
            raise WebserviceException("there is no entry_script", remedy='entry_script="score.py"')
        file = Path(self.source_directory or ".") / self.entry_script
        if not file.is_file():
            raise WebserviceException(
                f"entry_script {file} is not there: its path starts at the working directory",
                remedy="with source_directory, relative to that folder, without naming the folder again",
            )
        if file.suffix != ".py":
            raise WebserviceException(f"entry_script {file.name} is no .py file")
        if not file.stem.isidentifier() or keyword.iskeyword(file.stem):
            raise WebserviceException(
                f"entry_script cannot be called {file.stem!r}: it is imported as a module, which needs an identifier "
                "of Python that is no keyword",
                remedy="rename it, for instance score.py",
            )
        try:
            ast.parse(file.read_bytes(), filename=file.name)
        except SyntaxError as error:
            raise UserErrorException(
                f"{error.msg} ({file.name}, line {error.lineno})", remedy="repair the entry script"
            ) from error

    def _check_environment(self) -> None:
        former = [name for name in _FORMER if getattr(self, name)]
        if self.environment is None:
            if former:
                warn(f"{', '.join(former)}: make an Environment of them, and give that as environment")
            return
        if former:
            raise WebserviceException(
                f"{', '.join(former)} and environment exclude each other",
                remedy="say it in the environment",
            )
        packages = self.environment.python.conda_dependencies
        is_managed = self.environment.python.user_managed_dependencies
        if packages is not None and not is_managed:
            text = packages.serialize_to_string()
            if not any(name in text for name in _SERVER_PACKAGES):
                warn(
                    "azureml-defaults is not among the pip packages of the environment: Azure wants it for the "
                    "inference server (here the server is added by itself)"
                )

    def resolved_environment(self, service: str) -> Environment:
        """The environment of the service, also where only the fields of former times say it."""
        from azml_magics.v1.environment import Environment

        if self.environment is not None:
            return self.environment
        name = f"{service}-environment"
        environment = Environment(name)
        if self.conda_file is not None:
            environment = Environment.from_conda_specification(name, str(self._beside(self.conda_file)))
        if self.base_image is not None:
            environment.docker.base_image = self.base_image
        if self.extra_docker_file_steps is not None:
            steps = self._beside(self.extra_docker_file_steps).read_text(encoding="utf-8")
            environment.docker.base_dockerfile = f"FROM {environment.docker.base_image}\n{steps}"
        return environment

    def _beside(self, name: str) -> Path:
        """A file of the source directory, else of the working directory."""
        inside = Path(self.source_directory or ".") / name
        return inside if inside.exists() else Path(name)

    def __repr__(self) -> str:
        return (
            f"InferenceConfig(entry_script={self.entry_script}, source_directory={self.source_directory}, "
            f"environment={self.environment and self.environment.name})"
        )
