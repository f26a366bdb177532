"""Checks of an environment's definition: what Azure's service would refuse or warn of (AZUREML.md 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from azml_magics.definitions.codecs.azure_v1 import environment_document
from azml_magics.definitions.codecs.azure_v1_document import SHARED_MEMORY
from azml_magics.definitions.conda_dependencies import CondaDependencies, conda_package_name
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.dockerfile_text import check_dockerfile
from azml_magics.definitions.environment import Environment, check_name, holds_credentials
from azml_magics.definitions.image_source import check_image
from azml_magics.definitions.requirements import local_projects
from azml_magics.errors import Finding, Place
from azml_magics.preflight import DeploymentFacts
from azml_magics.preflight.requirements import unpinned_requirements

#: A Dockerfile may have so many bytes.
DOCKERFILE_LIMIT = 100 * 1024
#: The oldest and the newest Python that gets repairs, at the time of this release.
OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 14)
#: Behind the registry's name: images that get none.
_DEPRECATED_IMAGE = re.compile(
    r"mcr\.microsoft\.com/azureml/(?:base(?:-gpu|-lite)?|intelmpi[^:@]*|o16n-base/python-slim|openmpi3\.1\.2-[^:@]*"
    r"|openmpi4\.1\.0-[^:@]*ubuntu18\.04|openmpi4\.1\.0-ubuntu20\.04)(?:[:@].*)?"
)
_PYTHON_ENTRY = re.compile(r"(?:[^\s:]+::)?python(?:\s*(?:[=<>!~]+)?\s*(?P<version>\S.*)?)?", re.IGNORECASE)
_VERSION = re.compile(r"\d+(?:\.\d+){0,2}(?:\.\*|\*)?(?:=\S+)?")
_PINNED = re.compile(r"[^=<>!~\s]+\s*={1,2}\s*[^*<>!~=\s,|]+(?:=\S+)?")


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """What the definition of the deployment's environment says and Azure would not take: warnings, as it works here."""
    del facts
    if deployment.environment is not None:
        for finding in _check_said(deployment.environment):
            yield replace(finding, severity="warning")


def check_environment(environment: Environment, *, is_curated: bool = False) -> Iterator[Finding]:
    """Everything, also what the definition leaves open and Azure wants said; errors are what the service refuses."""
    if not is_curated:
        yield from check_name(environment.name)
    yield from _check_said(environment)
    if environment.image_source.image is not None:
        yield from check_image(environment.image_source.image)
    if environment.image_source.dockerfile is not None:
        found = check_dockerfile(environment.image_source.dockerfile, place=Place("Dockerfile"))
        yield from (finding for finding in found if finding.code != "dockerfile-size")  # told with what is said
    yield from _check_python(environment)
    if not environment.image_source.user_managed:
        yield from _check_packages(environment)
    yield from check_credentials(environment)
    if environment.environment_variables:
        names = ", ".join(name for name, _ in environment.environment_variables)
        yield _doubt(
            "runtime-variables",
            f"the environment sets {names}: Azure wants variables of the running service in the deployment",
            "give them to the deployment: azml deploy --env NAME=VALUE",
        )


def check_credentials(environment: Environment) -> Iterator[Finding]:
    """What the workspace keeps because it is needed to install from there, and what is better kept elsewhere."""
    if holds_credentials(environment):
        yield _doubt(
            "credentials",
            f"environment {environment.label} keeps the credentials in addresses of packages, indexes or channels",
            "leave them out of the address: pip.conf and .netrc, or conda's settings, are the place for them",
        )


def _check_said(environment: Environment) -> Iterator[Finding]:
    document = environment_document(environment)
    yield from _check_image_source(environment)
    yield from _check_docker(document["docker"])
    yield from _check_build_context(document)
    yield from _check_sections(document)
    if environment.conda is not None:
        yield from _check_conda(environment.conda)


def _check_image_source(environment: Environment) -> Iterator[Finding]:
    image, dockerfile = environment.image_source.image, environment.image_source.dockerfile
    if image is not None and _DEPRECATED_IMAGE.fullmatch(image):
        yield _doubt(
            "deprecated-image",
            f"image {image} is deprecated: it gets no updates",
            "take one with Ubuntu 22.04 or newer: azml base list",
        )
    if dockerfile is not None and len(dockerfile.encode()) > DOCKERFILE_LIMIT:
        yield Finding(
            "dockerfile-size",
            f"the Dockerfile has {len(dockerfile.encode()):,} bytes; Azure takes {DOCKERFILE_LIMIT:,}",
            "copy long files into the image instead of writing them into the Dockerfile",
        )


def _check_docker(docker: Mapping[str, Any]) -> Iterator[Finding]:
    registry = docker["baseImageRegistry"]
    if registry["address"] or registry["registryIdentity"]:
        yield _doubt(
            "registry-in-definition",
            f"the definition says how to reach registry {registry['address'] or 'of the image'}: "
            "Azure does not read that any more",
            "write the registry before the image's name, and log in with: docker login",
        )
    former = {
        "enabled": docker["enabled"],
        "arguments": docker["arguments"],
        "sharedVolumes": docker["sharedVolumes"] is False,
        "shmSize": docker["shmSize"] not in (None, SHARED_MEMORY),
    }
    given = [name for name, is_given in former.items() if is_given]
    if given:
        yield _doubt(
            "deprecated-docker-settings",
            f"docker settings of the environment are deprecated: {', '.join(given)}",
            "leave them out: what runs in it says how, for instance azml deploy --engine docker --shm-size SIZE",
        )
    if docker["baseImage"] is None and docker["baseDockerfile"] is None and docker["buildContext"] is None:
        message = "the definition names neither an image nor a Dockerfile nor a build context"
        yield _doubt("no-image", message, "name an image; here one is chosen for the Python asked for")


def _check_build_context(document: Mapping[str, Any]) -> Iterator[Finding]:
    context = document["docker"]["buildContext"]
    if context is None:
        return
    for key, what in (("location", "where it is"), ("dockerfilePath", "where its Dockerfile is")):
        if not context.get(key):
            yield Finding("build-context", f"the build context does not say {what} ({key})", f"add {key}")
    beside = {
        "an image": document["docker"]["baseImage"],
        "a Dockerfile": document["docker"]["baseDockerfile"],
        "environment variables": document["environmentVariables"],
        "conda packages": document["python"].get("condaDependencies"),
        "an R section": document["r"],
        "Spark packages": document["spark"]["packages"],
    }
    for what in [what for what, given in beside.items() if given]:
        message = f"a build context says everything: {what} beside it contradicts that"
        yield Finding("build-context", message, "put it into the Dockerfile of the context")


def _check_sections(document: Mapping[str, Any]) -> Iterator[Finding]:
    if document["python"]["baseCondaEnvironment"] is not None:
        yield _doubt(
            "base-conda-environment",
            f"the definition starts from conda environment {document['python']['baseCondaEnvironment']}, "
            "which is nowhere but in one image",
            "list the packages themselves",
        )
    if document["r"] is not None:
        yield _doubt("r-section", "R sections are deprecated", "install R in a Dockerfile")


def _check_conda(conda: CondaDependencies) -> Iterator[Finding]:
    pythons = [item for item in conda.conda_packages if conda_package_name(item) == "python"]
    if len(pythons) > 1:
        message = f"several Python versions are asked for: {', '.join(pythons)}"
        yield Finding("several-pythons", message, "keep one of them")
    for item in pythons:
        entry = _PYTHON_ENTRY.fullmatch(item)
        written = entry["version"] if entry else item
        versions = [] if written is None else re.split(r"[,|]", written)
        if not all(_VERSION.fullmatch(each.lstrip("=<>!~ ")) for each in versions):
            yield Finding("python-version", f"{item!r} is no version of Python", "write python=3.12")
    packages = [item for item in conda.conda_packages if conda_package_name(item) not in ("python", "pip")]
    if packages and not conda.channels:
        message = "no channels are named: which packages are meant depends on the machine"
        yield _doubt("no-channels", message, "name them, for instance conda-forge")
    unpinned = [item for item in packages if not _PINNED.fullmatch(item)]
    if unpinned:
        message = f"not pinned: {', '.join(unpinned)}; a later build may hold other versions"
        yield _doubt("unpinned-conda", message, "pin each with NAME=VERSION")


def _check_python(environment: Environment) -> Iterator[Finding]:
    if environment.python is None:
        has_own = environment.image_source.user_managed or environment.image_source.image is not None
        if not has_own:
            message = "no Python version is named: which one is meant depends on who builds"
            yield _doubt("no-python", message, "name one, for instance python 3.12")
        return
    numbers = tuple(int(part) for part in environment.python.split(".")[:2])
    if len(numbers) < 2:
        message = f"Python {environment.python} may be any of its releases"
        yield _doubt("no-python", message, "name one, for instance python 3.12")
    elif numbers < OLDEST_PYTHON:
        yield _doubt(
            "python-end-of-life",
            f"Python {environment.python} gets no repairs any more",
            f"take {'.'.join(map(str, OLDEST_PYTHON))} or newer",
        )
    elif numbers > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        message = f"there is no Python {environment.python}, as far as is known here"
        yield _doubt("python-unknown", message, f"take {newest} or older")


def _check_packages(environment: Environment) -> Iterator[Finding]:
    conda = environment.conda
    if conda is None and not environment.requirements.lines and environment.image_source.dockerfile is None:
        message = "no packages are asked for, and the image is not said to hold them"
        yield _doubt("no-packages", message, "ask for some, or say user_managed: true")
    unpinned = unpinned_requirements(environment.requirements) if environment.lock is None else []
    if unpinned:
        message = f"not pinned: {', '.join(unpinned)}; a later build may hold other versions"
        yield _doubt("unpinned-requirements", message, "pin each with NAME==VERSION, or: azml environment lock NAME")
    local = local_projects(environment.requirements)
    if local:
        message = f"{', '.join(local)}: files of this machine, which Azure does not see"
        remedy = "there, keep the wheel in the workspace's storage: Environment.add_private_pip_wheel"
        yield _doubt("local-packages", message, remedy)
    if conda is not None and conda.pip_lines:
        pips = [item for item in conda.conda_packages if conda_package_name(item) == "pip"]
        if not pips:
            message = "pip installs packages and is not asked for"
            yield _doubt("no-pip", message, "add pip=VERSION to the dependencies")
        elif not any(_PINNED.fullmatch(item) for item in pips):
            yield _doubt("unpinned-pip", "pip is not pinned", "write pip=VERSION")


def _doubt(code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, remedy, severity="warning")
