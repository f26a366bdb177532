"""What a line of ``%%run_script`` or ``run submit`` asks for, with every fault of the line at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.cells.container_options import check_container_values, container_resources, refuse_container_options
from azml_magics.definitions.model import NAME_PATTERN
from azml_magics.errors import Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments
    from azml_magics.definitions.run import RunRequest


def run_request(arguments: Arguments) -> RunRequest:
    """The run that a line asks for."""
    from azml_magics.definitions.run import RunRequest

    return RunRequest(
        script=arguments.require_text("script"),
        arguments=arguments.texts("script_arguments"),
        environment=arguments.text("environment"),
        use_current_python=arguments.text("python") is not None,
        experiment=arguments.text("experiment"),
        source_directory=arguments.text("source_directory"),
        engine=arguments.require_text("engine"),
        environment_variables=tuple(sorted(arguments.pairs("environment_variables"))),
        snapshot=not arguments.flag("no_snapshot"),
        image=arguments.text("image"),
        resources=container_resources(arguments),
        tags=tuple(sorted(arguments.pairs("tags"))),
        frozen=arguments.flag("frozen"),
    )


def check_run(arguments: Arguments) -> list[Finding]:
    """Everything wrong with a line that runs a script."""
    from azml_magics.definitions.run import check_experiment, check_run_script

    findings = check_run_script(arguments.require_text("script"), arguments.place_of("script"))
    experiment = arguments.text("experiment")
    if experiment is not None:
        findings += check_experiment(experiment, arguments.place_of("experiment"))
    if {"environment", "python"} <= arguments.given:
        message = "--environment and --python exclude each other"
        findings.append(Finding("exclusive-options", message, "keep one of them", arguments.place_of("python")))
    in_process = arguments.require_text("engine") == "process"
    if in_process:
        findings += refuse_container_options(arguments)
    for dest, flag in (("python", "--python"), ("no_snapshot", "--no-snapshot")):
        if not in_process and dest in arguments.given:
            message = f"{flag} is about this machine, and a container has its own Python and its own copy of the source"
            findings.append(Finding("exclusive-options", message, f"leave {flag} out", arguments.place_of(dest)))
    return [*findings, *check_container_values(arguments)]


def check_run_model(arguments: Arguments) -> list[Finding]:
    """The name of a model that is registered from a run."""
    name = arguments.require_text("model_name") if "model_name" in arguments.given else ""
    if not name or NAME_PATTERN.fullmatch(name):
        return []
    message = f"model name {name[:60]!r} is not 1 to 255 letters, digits, '-', '.' and '_'"
    return [Finding("invalid-model-name", message, "for instance --name digits", arguments.place_of("model_name"))]
