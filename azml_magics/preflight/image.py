"""Checks of what belongs to containers: the image and its strategy, limits, and what the process engine leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.dockerfile_text import check_dockerfile
from azml_magics.definitions.image_layout import MODELS
from azml_magics.definitions.image_rules import check_image_choice, source_of
from azml_magics.definitions.image_source import check_image
from azml_magics.definitions.resources import Resources, check_resources
from azml_magics.errors import Finding, Place
from azml_magics.preflight import DeploymentFacts


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """Everything about containers; for the process engine, what of the definition it does not use."""
    if deployment.engine == "process":
        yield from _check_unused(deployment)
        return
    if deployment.use_current_python:
        yield Finding(
            "current-python-in-container",
            f"engine {deployment.engine} runs the Python of an image, not the current one",
            "deploy with --environment or --requirements, or with --engine process",
        )
    yield from check_resources(deployment.resources)
    yield from _check_texts(deployment)
    yield from _check_base(deployment, facts)
    yield from check_image_choice(
        deployment,
        None if source_of(deployment).dockerfile else facts.base,
        site_packages=facts.site_packages,
        suitable_images=facts.suitable_images,
    )
    yield from _check_reserved(deployment)


def _check_unused(deployment: Deployment) -> Iterator[Finding]:
    source = source_of(deployment)
    asked = {
        "an image": source.image,
        "a Dockerfile": source.dockerfile,
        "apt packages": source.apt,
        "Docker steps": source.steps_before or source.steps_after,
        "interpreter_path": source.interpreter_path,
        "site_packages": source.site_packages,
        "user_managed": source.user_managed,
        "resources": deployment.resources != Resources(),
        "start: image": deployment.start == "image",
    }
    unused = [name for name, given in asked.items() if given]
    if unused:
        yield Finding(
            "image-not-used",
            f"the process engine uses nothing of {', '.join(unused)}: packages are installed on this machine",
            "deploy with --engine docker to get what the definition says",
            severity="warning",
        )


def _check_texts(deployment: Deployment) -> Iterator[Finding]:
    """The name of the image and the Dockerfile, as they are written; what is doubtful there was not said before."""
    text = source_of(deployment).dockerfile
    if text is not None:
        name = deployment.environment.name if deployment.environment else deployment.name
        yield from check_dockerfile(text, place=Place(f"Dockerfile of environment {name}"))
    elif deployment.base_image is not None:
        yield from check_image(deployment.base_image)


def _check_base(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    yield from facts.dockerfile_findings
    if facts.base_successor is not None:
        yield Finding(
            "image-retired",
            f"image {deployment.base_image} is retired: it gets no updates any more",
            f"take {facts.base_successor}, its successor",
            severity="warning",
        )


def _check_reserved(deployment: Deployment) -> Iterator[Finding]:
    """Paths below the app root that a container needs itself (AZUREML.md 2.1, 3.7)."""
    source = deployment.source_directory
    if source is not None and source.name == MODELS:
        yield Finding(
            "reserved-path",
            f"the source directory is called {MODELS}, which is where a container finds its models",
            "rename it",
        )
