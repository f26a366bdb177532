"""What conda packages need of an image: something that installs them, and an image to be built."""

from __future__ import annotations

from collections.abc import Iterator

from azml_magics.definitions.conda_dependencies import mask_channel
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import Finding


def installs_conda(environment: Environment | None) -> bool:
    """Whether an image of ``environment`` gets conda packages: an environment of its own in it, with its own Python."""
    if environment is None or not environment.needs_conda:
        return False
    return not (environment.image_source.user_managed or environment.image_source.site_packages)


def check_conda(deployment: Deployment, image: ImageFacts | None) -> Iterator[Finding]:
    """Why the conda packages of the deployment's environment cannot be built into ``image``, as far as it is known."""
    environment = deployment.environment
    if environment is None or environment.conda is None or not installs_conda(environment):
        return
    if deployment.packages in ("dynamic", "mount"):
        yield Finding(
            "conda-strategy",
            f"environment {environment.label} holds conda packages, which packages: {deployment.packages} cannot add",
            "take packages: bake, or leave packages: out",
        )
    if image is not None and image.conda is None:
        yield Finding(
            "image-without-conda",
            f"environment {environment.label} holds conda packages, and image {image.reference} has neither conda nor "
            "micromamba",
            "take an image that has one, for instance mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest, "
            "or let pip install the packages: put them into the pip section",
        )
    for channel in environment.conda.channels:
        if mask_channel(f"{channel}/") != f"{channel}/":
            yield Finding(
                "channel-credentials",
                f"channel {mask_channel(f'{channel}/').rstrip('/')} has credentials in its address, which would stay "
                "in the image",
                "leave them out, and give the image's conda its own (a .condarc in the base image)",
            )
