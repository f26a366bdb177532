"""What the checks must know of images and of directories to mount, before anything is pulled or built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_rules import source_of
from azml_magics.errors import Finding, Place

if TYPE_CHECKING:
    from azml_magics.definitions.image_facts import ImageFacts
    from azml_magics.preflight import DeploymentFacts


def with_container_facts(facts: DeploymentFacts, deployment: Deployment, image_cache: Path) -> DeploymentFacts:
    """``facts`` of a deployment in a container; those of the process engine stay as they are.

    An image that is not on the engine is left to the planner, once it was pulled. Raises ``ToolError`` where no engine
    is reachable, ``NotFoundError`` for a directory to mount or an interpreter that is not there.
    """
    if deployment.engine == "process":
        return facts
    from azml_magics.containers.bases import find_base
    from azml_magics.containers.connection import connect
    from azml_magics.plan.base_images import default_base_image, find_base_image
    from azml_magics.system.site_packages import read_site_packages

    source, reference = source_of(deployment), deployment.base_image
    catalogued = find_base_image(reference) if reference else None
    successor = find_base_image(catalogued.successor) if catalogued and catalogued.successor else None
    wanted = deployment.environment.python if deployment.environment else None
    offered = default_base_image(wanted) if wanted else None
    base = find_base(connect(), deployment, image_cache)
    return replace(
        facts,
        dockerfile_findings=_dockerfile_findings(deployment, base),
        base=base if reference else None,
        base_successor=successor.reference if successor else None,
        suitable_images=(offered,) if offered else (),
        site_packages=read_site_packages(Path(source.site_packages)) if source.site_packages else None,
    )


def _dockerfile_findings(deployment: Deployment, base: ImageFacts | None) -> tuple[Finding, ...]:
    """What is doubtful in the user's own Dockerfile because of ``base``, which it starts from."""
    from azml_magics.plan.user_dockerfile import check_against_base

    text = source_of(deployment).dockerfile
    if text is None:
        return ()
    name = deployment.environment.name if deployment.environment else deployment.name
    return tuple(check_against_base(text, base, place=Place(f"Dockerfile of environment {name}")))
