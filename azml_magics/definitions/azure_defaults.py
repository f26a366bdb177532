"""What Azure's SDK v1 writes into an environment where nobody chose anything (AZUREML.md 3.2, 3.4, 3.5)."""

from __future__ import annotations

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection

#: Of a plain environment; of what is made from conda packages without a Python.
AZURE_DEFAULT_PYTHONS = ("3.8.13", "3.10.18")
PLAIN_PYTHON, CREATED_PYTHON = AZURE_DEFAULT_PYTHONS
PROJECT_NAME = "project_environment"
CHANNELS = ("anaconda", "conda-forge")
#: Brings the server and the training client along.
DEFAULTS_PACKAGE = "azureml-defaults"
#: It really ends up in containers.
EXAMPLE_VARIABLE = ("EXAMPLE_ENV_VAR", "EXAMPLE_VALUE")
BASE_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"
INTERPRETER = "python"


def default_conda(python: str = PLAIN_PYTHON) -> CondaDependencies:
    """The specification of an environment that nobody gave one."""
    return CondaDependencies((f"python={python}", PipSection((DEFAULTS_PACKAGE,))), CHANNELS, PROJECT_NAME)
