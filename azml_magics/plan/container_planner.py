"""What a deployment in a container needs done, and why; which image and which packages is left to ``image_planner``."""

from __future__ import annotations

from dataclasses import replace

from azml_magics.definitions.azure_packages import packages_left_out, why_left_out
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.plan.actions import Action, ImagePlan, Plan
from azml_magics.plan.planner import start_action


def plan_container(
    deployment: Deployment,
    image: ImagePlan,
    *,
    is_built: bool = False,
    has_site_packages: bool = False,
    running: Deployment | None = None,
    runs_other_image: bool = False,
) -> Plan:
    """Every action with its reason.

    ``is_built`` says that an image named ``image.tag`` is on the engine, ``has_site_packages`` that the directory to
    mount is there. ``running`` is what serves now; ``runs_other_image`` that its container was made from other content
    than the same name means today.
    """
    is_prepared = (
        (image.base is not None or not image.base_reference)
        and (is_built or not image.tag)
        and (has_site_packages or not mounts(image))
    )
    start = start_action(deployment, running, is_prepared=is_prepared)
    if start.kind == "reuse" and runs_other_image:
        start = Action("start", "run", f"changed: content of image {image.base_reference or image.tag}")
    return Plan(
        deployment.name,
        image,
        (
            Action("check", "run", "the definition is checked before every deployment"),
            _image_action(image),
            _without_sdk(_packages_action(image, has_site_packages=has_site_packages), deployment),
            _build_action(image, is_built=is_built),
            start,
        ),
    )


def mounts(image: ImagePlan) -> bool:
    """Whether a site-packages directory is mounted."""
    return image.strategy == "mount"


def _image_action(image: ImagePlan) -> Action:
    if image.base_reference is None:
        return Action("image", "skip", "the Dockerfile names its base image itself")
    if image.base is None:
        return Action("image", "run", f"{image.base_reference} is not on the engine yet: it is pulled")
    return Action("image", "reuse", f"{image.base_reference} is on the engine ({short_id(image.base.image_id)})")


def _packages_action(image: ImagePlan, *, has_site_packages: bool) -> Action:
    if image.site_packages:
        return Action("packages", "skip", f"mount: {image.site_packages} is mounted as it is ({image.reason})")
    if image.strategy == "dynamic":
        return Action("packages", "skip", f"dynamic: installed whenever the container starts ({image.reason})")
    if image.strategy == "bake":
        return Action("packages", "skip", image.reason if not image.requirement_lines else f"bake: {image.reason}")
    if has_site_packages:
        return Action("packages", "reuse", f"mount: equal definition prepared before (key {image.key[:8]})")
    if not image.key:
        return Action("packages", "run", f"mount: prepared once the image's Python is known ({image.reason})")
    target = f"Python {image.python} on {image.platform}"
    return Action("packages", "run", f"mount: nothing prepared for {target} yet, key {image.key[:8]} ({image.reason})")


def _without_sdk(action: Action, deployment: Deployment) -> Action:
    """``action``, saying what is left out of an environment of Azure's where packages are installed for it."""
    environment = deployment.environment
    if environment is None or environment.image_source.user_managed or environment.image_source.site_packages:
        return action
    left_out = () if holding_lock(environment) is not None else packages_left_out(environment)
    return replace(action, reason="; ".join(filter(None, (action.reason, why_left_out(left_out)))))


def _build_action(image: ImagePlan, *, is_built: bool) -> Action:
    if not image.tag:
        is_decided = image.base is not None or image.strategy != "bake"
        why = "the image is used as it is" if is_decided else "decided once the base image is on the engine"
        return Action("build", "skip", why)
    if is_built:
        return Action("build", "reuse", f"equal definition built before: {image.tag}")
    return Action("build", "run", f"no image {image.tag} on the engine yet")


def short_id(image_id: str) -> str:
    """The 12 digits by which Docker shows an image."""
    return image_id.removeprefix("sha256:")[:12]
