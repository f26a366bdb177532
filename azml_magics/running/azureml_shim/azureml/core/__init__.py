"""``from azureml.core import Run`` in a training script where azureml-core is not installed; nothing else of it."""

from azureml.core.run import Run

__all__ = ["Run"]


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        "azureml.core.{} is not there in a local run: only Run is. Add azureml-core to the environment's packages "
        "if the script needs more of it.".format(name)
    )
