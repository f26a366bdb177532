"""``from azureml.core import Run`` in a training script where azureml-core is not installed; of the rest, the names.

``Run``, ``Model`` and ``Workspace`` do what makes sense inside a run. Scripts import the others without using them on
every path: they can be imported, and say what to use instead when they are used.
"""

import importlib.machinery
import sys

from azureml.core.model import Model
from azureml.core.run import Run, get_run
from azureml.core.workspace import FILES, Experiment, NotInARun, Workspace

__all__ = ["Experiment", "Model", "Run", "Workspace", "get_run"]
VERSION = __version__ = "1.61.0"

#: What to use instead of a name of ``azureml.core``, or of a module of the SDK.
INSTEAD = {
    "Dataset": FILES,
    "Datastore": FILES,
    "Environment": "a script runs in one environment, which whoever submits it names",
    "ScriptRunConfig": "submit it from the notebook, or with azml run submit",
    "Keyvault": "read an environment variable of the run",
    "Webservice": "deploy from the notebook, or with azml deploy",
    "azureml.core.dataset": FILES,
    "azureml.core.datastore": FILES,
    "azureml.data": FILES,
    "azureml.dataprep": FILES,
    "azureml.opendatasets": FILES,
    "azureml.mlflow": "leave it out: MLflow logs into the local run by itself",
    "azureml.contrib.interpret": "pip install interpret-community",
    "azureml.interpret": "pip install interpret-community",
}
#: Where modules of azureml.core hold names that are here too.
HOMES = {
    "azureml.core.experiment": ("Experiment",),
    "azureml.core.dataset": ("Dataset",),
    "azureml.core.datastore": ("Datastore",),
    "azureml.core.environment": ("Environment",),
    "azureml.core.script_run_config": ("ScriptRunConfig",),
    "azureml.core.authentication": (
        "AzureCliAuthentication",
        "InteractiveLoginAuthentication",
        "MsiAuthentication",
        "ServicePrincipalAuthentication",
    ),
}
ELSE = "add azureml-core to the packages of the environment, and the variable AZML_INSTALL_AZUREML=1"


class Placeholder(type):
    """The type of a class that can be imported; its use says what to do instead."""

    def __call__(cls, *_, **__):
        raise NotInARun("{} is not there in a run; instead: {}".format(cls.__name__, INSTEAD.get(cls.__name__, ELSE)))

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotInARun(
            "{}.{} is not there in a run; instead: {}".format(cls.__name__, name, INSTEAD.get(cls.__name__, ELSE))
        )


class Authentication:
    """Takes what it is given: there is nobody to authenticate with."""

    def __init__(self, *_, **__):
        pass


def name_of_the_sdk(name):
    """What ``name`` is in a run."""
    if name in __all__:
        return globals()[name]
    if name.endswith("Authentication"):
        return Authentication
    return Placeholder(name, (), {})


def __getattr__(name):
    if name.startswith("__") or name not in INSTEAD:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError("azureml.core.{} is not there in a local run; instead: {}".format(name, ELSE))
    return name_of_the_sdk(name)


class Finder:
    """Comes after everything else on ``sys.meta_path``: modules of the SDK, or what to use instead of them."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in HOMES:
            return importlib.machinery.ModuleSpec(name, Finder, is_package=True)
        if not name.startswith("azureml."):
            return None
        parts = name.split(".")
        known = [".".join(parts[:count]) for count in range(len(parts), 1, -1)]
        remedy = next((INSTEAD[each] for each in known if each in INSTEAD), ELSE)
        raise ModuleNotFoundError("{} is not there in a local run; instead: {}".format(name, remedy), name=name)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        for name in HOMES[module.__name__]:
            setattr(module, name, name_of_the_sdk(name))

        def missing(name):
            if name.startswith("_"):
                raise AttributeError(name)
            raise ImportError("{}.{} is not there in a local run; instead: {}".format(module.__name__, name, ELSE))

        module.__getattr__ = missing


if Finder not in sys.meta_path:
    sys.meta_path.append(Finder)
