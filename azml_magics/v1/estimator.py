"""``azureml.train``: a script with its packages in one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from azml_magics.v1.checked import Checked, warn
from azml_magics.v1.conda_dependencies import CondaDependencies
from azml_magics.v1.environment import Environment
from azml_magics.v1.runconfig import MpiConfiguration, TensorflowConfiguration
from azml_magics.v1.script_run_config import ScriptRunConfig

#: Settings that several machines, a registry or a cluster would need.
_UNUSED = (
    "vm_size",
    "vm_priority",
    "node_count",
    "process_count_per_node",
    "distributed_backend",
    "distributed_training",
    "inputs",
    "use_gpu",
    "shm_size",
)


class Estimator(Checked):
    """A script in ``source_directory`` with what it needs; ``submit`` takes it as it is.

    ``script_params`` are handed over as arguments: an empty value stands for a switch.
    """

    names = ("source_directory", "run_config", "script_run_config")
    #: Packages of a framework that an estimator of its own brings.
    brings: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        source_directory: str,
        *,
        compute_target: object = None,
        entry_script: str | None = None,
        script_params: Mapping[str, object] | None = None,
        custom_docker_image: str | None = None,
        user_managed: bool = False,
        conda_packages: Sequence[str] | None = None,
        pip_packages: Sequence[str] | None = None,
        conda_dependencies_file: str | None = None,
        pip_requirements_file: str | None = None,
        environment_variables: Mapping[str, str] | None = None,
        environment_definition: Environment | None = None,
        framework_version: str | None = None,
        **settings: Any,
    ) -> None:
        conda_dependencies_file = conda_dependencies_file or settings.get("conda_dependencies_file_path")
        pip_requirements_file = pip_requirements_file or settings.get("pip_requirements_file_path")
        custom_docker_image = custom_docker_image or settings.get("custom_docker_base_image")
        unused = [name for name in _UNUSED if settings.get(name)]
        if unused:
            warn(f"runs are one process on this machine: {', '.join(unused)} is not used")
        environment = environment_definition
        if environment is None:
            name, folder = f"{Path(entry_script or 'train').stem}-environment", Path(source_directory)
            environment = _base_environment(name, folder, conda_dependencies_file, pip_requirements_file)
            self._add_packages(environment, conda_packages or (), pip_packages or (), framework_version)
            environment.python.user_managed_dependencies = user_managed
            if custom_docker_image is not None:
                environment.docker.base_image = custom_docker_image
        if environment_variables:
            environment.environment_variables = {**environment.environment_variables, **environment_variables}
        self.source_directory = source_directory
        self.script_run_config = ScriptRunConfig(
            source_directory,
            entry_script,
            [word for key, value in (script_params or {}).items() for word in _words(key, value)],
            compute_target=compute_target,
            environment=environment,
        )
        self.run_config = self.script_run_config.run_config

    def _add_packages(
        self, environment: Environment, conda: Sequence[str], pip: Sequence[str], framework_version: str | None
    ) -> None:
        packages = environment.python.conda_dependencies or CondaDependencies()
        for package in conda:
            packages.add_conda_package(package)
        for package in (*self.brings, *pip):
            packages.add_pip_package(package)
        if framework_version and self.brings:
            packages.add_pip_package(f"{self.brings[0]}=={framework_version}")
        environment.python.conda_dependencies = packages

    @property
    def conda_dependencies(self) -> CondaDependencies | None:
        """The packages."""
        return self.run_config.environment.python.conda_dependencies


class SKLearn(Estimator):
    """An estimator that brings scikit-learn."""

    brings = ("scikit-learn", "joblib")


class PyTorch(Estimator):
    """An estimator that brings PyTorch."""

    brings = ("torch", "torchvision")


class TensorFlow(Estimator):
    """An estimator that brings TensorFlow."""

    brings = ("tensorflow",)


class Keras(Estimator):
    """An estimator that brings TensorFlow and Keras."""

    brings = ("keras", "tensorflow")


class Chainer(Estimator):
    """An estimator that brings Chainer."""

    brings = ("chainer",)


class Mpi(MpiConfiguration):
    """For ``distributed_training``: not used."""


class ParameterServer(TensorflowConfiguration):
    """For ``distributed_training``: not used."""


class Gloo(Mpi):
    """For ``distributed_training``: not used."""


class Nccl(Mpi):
    """For ``distributed_training``: not used."""


def _base_environment(name: str, folder: Path, conda_file: str | None, pip_file: str | None) -> Environment:
    if conda_file is not None:
        return Environment.from_conda_specification(name, str(folder / conda_file))
    if pip_file is not None:
        return Environment.from_pip_requirements(name, str(folder / pip_file))
    return Environment(name)


def _words(key: str, value: object) -> list[object]:
    return [key] if value in ("", None) else [key, value]
