"""How the packages of a container get into it: the strategy that was asked for, or the one ``auto`` takes, and why."""

from __future__ import annotations

from dataclasses import dataclass

from azml_magics.definitions.azure_packages import packages_left_out
from azml_magics.definitions.conda_rules import installs_conda
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.definitions.image_platform import describe_platform, source_only, uv_platform
from azml_magics.definitions.image_rules import extra_variables, source_of, wanted_lines
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.plan.planner import BRINGS_SERVER


@dataclass(frozen=True)
class Choice:
    """``strategy`` is never ``auto``; ``reason`` is one short sentence without a full stop."""

    strategy: PackagesStrategy
    reason: str


def lines_to_add(deployment: Deployment, image: ImageFacts | None) -> tuple[str, ...]:
    """The requirement lines that have to be added to ``image``, in order.

    The server is added, unpinned, where nothing brings it; the image's own is used where it has one. Nothing is known
    of an image that is not there: it gets the server, which installing skips where it is already. An image that runs
    its own command brings its own server, and so does one whose packages are the user's business; a run needs none. Of
    a lock everything is added: it was resolved together.
    """
    source, lines = source_of(deployment), wanted_lines(deployment)
    environment = deployment.environment if lines else None
    asked = environment.requirements.names() - {*packages_left_out(environment)} if environment else frozenset()
    has_server = image is not None and image.server_version is not None and not installs_conda(deployment.environment)
    if has_server:
        # As pip: what is there already satisfies a requirement without a version.
        lines = tuple(line for line in lines if line != SERVER)
    if source.user_managed or source.site_packages or deployment.start != "azml" or has_server:
        return lines
    is_complete = asked & BRINGS_SERVER or holding_lock(deployment.environment) is not None
    return lines if is_complete else (*lines, SERVER)


def choose_strategy(
    deployment: Deployment, image: ImageFacts | None, *, is_remote: bool = False, mount_fails: str = ""
) -> Choice:
    """The strategy of a deployment; ``image`` is what its packages are added to, ``None`` while it is not known.

    A strategy that was asked for is taken as it is, unless there is nothing to install at all: then the image is used
    as it is, which is called ``bake`` because its packages are in it. Whether a choice can work is left to
    ``definitions.image_rules``.
    """
    source, asked = source_of(deployment), deployment.packages
    if source.site_packages:
        return Choice("mount", "the environment names site-packages of its own")
    if installs_conda(deployment.environment):
        return Choice("bake", "conda packages make an environment of their own inside the image")
    if not lines_to_add(deployment, image):
        return Choice("bake", _nothing_to_install(deployment, needs_build=source.needs_build))
    if asked != "auto":
        return Choice(asked, f"packages: {asked} was asked for")
    reason = _why_bake(deployment, image, is_remote=is_remote) or mount_fails
    if reason:
        return Choice("bake", reason)
    return Choice("mount", "needs no image build, and no network when the container starts")


def _nothing_to_install(deployment: Deployment, *, needs_build: bool) -> str:
    whose = (
        "the environment is user-managed: the image holds every package"
        if source_of(deployment).user_managed
        else "nothing to install: the image holds what is asked for"
    )
    return f"{whose}; an image is built for the rest of the environment alone" if needs_build else whose


def _why_bake(deployment: Deployment, image: ImageFacts | None, *, is_remote: bool) -> str | None:
    """Why the packages have to be, or may as well be, built into an image."""
    source, lines = source_of(deployment), lines_to_add(deployment, image)
    if source.needs_build:
        kinds = {"a Dockerfile": source.dockerfile, "apt packages": source.apt}
        kinds["Docker steps"] = source.steps_before or source.steps_after
        what = " and ".join(name for name, given in kinds.items() if given)
        return f"an image is built anyway, for {what}"
    given = extra_variables(deployment)
    if given:
        return f"{given[0]} is set by the definition: what is added when the container starts is its business"
    if is_remote:
        return "the Docker engine is on another machine, where nothing of this one can be mounted"
    from_source = source_only(lines)
    if from_source:
        return mask_credentials(f"{from_source[0]}, which has to be built for the image")
    if image is not None and image.python is not None and uv_platform(image) is None:
        return f"ready wheels cannot be chosen from here for {describe_platform(image)}"
    return None
