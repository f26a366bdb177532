"""What cannot work between a deployment and its image; asked before a build, and again by the planner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azml_magics.definitions.azure_defaults import AZURE_DEFAULT_PYTHONS
from azml_magics.definitions.conda_rules import check_conda, installs_conda
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_platform import (
    describe_platform,
    parse_wheel_name,
    uv_platform,
    wheel_of_requirement,
    wheel_tags,
)
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock_rules import check_lock_target, lines_to_install
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.definitions.site_packages import SitePackages, check_site_packages
from azml_magics.errors import Finding

#: The oldest Python that any release of the server runs on (AZUREML.md 1.1).
OLDEST_PYTHON = (3, 7)
#: Variables by which packages are added when a container starts (AZUREML.md 2.2).
EXTRA_PREFIX = "AZUREML_EXTRA_"


def source_of(deployment: Deployment) -> ImageSource:
    """The Docker half of the deployment's environment."""
    return deployment.environment.image_source if deployment.environment else ImageSource()


def wanted_lines(deployment: Deployment) -> tuple[str, ...]:
    """What the user asks to have installed, or has locked; nothing where the image or a mounted directory has it."""
    source = source_of(deployment)
    if deployment.environment is None or source.user_managed or source.site_packages:
        return ()
    return lines_to_install(deployment.environment)


def extra_variables(deployment: Deployment) -> list[str]:
    """The variables of the user's own that add packages at start."""
    return sorted(name for name, value in deployment.variables().items() if name.startswith(EXTRA_PREFIX) and value)


def check_image_choice(
    deployment: Deployment,
    image: ImageFacts | None,
    *,
    site_packages: SitePackages | None = None,
    suitable_images: Sequence[str] = (),
    is_built: bool = False,
) -> Iterator[Finding]:
    """Everything that cannot work, and what is doubtful; what depends on ``image`` once it is known.

    ``site_packages`` is the user's own directory to mount, ``suitable_images`` are images with the Python that the
    environment asks for. ``is_built`` says that ``image`` has what the environment's Dockerfile and steps put in.
    """
    yield from _check_strategy(deployment)
    is_conda = installs_conda(deployment.environment)
    if is_conda:
        yield from check_conda(deployment, image)
    if deployment.start == "image":
        yield from _check_own_start(deployment)
    if site_packages is not None:
        yield from check_site_packages(site_packages, image)
    if image is not None:
        is_final = is_built or not source_of(deployment).needs_build
        if not is_conda:  # its Python is none of the image's
            yield from _check_python(deployment, image, suitable_images, is_final=is_final)
            yield from _check_wheels(deployment, image)
        yield from _check_lock(deployment, image)
        if deployment.start == "image" and is_final and not (image.entrypoint or image.command):
            message = f"image {image.reference} has no command of its own, which start: image would run"
            yield Finding("image-start-without-command", message, "leave start: out, or take another image")
        if image.python is not None and is_final and not is_conda:
            yield from _check_tools(deployment, image)


def _check_strategy(deployment: Deployment) -> Iterator[Finding]:
    source, strategy, lines = source_of(deployment), deployment.packages, wanted_lines(deployment)
    if source.site_packages and strategy in ("dynamic", "bake"):
        yield Finding(
            "site-packages-strategy",
            f"the environment names site-packages of its own, which are mounted: packages: {strategy} contradicts that",
            "leave one of the two out",
        )
    if strategy == "dynamic" and lines and not deployment.resources.network:
        yield Finding(
            "dynamic-without-network",
            "packages: dynamic downloads packages when the container starts, and the container gets no network",
            "take packages: mount or bake, or leave --no-network out",
        )
    given = extra_variables(deployment)
    if given and (source.site_packages or (lines and strategy in ("mount", "dynamic"))):
        yield Finding(
            "extra-packages-conflict",
            f"{given[0]} is set by the definition, and packages: {strategy} adds its packages the same way: "
            "an image's own start script, and so the cloud, ignores one of the two",
            f"leave {given[0]} out, or take packages: bake",
            # Our start script honours both (engines/container_options).
            severity="error" if deployment.start == "image" else "warning",
        )


def _check_own_start(deployment: Deployment) -> Iterator[Finding]:
    """What an image's own command cannot do, because only our start script can."""
    if not deployment.resources.network:
        yield Finding(
            "image-start-without-network",
            "start: image runs the image's own command, which nobody can reach without a network",
            "leave start: out, or leave --no-network out",
        )
    hashed = [" --hash=" in line for line in wanted_lines(deployment) if not line.startswith("-")]
    if deployment.packages == "dynamic" and any(hashed) and not all(hashed):
        yield Finding(
            "image-start-hashes",
            "some requirements have hashes and some have none: the pip of an image's own start script refuses that",
            "give all of them hashes, or take packages: mount or bake",
        )


def _check_tools(deployment: Deployment, image: ImageFacts) -> Iterator[Finding]:
    """What the strategy that was asked for needs of an image with a Python."""
    if deployment.packages == "dynamic" and wanted_lines(deployment) and image.version_of("pip") is None:
        yield Finding(
            "dynamic-without-pip",
            f"image {image.reference} has no pip, which packages: dynamic installs with when a container starts",
            "take packages: mount or bake",
        )
    if deployment.packages == "mount" and not source_of(deployment).site_packages and uv_platform(image) is None:
        yield Finding(
            "mount-platform",
            f"ready wheels cannot be chosen from here for {describe_platform(image)}",
            "take packages: bake or dynamic",
        )


def _check_python(
    deployment: Deployment, image: ImageFacts, suitable_images: Sequence[str], *, is_final: bool
) -> Iterator[Finding]:
    environment = deployment.environment
    offer = f"for instance {' or '.join(suitable_images[:3])}" if suitable_images else "azml base list names some"
    if image.python is None or image.python_version is None:
        if is_final:
            yield Finding(
                "image-without-python",
                f"image {image.reference} has no Python on its PATH",
                f"name it with interpreter_path: in %%environment, or take another image: {offer}",
            )
        return
    version = tuple(int(number) for number in image.python_version.split(".")[:2])
    if version < OLDEST_PYTHON:
        yield Finding(
            "image-python-old",
            f"image {image.reference} has Python {image.python_version}; the server needs 3.7 or newer",
            f"take another image: {offer}",
        )
    wanted = environment.python if environment else None
    if wanted is None or f"{image.python_version}.".startswith(f"{wanted}."):
        return
    if wanted in AZURE_DEFAULT_PYTHONS:  # nobody chose it, and no prebuilt image has it
        yield Finding(
            "image-python-default",
            f"the environment has Python {wanted}, which is Azure's default; the image's own is used: "
            f"{image.python_version} of {image.reference}",
            f"name the Python that is meant: python={image.python_minor}",
            severity="warning",
        )
    else:
        yield Finding(
            "image-python",
            f"the environment asks for Python {wanted}, image {image.reference} has Python {image.python_version}",
            f"leave python: out, write python: {image.python_minor}, or take an image with Python {wanted}: {offer}",
        )


def _check_lock(deployment: Deployment, image: ImageFacts) -> Iterator[Finding]:
    environment = deployment.environment
    if environment is not None and wanted_lines(deployment):
        yield from check_lock_target(
            environment,
            None if installs_conda(environment) else image.python_minor,  # conda brings the one that is locked
            uv_platform(image),
            target=f"image {image.reference}",
            remedy=f"azml environment lock {environment.name} --engine docker --base {image.reference}",
        )


def _check_wheels(deployment: Deployment, image: ImageFacts) -> Iterator[Finding]:
    """Wheels that are named by their place: their file names say what they are for."""
    possible = wheel_tags(image)
    for line in wanted_lines(deployment):
        name = wheel_of_requirement(line)
        if name is None:
            continue
        tags = parse_wheel_name(name)
        if tags is None:
            remedy = "give it back the name it was built with: NAME-VERSION-PYTHON-ABI-PLATFORM.whl"
            yield Finding("wheel-name", f"{mask_credentials(name)} is no name of a wheel", remedy)
        elif possible and not tags & possible:
            tag = sorted(str(tag) for tag in tags)[0]
            yield Finding(
                "wheel-platform",
                f"{name} is for {tag}; image {image.reference} has {describe_platform(image)}",
                "name a wheel for that, or the project and its version instead of one file",
            )
