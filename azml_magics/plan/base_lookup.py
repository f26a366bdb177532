"""What a deployment's image starts from, and which Python in it is looked at; looking is left to ``containers``."""

from __future__ import annotations

from dataclasses import dataclass

from azml_magics.definitions.conda_rules import installs_conda
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_rules import source_of
from azml_magics.plan.user_dockerfile import base_reference


@dataclass(frozen=True)
class BaseLookup:
    """``reference`` is ``None`` where a Dockerfile starts from nothing; no ``interpreter_path``: any Python will do."""

    reference: str | None
    interpreter_path: str | None = None


def base_of(deployment: Deployment) -> BaseLookup:
    """The image of ``deployment``, or the one its Dockerfile starts from.

    The Python that an environment names is looked for in the base only where it has to be there: a Dockerfile may be
    what makes it, and next to conda's packages the image's own Python is not used.
    """
    source = source_of(deployment)
    if source.dockerfile is not None:
        return BaseLookup(base_reference(source.dockerfile))
    return BaseLookup(deployment.base_image, interpreter_path(deployment))


def interpreter_path(deployment: Deployment) -> str | None:
    """The Python of the finished image that runs the script; ``None``: the image's usual one, or conda's."""
    return None if installs_conda(deployment.environment) else source_of(deployment).interpreter_path
