"""What only the cloud has, and what to use instead: a table, and classes that say so when they are used."""

from __future__ import annotations

from typing import NoReturn

from azml_magics.v1.exceptions import NotSupportedLocally

_FILES = "read the files themselves: give the script their path as an argument"
_COMPUTE = "runs and services run on this machine: leave compute targets out, or name 'local'"
_V2 = "write a script, and submit it as a run: Experiment(ws, NAME).submit(ScriptRunConfig(...))"
#: Attribute, class or module name -> what to use instead.
INSTEAD: dict[str, str] = {
    "datasets": _FILES,
    "datastores": _FILES,
    "get_default_datastore": _FILES,
    "set_default_datastore": _FILES,
    "get_default_compute_target": _COMPUTE,
    "get_default_keyvault": "set environment variables, or read a file that only you may read",
    "get_mlflow_tracking_uri": "inside a run MLflow logs to the local store by itself",
    **dict.fromkeys(("list_keys", "sync_keys"), "there are no keys"),
    **dict.fromkeys(("sku", "tags", "update", "discovery_url", "service_context"), "a local workspace is a folder"),
    "images": "environments have taken the place of images: ws.environments",
    "keyvaults": "set environment variables, or read a file that only you may read",
    "delete": "remove the folder .azml",
    "Dataset": _FILES,
    "Datastore": _FILES,
    "Keyvault": "set environment variables, or read a file that only you may read",
    "Image": "use Environment: env.build(ws) builds one",
    "ContainerImage": "use InferenceConfig and Model.deploy",
    "Pipeline": _V2,
    "PipelineData": _V2,
    "PythonScriptStep": _V2,
    "HyperDriveConfig": _V2 + "; call submit once for each set of arguments",
    "AutoMLConfig": _V2,
    "azureml.pipeline": _V2,
    "azureml.data": _FILES,
    "azureml.dataprep": _FILES,
    "azureml.datadrift": _FILES,
    "azureml.opendatasets": _FILES,
    "azureml.train.hyperdrive": _V2 + "; call submit once for each set of arguments",
    "azureml.train.automl": _V2,
    "azureml.interpret": "pip install interpret-community",
    "azureml.mlflow": "pip install mlflow: inside a run it logs to the local store by itself",
}

_CHANGE = "what is said of a version stays: register it again, with everything"
_LATER = "log it while the run goes on: run.log, or a file below outputs/"
#: The same for attributes of models, services, runs and experiments.
OF_MODELS = {
    **dict.fromkeys(
        ("add_tags", "remove_tags", "add_properties", "update", "update_tags_properties", "add_dataset_references"),
        _CHANGE,
    ),
    "get_sas_urls": "download() copies its files",
    "profile": "azml strategies and azml requests have figures of services",
}
OF_SERVICES = {
    **dict.fromkeys(("add_tags", "remove_tags", "add_properties"), "deploy it again with these tags"),
    "get_access_token": "leave the header out: who reaches this machine's port may use it",
}
OF_RUNS = {
    **dict.fromkeys(("upload_file", "upload_files", "upload_folder", "log_image", "take_snapshot"), _LATER),
    **dict.fromkeys(("get_secret", "get_secrets"), "set environment variables of the run"),
    **dict.fromkeys(("restore_snapshot", "get_snapshot_id"), "run.get_details() names the folder it ran in"),
    **dict.fromkeys(("submit_child", "create_children"), "run.child_run() makes one that is logged to from here"),
}
OF_EXPERIMENTS = {
    **dict.fromkeys(("archive", "reactivate", "delete"), "experiments are there as long as they have runs"),
    **dict.fromkeys(("tag", "set_tags", "remove_tags"), "set tags of its runs"),
    "get_portal_url": "azml run list shows its runs",
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
