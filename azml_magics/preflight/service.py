"""Checks of what a service is called and how it listens."""

from __future__ import annotations

from collections.abc import Iterator

from azml_magics.definitions.deployment import Deployment, check_port, check_service_name
from azml_magics.definitions.variables import check_variables
from azml_magics.errors import Finding
from azml_magics.preflight import DeploymentFacts


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:  # noqa: ARG001  # every subject has one form
    """Name, port, workers and variables, for deployments that were not typed as a command line."""
    yield from check_service_name(deployment.name)
    yield from check_port(deployment.port)
    yield from check_variables(deployment.variables().items())
    if deployment.workers is not None and deployment.workers < 1:
        yield Finding(
            "workers-range", f"{deployment.workers} workers cannot serve", "leave --workers out, or give 1 or more"
        )
