"""Which module of Azure's SDK holds which of our names: one table; importing them is left to ``install``."""

from __future__ import annotations

import importlib
from types import ModuleType

from azml_magics.v1.unsupported import CLOUD_COMPUTE, INSTEAD

_HERE = "azml_magics.v1"
#: Version that the names answer to, of the SDK whose behaviour they follow.
VERSION = "1.61.0"
_CORE = {
    "Workspace": "workspace",
    "Environment": "environment",
    "Model": "model",
    "Webservice": "webservice",
    "Experiment": "experiment",
    "ScriptRunConfig": "script_run_config",
    "RunConfiguration": "runconfig",
    "Run": "run",
    "Image": "image",
    "ContainerRegistry": "sections",
    "ComputeTarget": "compute",
    "get_run": "run",
    "ScriptRun": "run",
    "diagnostic_log": "diagnostics",
    **dict.fromkeys(
        (
            "Dataset",
            "Datastore",
            "Keyvault",
            "LinkedService",
            "PrivateEndPoint",
            "PrivateEndPointConfig",
            "SynapseWorkspaceLinkedServiceConfiguration",
        ),
        "cloud",
    ),
}
_COMPUTE = dict.fromkeys(
    (
        "AksCompute",
        "AmlCompute",
        "ComputeInstance",
        "ComputeTarget",
        "DsvmCompute",
        "KubernetesCompute",
        "RemoteCompute",
    ),
    "compute",
)
_CLOUD_COMPUTE = dict.fromkeys(CLOUD_COMPUTE, "cloud")
_EXCEPTIONS = (
    "ActivityFailedException",
    "AuthenticationException",
    "AzureMLAggregatedException",
    "AzureMLException",
    "ComputeTargetException",
    "DatasetTimestampMissingError",
    "DatastoreNotFoundException",
    "DiscoveryUrlNotFoundException",
    "ExperimentExecutionException",
    "ImageException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "ParallelRunException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "ServiceException",
    "SnapshotException",
    "TrainingException",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
    "WorkspacePrivateEndpointException",
)


def _names(module: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, module)


#: Module -> name in it -> module of ours that has it.
MODULES: dict[str, dict[str, str]] = {
    "azureml": {},
    "azureml.contrib": {},
    "azureml.core": _CORE,
    "azureml.core.authentication": _names(
        "authentication",
        "AbstractAuthentication",
        "ArmTokenAuthentication",
        "AzureCliAuthentication",
        "InteractiveLoginAuthentication",
        "MsiAuthentication",
        "ServicePrincipalAuthentication",
        "TokenAuthentication",
    ),
    "azureml.core.compute": {**_COMPUTE, **_CLOUD_COMPUTE},
    "azureml.core.compute.aks": _names("compute", "AksCompute"),
    "azureml.core.compute.amlcompute": _names("compute", "AmlCompute"),
    "azureml.core.compute.compute": _names("compute", "ComputeTarget"),
    "azureml.core.compute.computeinstance": _names("compute", "ComputeInstance"),
    "azureml.core.compute.remote": _names("compute", "RemoteCompute"),
    "azureml.core.compute_target": _names("exceptions", "ComputeTargetException"),
    "azureml.core.conda_dependencies": _names("conda_dependencies", "CondaDependencies"),
    "azureml.core.container_registry": _names("sections", "ContainerRegistry"),
    "azureml.core.dataset": _names("cloud", "Dataset"),
    "azureml.core.datastore": _names("cloud", "Datastore"),
    "azureml.core.environment": {
        **_names("runconfig", "DEFAULT_CPU_IMAGE", "DEFAULT_GPU_IMAGE"),
        "ImageBuildDetails": "build",
        **_names("environment", "Environment", "EnvironmentReference"),
        **_names(
            "sections",
            "ContainerRegistry",
            "DatabricksSection",
            "DockerBuildContext",
            "DockerImagePlatform",
            "DockerSection",
            "PythonSection",
            "RSection",
            "SparkPackage",
            "SparkSection",
        ),
        "CondaDependencies": "conda_dependencies",
    },
    "azureml.core.experiment": _names("experiment", "Experiment"),
    "azureml.core.image": _names("image", "ContainerImage", "Image", "UnknownImage"),
    "azureml.core.image.container": _names("image", "ContainerImage"),
    "azureml.core.image.image": _names("image", "Image"),
    "azureml.core.keyvault": _names("cloud", "Keyvault"),
    "azureml.core.model": {
        **_names("model", "InferenceConfig", "Model", "ModelPackage"),
        "ResourceConfiguration": "compute",
    },
    "azureml.core.resource_configuration": _names("compute", "ResourceConfiguration"),
    "azureml.core.run": {**_names("run", "Run", "get_run"), "_OfflineRun": "offline_run"},
    "azureml.core.runconfig": {
        **_names(
            "runconfig",
            "DEFAULT_CPU_IMAGE",
            "DEFAULT_GPU_IMAGE",
            "MPI_CPU_IMAGE",
            "MPI_GPU_IMAGE",
            "AmlComputeConfiguration",
            "DockerConfiguration",
            "EnvironmentDefinition",
            "HistoryConfiguration",
            "MpiConfiguration",
            "PyTorchConfiguration",
            "RunConfiguration",
            "SparkConfiguration",
            "TensorflowConfiguration",
        ),
        **_names("sections", "ContainerRegistry", "DockerSection", "PythonSection", "SparkPackage", "SparkSection"),
        "CondaDependencies": "conda_dependencies",
        "Environment": "environment",
    },
    "azureml.core.script_run": _names("run", "ScriptRun"),
    "azureml.core.script_run_config": _names("script_run_config", "ScriptRunConfig"),
    "azureml.core.webservice": {
        **_names("webservice", "LocalWebservice", "Webservice"),
        **_names("cloud_webservice", "AciWebservice", "AksEndpoint", "AksWebservice"),
        "UnknownWebservice": "cloud",
    },
    "azureml.core.webservice.local": _names("webservice", "LocalWebservice", "LocalWebserviceDeploymentConfiguration"),
    "azureml.core.webservice.aci": _names("cloud_webservice", "AciWebservice"),
    "azureml.core.webservice.aks": _names("cloud_webservice", "AksEndpoint", "AksWebservice"),
    "azureml.core.webservice.webservice": _names("webservice", "Webservice"),
    "azureml.core.workspace": _names("workspace", "Workspace"),
    "azureml.exceptions": _names("exceptions", *_EXCEPTIONS),
    "azureml.telemetry": _names("diagnostics", "set_diagnostics_collection"),
    "azureml.train": {},
    "azureml.train.estimator": _names("estimator", "Estimator"),
    "azureml.train.sklearn": _names("estimator", "SKLearn"),
    "azureml.train.dnn": _names(
        "estimator", "Chainer", "Gloo", "Keras", "Mpi", "Nccl", "ParameterServer", "PyTorch", "TensorFlow"
    ),
    "azureml.widgets": _names("widgets", "RunDetails"),
}
#: Modules that are not there, with what to use instead in :data:`INSTEAD`.
UNSUPPORTED = frozenset(name for name in INSTEAD if name.startswith("azureml."))


def fill_module(module: ModuleType) -> None:
    """Give ``module`` its names; what it does not have says what to use instead."""
    for name, home in MODULES[module.__name__].items():
        setattr(module, name, getattr(importlib.import_module(f"{_HERE}.{home}"), name))
    if module.__name__ == "azureml.core":
        module.VERSION = module.__version__ = VERSION  # type: ignore[attr-defined]  # a module made here
    module.__doc__ = f"Names of Azure's SDK, by {_HERE}: docs/sdk-v1.md says what differs."

    def missing(name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        # The statement "from ... import" would replace an AttributeError by one of its own, without the remedy.
        known = ", ".join(sorted(MODULES[module.__name__])) or "nothing but modules"
        raise ImportError(
            f"{module.__name__} has no {name} locally: {INSTEAD.get(name, f'there is {known}')}", name=module.__name__
        )

    module.__getattr__ = missing  # type: ignore[method-assign]  # as a module says it in its text
