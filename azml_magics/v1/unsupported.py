"""What only the cloud has, and what to use instead: a table, and classes that say so when they are used."""

from __future__ import annotations

from typing import NoReturn

from azml_magics.v1.exceptions import NotSupportedLocally

_FILES = "read the files themselves: give the script their path as an argument"
_COMPUTE = "runs and services run on this machine: leave compute targets out, or name 'local'"
_V2 = "write a script, and submit it as a run: Experiment(ws, NAME).submit(ScriptRunConfig(...))"
#: Compute of the cloud's that only its names stand for.
CLOUD_COMPUTE = (
    "AdlaCompute",
    "BatchCompute",
    "DatabricksCompute",
    "DataFactoryCompute",
    "HDInsightCompute",
    "KustoCompute",
    "SynapseCompute",
)
#: Attribute, class or module name -> what to use instead.
INSTEAD: dict[str, str] = {
    "datasets": _FILES,
    "datastores": _FILES,
    "get_default_datastore": _FILES,
    "set_default_datastore": _FILES,
    "get_default_compute_target": _COMPUTE,
    "get_default_keyvault": "set environment variables, or read a file that only you may read",
    "get_mlflow_tracking_uri": "leave set_tracking_uri out: in a run MLflow logs to the run by itself, in a notebook "
    "beside it",
    **dict.fromkeys(("list_keys", "sync_keys"), "there are no keys"),
    **dict.fromkeys(("sku", "tags", "update", "discovery_url", "service_context"), "a local workspace is a folder"),
    "images": "environments have taken the place of images: ws.environments",
    "keyvaults": "set environment variables, or read a file that only you may read",
    "delete": "remove the folder .azml",
    **dict.fromkeys(("linked_services", "setup"), "a local workspace is a folder"),
    **dict.fromkeys(
        ("private_endpoints", "add_private_endpoint", "delete_private_endpoint_connection"),
        "nothing here is reached over a network",
    ),
    **dict.fromkeys(
        ("get_connection", "list_connections", "set_connection", "delete_connection"),
        "set environment variables of the service or run",
    ),
    "diagnose_workspace": "a local workspace is a folder: opening it says what is wrong with it",
    "update_dependencies": "a local workspace depends on nothing",
    **dict.fromkeys(
        (
            "DEFAULT_CPU_CLUSTER_CONFIGURATION",
            "DEFAULT_CPU_CLUSTER_NAME",
            "DEFAULT_GPU_CLUSTER_CONFIGURATION",
            "DEFAULT_GPU_CLUSTER_NAME",
        ),
        _COMPUTE,
    ),
    "Dataset": _FILES,
    "Datastore": _FILES,
    "Keyvault": "set environment variables, or read a file that only you may read",
    "UnknownImage": "use Environment: env.build(ws) builds one",
    "UnknownWebservice": "use Webservice(ws, NAME)",
    "LinkedService": "a local workspace is a folder",
    "SynapseWorkspaceLinkedServiceConfiguration": "a local workspace is a folder",
    "PrivateEndPoint": "nothing here is reached over a network",
    "PrivateEndPointConfig": "nothing here is reached over a network",
    **dict.fromkeys(CLOUD_COMPUTE, _COMPUTE),
    **dict.fromkeys(("Data", "DataReferenceConfiguration", "DatacacheConfiguration", "OutputData"), _FILES),
    **dict.fromkeys(
        ("attach_legacy_compute_target", "remove_legacy_compute_target", "prepare_compute_target"), _COMPUTE
    ),
    "is_compute_target_prepared": _COMPUTE,
    "Pipeline": _V2,
    "PipelineData": _V2,
    "PythonScriptStep": _V2,
    "HyperDriveConfig": _V2 + "; call submit once for each set of arguments",
    "AutoMLConfig": _V2,
    "azureml.pipeline": _V2,
    "azureml.data": _FILES,
    "azureml.dataprep": _FILES,
    "azureml.datadrift": _FILES,
    "azureml.opendatasets": "sklearn.datasets has load_diabetes() and fetch_openml('mnist_784'); other data are files "
    "that you fetch yourself",
    "azureml.train.hyperdrive": _V2 + "; call submit once for each set of arguments",
    "azureml.train.automl": _V2,
    "azureml.contrib": "use what azureml.core has",
    "azureml.contrib.services": "an entry script finds it in a service, where the server brings it: deploy the script",
    "azureml.monitoring": "an entry script finds it in a service; azml requests shows what services were asked",
    "azureml.contrib.interpret": "pip install interpret-community",
    "azureml.explain": "pip install interpret-community",
    "azureml.tensorboard": "pip install tensorboard: run.download_files() copies its logs",
    "azureml._model_management": "use Model.deploy, or LocalWebservice(ws, NAME)",
    "azureml.interpret": "pip install interpret-community",
    "azureml.mlflow": "pip install mlflow: inside a run it logs to the local store by itself",
}

_CHANGE = "what is said of a version stays: register it again, with everything"
_LATER = "log it while the run goes on: run.log, or a file below outputs/"
_DOCUMENT = "serialize() gives a JSON object; objects are made by their names: Model(ws, NAME), Webservice(ws, NAME)"
_CONSTANT = "it names parts of the cloud's addresses: there are none"
#: The same for attributes of models, services, runs and experiments.
OF_MODELS = {
    **dict.fromkeys(
        ("add_tags", "remove_tags", "add_properties", "update", "update_tags_properties", "add_dataset_references"),
        _CHANGE,
    ),
    **dict.fromkeys(
        (
            "created_by",
            "datasets",
            "derived_model_ids",
            "mime_type",
            "parent_id",
            "resource_configuration",
            "sample_input_dataset",
            "sample_output_dataset",
            "unpack",
        ),
        "it is not kept of a model: say it in tags or properties when you register it",
    ),
    "get_sas_urls": "download() copies its files",
    "deserialize": _DOCUMENT,
    "print_configuration": "serialize() has everything that is known of it",
    "profile": "azml strategies and azml requests have figures of services",
}
OF_PACKAGES = {
    **dict.fromkeys(
        ("error", "generate_dockerfile", "package_build_log_uri", "workspace"), "serialize() has all of it"
    ),
    "get_container_registry": "images are on this machine's engine: location is the name of the image",
    "update_creation_state": "a package is ready as soon as it is returned",
}
OF_IMAGES = {
    **dict.fromkeys(
        ("image_location", "image_build_log_uri", "image_digest", "image_flavor", "generated_dockerfile_uri", "get"),
        "no image is made: Model.package(ws, models, InferenceConfig(...)) makes one, or what it is built from",
    ),
    **dict.fromkeys(("add_tags", "remove_tags", "add_properties", "update", "tags", "properties"), _CHANGE),
    **dict.fromkeys(
        ("assets", "created_time", "driver_program", "image_type", "target_runtime"),
        "image_config and models are what is kept of it",
    ),
    "run": "deploy it, and call run() of the service",
    "deserialize": _DOCUMENT,
}
OF_BUILDS = dict.fromkeys(("get_log", "log_url", "environment_client"), "what a build says is printed while it goes on")
OF_CONDA_DEPENDENCIES = {
    "add_cntk_package": 'add_pip_package("cntk"): releases for Pythons up to 3.6',
    "sdk_origin_url": "packages come from the index that pip is configured with",
}
OF_SERVICES = {
    **dict.fromkeys(("add_tags", "remove_tags", "add_properties"), "deploy it again with these tags"),
    "get_access_token": "leave the header out: who reaches this machine's port may use it",
    "deserialize": _DOCUMENT,
    "check_for_existing_webservice": "a running service of that name is replaced once the new one is ready",
    "deploy_local_from_model": "use Model.deploy(ws, name, models, inference_config)",
    **dict.fromkeys(
        ("models", "environment", "image", "image_id", "image_digest", "created_by", "location"),
        "serialize() has what is known of a service; azml list has its environment",
    ),
    **dict.fromkeys(
        (
            "autoscaler",
            "cname",
            "compute_name",
            "container_resource_requirements",
            "data_collection",
            "deployment_status",
            "enable_app_insights",
            "encryption_properties",
            "is_default",
            "liveness_probe_requirements",
            "max_concurrent_requests_per_container",
            "max_request_wait_time",
            "namespace",
            "num_replicas",
            "public_fqdn",
            "public_ip",
            "scoring_timeout_ms",
            "ssl_certificate",
            "ssl_enabled",
            "ssl_key",
            "traffic_percentile",
            "version_type",
            "versions",
            "vnet_configuration",
        ),
        "a service of this machine has no such setting; deploy_configuration(...).settings keeps what was said",
    ),
    "NETWORK_NAME": "services are reached at localhost:PORT",
    "VersionType": "deploy each version as a service of its own",
    **dict.fromkeys(
        ("create_version", "update_version", "delete_version"), "deploy each version as a service of its own"
    ),
}
OF_CONFIGURATIONS = {
    **dict.fromkeys(
        ("primary_key", "secondary_key", "location"), "settings keeps what was said; it has no effect here"
    ),
    "print_deploy_configuration": "port and settings have what it says",
    **dict.fromkeys(("validate_configuration", "validate_image"), "it is checked when it is made"),
}
OF_INFERENCE = {
    **dict.fromkeys(("build_create_payload", "build_profile_payload"), "Model.deploy takes the object as it is"),
    **dict.fromkeys(("validate_configuration", "validation_script_content"), "it is checked when it is made"),
}
OF_COMPUTE = {
    **dict.fromkeys(("get_credentials", "add_identity", "remove_identity", "update_sso_settings"), "nobody signs in"),
    **dict.fromkeys(("list_quotas", "list_usages", "update_quotas", "ClusterPurpose"), _COMPUTE),
    **dict.fromkeys(
        (
            "address",
            "admin_user_password",
            "admin_user_ssh_key",
            "admin_user_ssh_public_key",
            "admin_username",
            "agent_count",
            "agent_vm_size",
            "applications",
            "assigned_user_object_id",
            "assigned_user_tenant_id",
            "cluster_fqdn",
            "cluster_purpose",
            "cluster_resource_id",
            "created_on",
            "default_instance_type",
            "description",
            "errors",
            "id",
            "identity",
            "identity_id",
            "identity_ids",
            "identity_type",
            "instance_location",
            "instance_resource_id",
            "instance_types",
            "is_attached",
            "load_balancer_subnet",
            "load_balancer_type",
            "modified_on",
            "namespace",
            "private_ip_address",
            "public_ip",
            "public_ip_address",
            "remote_login_port_public_access",
            "scale_settings",
            "ssh_port",
            "ssh_public_access",
            "ssl_configuration",
            "subnet_id",
            "subnet_name",
            "system_services",
            "tags",
            "vm_priority",
            "vm_size",
            "vnet_name",
            "vnet_resourcegroup_name",
        ),
        "it is this machine: nothing of the kind is set",
    ),
    "get_active_runs": "experiment.get_runs() has the runs, each with its status",
    "get_docs_url": "docs/sdk-v1.md says what there is",
    "deserialize": "ComputeTarget(ws, NAME) is this machine",
}
OF_RUN_CONFIGURATIONS = {
    "save": "files of run configurations are not written: keep the lines that make it",
    "delete": "there is no file of it",
}
OF_SCRIPT_CONFIGURATIONS = {
    "DELIM": _CONSTANT,
    "MAX_DURATION_SECONDS_DEFAULT": "run_config.max_run_duration_seconds has it",
    "identity": "nobody signs in",
}
OF_RUNS = {
    **dict.fromkeys(("upload_file", "upload_files", "upload_folder", "log_image", "take_snapshot"), _LATER),
    **dict.fromkeys(("get_secret", "get_secrets"), "set environment variables of the run"),
    "submit_child": "run.child_run() makes one that is logged to from here",
    **dict.fromkeys(
        ("DELIM", "EXPERIMENT_ID_PATH", "EXPERIMENT_NAME_PATH", "RUN_PATH", "RUN_TYPE", "TID_FMT", "WORKSPACE_FMT"),
        _CONSTANT,
    ),
    **dict.fromkeys(("add_type_provider", "get_submitted_run"), "Run.get(ws, ID) gives every run"),
    "clean": "cancel() ends everything that the run started",
    "get_detailed_status": "get_details() has everything that is known",
    "get_docs_url": "docs/sdk-v1.md says what there is",
    "identity": "nobody signs in",
    **dict.fromkeys(("input_datasets", "output_datasets"), _FILES),
    "list_by_compute": "experiment.get_runs(): all of them are on this machine",
    "remove_tags": "set_tags() changes them",
    "start": "submit starts it; start_logging() gives one that runs",
}
OF_EXPERIMENTS = {
    **dict.fromkeys(
        ("archive", "reactivate", "delete", "archived_time"), "experiments are there as long as they have runs"
    ),
    **dict.fromkeys(("tag", "set_tags", "remove_tags", "tags"), "set tags of its runs"),
    **dict.fromkeys(
        ("DELIM", "EXPERIMENT_ID_PATH", "EXPERIMENT_NAME_PATH", "TID_FMT", "WORKSPACE_FMT", "identity"), _CONSTANT
    ),
    "from_directory": "Experiment(ws, NAME)",
    "get_docs_url": "docs/sdk-v1.md says what there is",
    **dict.fromkeys(("get_portal_url", "portal_url"), "azml run list shows its runs"),
}


class UnsupportedType(type):
    """The type of a class that can be imported but not used: its use says what to do instead."""

    def __call__(cls, *_: object, **__: object) -> NoReturn:
        """Raises ``NotSupportedLocally``."""
        raise unsupported(cls.__name__)

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise unsupported(f"{cls.__name__}.{name}", cls.__name__)


def unsupported(what: str, key: str | None = None) -> NotSupportedLocally:
    """The error for the use of ``what``."""
    remedy = INSTEAD.get(key or what, "see docs/sdk-v1.md for what there is")
    return NotSupportedLocally(f"{what} is not supported locally", remedy=remedy)


def placeholder(name: str) -> UnsupportedType:
    """A class ``name`` that can be imported, for the many notebooks that never use what they import."""
    return UnsupportedType(name, (), {"__doc__": f"Not supported locally: {INSTEAD.get(name, '')}"})
