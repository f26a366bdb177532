"""Checks of an environment's lock: whether it still holds, and fits where it is installed; images are ``image``'s."""

from __future__ import annotations

from collections.abc import Iterator

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.lock_rules import check_host_lock, holding_lock
from azml_magics.errors import Finding
from azml_magics.preflight import DeploymentFacts


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """That packages come unlocked although the environment was locked once, or are locked for something else."""
    environment = deployment.environment
    if environment is None:
        return
    lapsed = facts.lapsed_lock or (environment.label if environment.lock is not None else None)
    if lapsed is not None and holding_lock(environment) is None:
        yield Finding(
            "lock-lapsed",
            f"environment {environment.name!r} was changed after {lapsed} was locked: that lock does not hold any more",
            f"lock it again: azml environment lock {environment.name}",
            severity="warning",
        )
    if deployment.engine == "process" and facts.host is not None:
        yield from check_host_lock(environment, facts.host)
