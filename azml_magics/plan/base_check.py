"""Whether an image can serve as a base, from what was seen in it; looking into it is left to ``containers``."""

from __future__ import annotations

from collections.abc import Iterator

from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.errors import Finding
from azml_magics.plan.base_images import find_base_image

#: The newest server runs from this Python on; older ones get older releases of it (AZUREML.md 1.1).
OLDEST_CURRENT_PYTHON = (3, 9)
ROOT = ("", "root", "0")


def check_base(facts: ImageFacts, *, architecture: str) -> list[Finding]:
    """Everything that stands in the way of serving from this image, errors first.

    ``architecture`` is that of the engine. A warning is something the product works around.
    """
    findings = [*_check_platform(facts, architecture), *_check_python(facts), *_check_serving(facts)]
    return sorted(findings, key=lambda finding: finding.severity)


def wrong_architecture(facts: ImageFacts, architecture: str) -> Finding:
    """The finding for an image that does not run on this engine at all."""
    return Finding(
        "wrong-architecture",
        f"image {facts.reference} is for {facts.os}/{facts.architecture}, this engine runs linux/{architecture}",
        f"take an image for linux/{architecture}, or let the engine emulate {facts.architecture} (binfmt, QEMU)",
    )


def _check_platform(facts: ImageFacts, architecture: str) -> Iterator[Finding]:
    if facts.architecture != architecture:
        yield Finding(
            "emulated",
            f"image {facts.reference} is for {facts.architecture} and emulated on this engine ({architecture}): slow",
            f"take an image for linux/{architecture}: azml base build makes one from any Python image",
            severity="warning",
        )
    entry = find_base_image(facts.reference)
    if entry is not None and entry.retired_since:
        yield Finding(
            "base-retired",
            f"image {facts.reference} is retired since {entry.retired_since}: it gets no security updates",
            f"take {entry.successor}",
            severity="warning",
        )


def _check_python(facts: ImageFacts) -> Iterator[Finding]:
    if facts.python is None or facts.python_version is None:
        yield Finding(
            "image-without-python",
            f"image {facts.reference} has no Python 3.7 or newer in the usual places",
            "name it with interpreter_path, or take another image: azml base list",
        )
        return
    if tuple(map(int, facts.python_version.split(".")[:2])) < OLDEST_CURRENT_PYTHON:
        yield Finding(
            "server-outdated",
            f"image {facts.reference} has Python {facts.python_minor}, which only old releases of the server support",
            "take an image with Python 3.9 or newer",
            severity="warning",
        )
    if facts.version_of("pip") is None:
        yield Finding(
            "pip-missing",
            f"image {facts.reference} has no pip: packages: dynamic and bake cannot install into it",
            "take packages: mount, or an image with pip",
            severity="warning",
        )
    elif facts.externally_managed:
        yield Finding(
            "externally-managed",
            f"the Python of image {facts.reference} belongs to its distribution: pip refuses to install into it",
            "azml base build makes a base with an environment of its own from it",
            severity="warning",
        )
    if (facts.libc or "").startswith("musl"):
        yield Finding(
            "musl",
            f"image {facts.reference} uses {facts.libc}: many packages have no wheels for that and need a compiler",
            "take an image with glibc (Debian, Ubuntu) where packages with compiled code are wanted",
            severity="warning",
        )


def _check_serving(facts: ImageFacts) -> Iterator[Finding]:
    if facts.python is not None and facts.server_version is None:
        yield Finding(
            "server-missing",
            f"image {facts.reference} does not hold {SERVER}: every deployment has to add it",
            f"azml base build NAME --from {facts.reference} makes a base that holds it",
            severity="warning",
        )
    if facts.user.partition(":")[0] in ROOT:
        yield Finding(
            "root-user",
            f"image {facts.reference} runs as root; services run in it as 1000:1000",
            "add USER to its Dockerfile, or make a base from it: azml base build",
            severity="warning",
        )
    if not facts.has_runit and not facts.command and not facts.entrypoint:
        yield Finding(
            "no-command",
            f"image {facts.reference} has no command of its own: start: image cannot be used with it",
            "leave start: as it is (azml)",
            severity="warning",
        )
