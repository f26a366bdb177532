"""The options that are about a container, of a service or of a run: what they ask for and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from azml_magics.cells.values import is_notebook
from azml_magics.definitions.resources import Resources, check_resources
from azml_magics.errors import Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments

#: dest -> option that only engines that run containers know.
CONTAINER_OPTIONS = {
    "image": "--image",
    "packages": "--packages",
    "cpu": "--cpu",
    "memory_gb": "--memory-gb",
    "gpus": "--gpus",
    "shm_size": "--shm-size",
    "no_network": "--no-network",
    "start": "--start",
}
#: Finding of ``check_resources`` -> dest of what it is about.
_RESOURCES = {"cpu-range": "cpu", "memory-range": "memory_gb", "gpus-range": "gpus", "shm-size": "shm_size"}


def container_resources(arguments: Arguments) -> Resources:
    """The limits that were given."""
    return Resources(
        cpu=arguments.number("cpu"),
        memory_gb=arguments.number("memory_gb"),
        gpus=arguments.text("gpus"),
        shm_size=arguments.text("shm_size"),
        network=not arguments.flag("no_network"),
    )


def check_container(arguments: Arguments, *, is_new: bool = True) -> list[Finding]:
    """What is wrong with them, and whether the engine runs containers at all.

    A notebook's own lines may say so, and so may, unless it ``is_new``, what a service was deployed with.
    """
    findings = []
    in_process = arguments.text("engine") == "process" and not is_notebook(arguments.text("name"))
    in_process = in_process and (is_new or "engine" in arguments.given)
    if in_process:
        findings += refuse_container_options(arguments)
    if not in_process and "engine" in arguments.given and "python" in arguments.given:
        message = "--python current is the Python of this machine, which no container holds"
        remedy = "give --environment NAME, --requirements FILE or --image REF"
        findings.append(Finding("exclusive-options", message, remedy, arguments.place_of("python")))
    return [*findings, *check_container_values(arguments)]


def refuse_container_options(arguments: Arguments) -> list[Finding]:
    """Those that were given, although what they are for runs in a process."""
    return [
        Finding(
            "exclusive-options",
            f"{flag} is about a container, and engine process runs none",
            "add --engine docker",
            arguments.place_of(dest),
        )
        for dest, flag in CONTAINER_OPTIONS.items()
        if dest in arguments.given
    ]


def check_container_values(arguments: Arguments) -> list[Finding]:
    """What is wrong with the image and the limits that were given."""
    findings = check_image_option(arguments, "image")
    for finding in check_resources(container_resources(arguments)):
        findings.append(replace(finding, place=arguments.place_of(_RESOURCES[finding.code])))
    return findings


def check_image_option(arguments: Arguments, dest: str) -> list[Finding]:
    """What is wrong with the name of an image; what is doubtful is said when it is used."""
    from azml_magics.definitions.image_source import check_image

    image = arguments.text(dest)
    found = [] if image is None else check_image(image, arguments.place_of(dest))
    return [finding for finding in found if finding.severity == "error"]


def check_base_option(arguments: Arguments) -> list[Finding]:
    """The name of the image to start from."""
    return check_image_option(arguments, "base")


def check_lock(arguments: Arguments) -> list[Finding]:
    """The image, and that it is asked for where images count."""
    findings = check_base_option(arguments)
    if "base" in arguments.given and "engine" in arguments.given and arguments.text("engine") == "process":
        message = "--base names an image, and engine process runs none"
        place = arguments.place_of("base")
        findings.append(Finding("exclusive-options", message, "leave --base out, or write --engine docker", place))
    return findings
