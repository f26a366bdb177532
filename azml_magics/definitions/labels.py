"""Labels on images and containers, by which they are found again and known for ours, also without a workspace."""

from __future__ import annotations

PREFIX = "azml-magics."
#: The workspace that a container or an environment's image belongs to.
WORKSPACE = f"{PREFIX}workspace"
ENVIRONMENT = f"{PREFIX}environment"
#: A container of a service; what it serves with is beside it.
SERVICE = f"{PREFIX}service"
DIRECTORY = f"{PREFIX}directory"
#: The process that looks into an image.
PROBE = f"{PREFIX}probe"
#: A base: its name, what it was made from (reference and id), and the content key of what it was made of.
BASE = f"{PREFIX}base"
BASE_FROM = f"{PREFIX}base.from"
BASE_FROM_ID = f"{PREFIX}base.from-id"
BASE_KEY = f"{PREFIX}base.key"
#: A package: the service in it and the content key.
PACKAGE = f"{PREFIX}package"
PACKAGE_KEY = f"{PREFIX}package.key"
#: Directories of ``--find-links`` on their way into builds.
FIND_LINKS = f"{PREFIX}find-links"
