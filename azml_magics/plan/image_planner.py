"""The image a container runs and how it gets its packages; choosing is left to ``strategy``, texts to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from azml_magics.definitions.conda_rules import installs_conda
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.digest import Canonical, digest_of
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.host import HostFacts
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_platform import uv_platform
from azml_magics.definitions.image_rules import check_image_choice, source_of
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.definitions.site_packages import SitePackages
from azml_magics.errors import PreflightError
from azml_magics.plan.actions import ImagePlan
from azml_magics.plan.dockerfile import image_tag, render_environment_dockerfile
from azml_magics.plan.strategy import choose_strategy, lines_to_add

#: What a container runs for a deployment without an environment.
NO_ENVIRONMENT = Environment("none")


def plan_image(
    deployment: Deployment,
    base: ImageFacts | None,
    host: HostFacts,  # noqa: ARG001  # every plan is made of a definition and what is known of the host
    *,
    context_digest: str = "",
    foundation: ImageFacts | None = None,
    site_packages: SitePackages | None = None,
    suitable_images: Sequence[str] = (),
    is_remote: bool = False,
    mount_fails: str = "",
) -> ImagePlan:
    """The image of a deployment and the content keys of what has to be made.

    ``base`` is what the deployment's reference (or the ``FROM`` of its Dockerfile) means on the engine, ``None`` while
    it is not there. ``context_digest`` names the content that ``COPY`` of a user's Dockerfile reads. ``foundation`` is
    what was built of that Dockerfile, the apt packages or the extra steps, once it is there; with ``mount`` and
    ``dynamic`` the packages are planned for it. ``site_packages`` and ``suitable_images`` are as in
    ``check_image_choice``. ``auto`` takes ``bake`` where the engine ``is_remote`` (packages would be copied at every
    start), and where a mount was tried in vain: ``mount_fails`` says why. Raises ``PreflightError`` for a choice that
    cannot work.
    """
    source = source_of(deployment)
    image = foundation or (None if source.dockerfile else base)
    findings = check_image_choice(
        deployment,
        image,
        is_built=foundation is not None,
        site_packages=site_packages,
        suitable_images=suitable_images,
    )
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise PreflightError(f"service {deployment.name!r} cannot run in this image", errors)
    choice = choose_strategy(deployment, image, is_remote=is_remote, mount_fails=mount_fails)
    plan = ImagePlan(deployment.base_image, choice.strategy, choice.reason, base, foundation=foundation)
    if base is None and not source.dockerfile:
        return plan
    lines = lines_to_add(deployment, image)
    plan = replace(
        plan,
        requirement_lines=lines,
        is_locked=bool(lines) and holding_lock(deployment.environment) is not None,
        python=_python(deployment, image),
        platform=uv_platform(image) if image else None,
        site_packages=str(site_packages.directory) if site_packages else source.site_packages,
    )
    plan = _with_build(plan, deployment, context_digest)
    if plan.strategy == "bake" or image is None or plan.site_packages:
        return plan
    return replace(plan, key=_packages_key(plan, image))


def _with_build(plan: ImagePlan, deployment: Deployment, context_digest: str) -> ImagePlan:
    """``plan`` with the Dockerfile of what has to be built, if anything has to be, and the name of that image."""
    is_baked = plan.strategy == "bake" and (bool(plan.requirement_lines) or installs_conda(deployment.environment))
    if not is_baked and not source_of(deployment).needs_build:
        return plan
    lines = plan.requirement_lines if is_baked else ()
    environment = deployment.environment or NO_ENVIRONMENT
    text = render_environment_dockerfile(environment, plan.base, plan.base_reference, lines, with_packages=is_baked)
    tag = image_tag(plan.base, text, lines, context_digest)
    return replace(plan, dockerfile=text, tag=tag, key=tag.rpartition("_")[2])


def _python(deployment: Deployment, image: ImageFacts | None) -> str | None:
    """The Python that packages are installed for, as far as it is known."""
    environment = deployment.environment
    if environment is not None and installs_conda(environment):
        return environment.python
    return image.python_minor if image else None


def _packages_key(plan: ImagePlan, image: ImageFacts) -> str:
    """The content key of what is mounted, or installed when the container starts.

    The same directory serves every image of that Python, platform and server: what is installed must not break the
    server that the image brings (``build.site_packages``). What a container installs depends on the whole image.
    """
    content: dict[str, Canonical] = {"python": plan.python, "requirements": list(plan.requirement_lines)}
    if plan.strategy == "dynamic":
        return digest_of({**content, "image": image.image_id})
    return digest_of({**content, "platform": plan.platform, "server": image.server_version})
