"""The environment that ``azml environment scaffold`` writes down: as Azure's own, to be edited (AZUREML.md 3.11)."""

from __future__ import annotations

from azml_magics.definitions.azure_defaults import EXAMPLE_VARIABLE, default_conda
from azml_magics.definitions.environment import Environment, conda_environment


def scaffold_environment(name: str) -> Environment:
    """``name`` with the Python, package, channels and variable that Azure gives a new environment."""
    return conda_environment(name, default_conda(), environment_variables=(EXAMPLE_VARIABLE,))
