"""``from azureml.core.model import Model`` in an entry script where azureml-core is not installed: ``get_model_path``.

Scripts of the time before ``AZUREML_MODEL_DIR`` find their model so. ``azureml.monitoring`` collects nothing, as
outside of a cloud. Comes after everything on ``sys.meta_path``: the real package is found first wherever it is
installed.
"""

import importlib.machinery
import os
import sys

MODELS = "azureml-models"
NAMES = ("azureml", "azureml.core", "azureml.core.model", "azureml.monitoring")


class Model:
    """A registered model of this service."""

    @staticmethod
    def get_model_path(model_name, version=None, _workspace=None):
        """Its file or folder; the newest version there is without ``version``."""
        folder = os.path.join(MODELS, model_name)
        found = sorted(int(name) for name in (os.listdir(folder) if os.path.isdir(folder) else ()) if name.isdigit())
        if version is not None:
            found = [number for number in found if number == int(version)]
        if not found:
            known = sorted(os.listdir(MODELS)) if os.path.isdir(MODELS) else []
            raise ModelNotFoundException(
                "Model {} not found in {}; models of this service: {}".format(
                    model_name if version is None else "{} version {}".format(model_name, version),
                    os.path.abspath(MODELS),
                    ", ".join(known) or "none",
                )
            )
        folder = os.path.join(folder, str(found[-1]))
        entries = sorted(os.listdir(folder))
        if len(entries) != 1:
            raise ModelNotFoundException(
                "{} holds {} files and folders instead of one: {}".format(folder, len(entries), entries)
            )
        return os.path.join(folder, entries[0])


class ModelNotFoundException(Exception):  # noqa: N818  # the SDK's name
    """No model of that name and version."""


class ModelDataCollector:
    """Takes the data of a model; nothing of it is kept, since ``azml requests`` has requests and answers."""

    def __init__(self, model_name, designation="default", *_, **__):
        print("ModelDataCollector {}/{} collects nothing here: see azml requests".format(model_name, designation))

    def collect(self, input_data, *_, **__):
        """As where collecting is switched off: whether anything was kept, and why not."""
        return False, "data is not collected here"

    add_correlations = collect


class Finder:
    """Finds :data:`NAMES` where nobody else does, and is what loads them."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, Finder, is_package=True) if name in NAMES else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        if module.__name__ == "azureml.monitoring":
            module.ModelDataCollector = ModelDataCollector
        elif module.__name__ != "azureml":
            module.Model = Model

        def missing(name):
            if name.startswith("__"):
                raise AttributeError(name)
            raise ImportError(
                "{}.{} is not there in a local service: only Model.get_model_path is. Add azureml-core to the "
                "packages of the environment, and the variable AZML_INSTALL_AZUREML=1.".format(module.__name__, name)
            )

        module.__getattr__ = missing


def install():
    """Let scripts find the names, unless somebody else has them."""
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)
