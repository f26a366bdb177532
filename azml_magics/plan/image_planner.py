"""The image a container runs and how it gets its packages; the strategy comes from ``strategy``, texts from ``dockerfile``."""

from __future__ import annotations

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.host import HostFacts
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.plan.actions import ImagePlan


def plan_image(
    deployment: Deployment,
    base: ImageFacts | None,
    host: HostFacts,
    *,
    context_digest: str = "",
    foundation: ImageFacts | None = None,
    is_remote: bool = False,
    mount_fails: str = "",
) -> ImagePlan:
    """The image of a deployment and the content keys of what has to be made.

    ``base`` is what the deployment's reference (or the ``FROM`` of its Dockerfile) means on the engine, ``None`` while it
    is not there. ``context_digest`` names the content that ``COPY`` of a user's Dockerfile reads. ``foundation`` is what
    was built of that Dockerfile, the apt packages or the extra steps, once it is there; with ``mount`` and ``dynamic``
    the packages are planned for it. ``is_remote``: directories of this machine cannot be mounted. ``mount_fails`` says
    why a mount was tried in vain; ``auto`` takes ``bake`` then. Raises ``PreflightError`` for a choice that cannot work.
    """
    raise NotImplementedError
