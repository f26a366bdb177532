"""What is known of the image that a deployment starts from; pulling it is left to ``pull``."""

from __future__ import annotations

from pathlib import Path

from azml_magics.containers.connection import Connection
from azml_magics.containers.images import find_image
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.plan.base_lookup import base_of


def find_base(connection: Connection, deployment: Deployment, cache: Path) -> ImageFacts | None:
    """The facts of the base, ``None`` while it is not on the engine. Raises ``NotFoundError`` for a missing Python."""
    base = base_of(deployment)
    if base.reference is None:
        return None
    return find_image(connection, base.reference, cache, interpreter_path=base.interpreter_path)
