"""Packages of Azure's SDK in Azure's environments: what needs an account is not installed for work on one machine.

``azureml-defaults`` brings a hundred distributions to get one server, which is added anyway; the SDK's names mean
``azml_magics.v1`` here. An environment that holds :data:`SWITCH` gets them all the same.
"""

from __future__ import annotations

from azml_magics.definitions.azure_defaults import DEFAULTS_PACKAGE
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import RequirementLine

#: Normalised names; what they hold beside the server talks to the cloud.
SDK_PACKAGES = frozenset(
    {DEFAULTS_PACKAGE, "azureml-core", "azureml-sdk", "azureml-telemetry", "azureml-train", "azureml-train-core"}
)
#: A variable of the environment itself, so that a version of it always means the same packages.
SWITCH = "AZML_INSTALL_AZUREML"


def lines_asked_for(environment: Environment) -> tuple[RequirementLine, ...]:
    """Its requirement lines as far as they are installed, in order."""
    left_out = set(packages_left_out(environment))
    return tuple(line for line in environment.requirements.lines if line.name not in left_out)


def packages_left_out(environment: Environment) -> tuple[str, ...]:
    """Names of what it asks for and does not get.

    Only of environments that came from a specification of conda's, as Azure's files and objects hold them; what a cell
    declares is installed as it is written.
    """
    if environment.conda is None or dict(environment.environment_variables).get(SWITCH, "") not in ("", "0"):
        return ()
    return tuple(line.name for line in environment.requirements.lines if line.name in SDK_PACKAGES)


def why_left_out(names: tuple[str, ...]) -> str:
    """Half a sentence for a plan; empty where everything is installed."""
    return f"without {', '.join(names)}, which {'need' if len(names) > 1 else 'needs'} an account" if names else ""
