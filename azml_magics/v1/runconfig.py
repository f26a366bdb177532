"""``azureml.core.runconfig``: how a run is started; what only clusters have is kept and not used."""

from __future__ import annotations

from typing import Any, ClassVar

from azml_magics.definitions.azure_defaults import BASE_IMAGE
from azml_magics.v1.checked import warn
from azml_magics.v1.compute import LOCAL, local_name
from azml_magics.v1.conda_dependencies import CondaDependencies
from azml_magics.v1.environment import Environment
from azml_magics.v1.sections import Section
from azml_magics.v1.unsupported import OF_RUN_CONFIGURATIONS

DEFAULT_CPU_IMAGE = BASE_IMAGE
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04"
MPI_CPU_IMAGE, MPI_GPU_IMAGE = DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE
DEFAULT_ENVIRONMENT = "default-environment"


class HistoryConfiguration(Section):
    """What is kept of a run: ``snapshot_project=False`` runs in the folder itself, without a copy of it."""

    names = ("output_collection", "directories_to_watch", "snapshot_project", "enable_mlflow_tracking")

    def __init__(self) -> None:
        self.output_collection = True
        self.directories_to_watch = ["logs"]
        self.snapshot_project = True
        self.enable_mlflow_tracking = True


class DockerConfiguration(Section):
    """Whether a run is in a container."""

    names = ("use_docker", "shared_volumes", "arguments", "shm_size")

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: list[str] | None = None,
        shm_size: str | None = None,
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = arguments or []
        self.shm_size = shm_size


class AmlComputeConfiguration(Section):
    """What a cluster would be made of; kept, and not used."""

    names = (
        "name",
        "vm_size",
        "vm_priority",
        "retain_cluster",
        "cluster_max_node_count",
        "vnet_resource_group_name",
        "vnet_name",
        "subnet_name",
        "location",
    )

    def __init__(self) -> None:
        for name in self.names:
            setattr(self, name, None)


class SparkConfiguration(Section):
    """Settings of Spark; kept, and not used."""

    names = ("configuration",)

    def __init__(self) -> None:
        self.configuration: dict[str, object] = {}


class _Distribution(Section):
    """Several machines; there is one here."""

    names: ClassVar[tuple[str, ...]] = (
        "process_count_per_node",
        "node_count",
        "process_count",
        "worker_count",
        "parameter_server_count",
    )

    def __init__(self, **settings: int) -> None:
        for name in self.names:
            setattr(self, name, settings.get(name, 1))
        if any(value and value > 1 for value in settings.values()):
            warn("a run is one process on this machine: what is said about nodes and processes is not used")


class MpiConfiguration(_Distribution):
    """Settings of MPI; not used."""

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1, **settings: int) -> None:
        super().__init__(process_count_per_node=process_count_per_node, node_count=node_count, **settings)


class PyTorchConfiguration(_Distribution):
    """Settings of PyTorch's launcher; not used."""

    names = (*_Distribution.names, "communication_backend")

    def __init__(self, communication_backend: str = "Nccl", process_count: int | None = None, node_count: int = 1):
        super().__init__(process_count=process_count or 1, node_count=node_count)
        self.communication_backend = communication_backend


class TensorflowConfiguration(_Distribution):
    """Settings of TensorFlow's cluster; not used."""

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1, **settings: int) -> None:
        super().__init__(worker_count=worker_count, parameter_server_count=parameter_server_count, **settings)


#: Settings of clusters, data and former versions: kept, and not used.
_KEPT = (
    "auto_cluster_compute_specification",
    "auto_prepare_environment",
    "credential_passthrough",
    "data",
    "datacaches",
    "hdi",
    "identity",
    "kubernetescompute",
    "output_data",
    "paralleltask",
    "services",
    "source_directory_data_store",
)


class RunConfiguration(Section):
    """Where and with what a script runs; ``environment`` is Azure's default one until another is set."""

    names = (
        "script",
        "arguments",
        "command",
        "target",
        "framework",
        "communicator",
        "max_run_duration_seconds",
        "node_count",
        "priority",
        "environment",
        "history",
        "docker",
        "mpi",
        "tensorflow",
        "pytorch",
        "spark",
        "amlcompute",
        "data_references",
        "environment_variables",
        *_KEPT,
    )

    def __init__(
        self,
        script: str | None = None,
        arguments: list[object] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
        *_: object,
        command: object = None,
        **__: object,
    ) -> None:
        self.script = script
        self.arguments = arguments or []
        self.command: object = command
        self.target = LOCAL
        self.framework = framework or "Python"
        self.communicator = communicator or "None"
        self.max_run_duration_seconds = 2592000
        self.node_count = 1
        self.priority: int | None = None
        self.environment = Environment(DEFAULT_ENVIRONMENT)
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        self._default_environment: Environment | None = self.environment
        self.history = HistoryConfiguration()
        self.docker = DockerConfiguration()
        self.mpi: Any = MpiConfiguration()
        self.tensorflow: Any = TensorflowConfiguration()
        self.pytorch: Any = PyTorchConfiguration()
        self.spark: Any = SparkConfiguration()
        self.amlcompute: Any = AmlComputeConfiguration()
        self.data_references: dict[str, object] = {}
        self.environment_variables: dict[str, str] = {}
        for name in _KEPT:
            setattr(self, name, None)

    elsewhere = OF_RUN_CONFIGURATIONS

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, local_name(value) if name == "target" else value)

    @staticmethod
    def load(path: str, name: str | None = None) -> RunConfiguration:  # type: ignore[override]  # Azure's name
        """Files of run configurations are not read."""
        from azml_magics.v1.exceptions import NotSupportedLocally

        _ = name
        raise NotSupportedLocally(
            f"run configurations of {path} are not read", remedy="make a ScriptRunConfig with the same values"
        )


EnvironmentDefinition = Environment
