"""Every fault of a line about a service, found at once; what the line asks for is left to ``requests``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from azml_magics.cells.container_options import check_base_option, check_container, check_image_option
from azml_magics.cells.values import is_notebook
from azml_magics.definitions.load_test import LoadSize
from azml_magics.definitions.model import ModelReference, is_model_path
from azml_magics.errors import Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments

#: Where packages come from: dest -> how it is written. Exactly one of them is given.
PACKAGE_SOURCES = {
    "environment": "--environment NAME",
    "requirements_file": "--requirements FILE",
    "python": "--python current",
}


def asks_again(arguments: Arguments) -> bool:
    """Whether a line of ``check`` or ``plan`` means the service of that name as it was asked for before."""
    new = {*PACKAGE_SOURCES, "image", "entry_script"}
    return not is_notebook(arguments.require_text("name")) and not arguments.given & new


def check_deploy(arguments: Arguments) -> list[Finding]:
    """Everything wrong with a line of ``deploy``; a notebook as target may leave all of it to its own lines."""
    from azml_magics.definitions.deployment import check_service_name

    name = arguments.require_text("name")
    findings = [] if is_notebook(name) else check_service_name(name, arguments.place_of("name"))
    findings += check_package_source(arguments)
    findings += check_script(arguments, required=not is_notebook(name))
    return findings + _check_given(arguments)


def check_plan(arguments: Arguments) -> list[Finding]:
    """As :func:`check_deploy`, but a name alone, or with changes to what it stands for, is enough."""
    return check_update(arguments) if asks_again(arguments) else check_deploy(arguments)


def check_update(arguments: Arguments) -> list[Finding]:
    """Everything wrong with what is to be changed."""
    findings = _check_exclusive_sources(arguments)
    return [*findings, *check_script(arguments, required=False), *_check_given(arguments, is_new=False)]


def check_options(arguments: Arguments) -> list[Finding]:
    """Everything wrong with options of ``deploy`` beside a file that says the rest."""
    return _check_exclusive_sources(arguments) + _check_given(arguments)


def check_package(arguments: Arguments) -> list[Finding]:
    """``package`` goes to one place, a folder or an image."""
    output, image = arguments.text("output"), arguments.text("image")
    findings = []
    if (output is None) == (image is None):
        message = (
            "it is not said where the package goes" if output is None else "--output and --image exclude each other"
        )
        code = "missing-argument" if output is None else "exclusive-options"
        remedy = "write --output DIR for a folder, or --image TAG for an image"
        findings.append(Finding(code, message, remedy, arguments.place_of("image")))
    findings += check_image_option(arguments, "image") + check_base_option(arguments)
    findings += _check_exclusive_sources(arguments) + check_script(arguments, required=False)
    for model in arguments.texts("models"):
        findings += _check_model(model, arguments)
    return findings + _check_variables(arguments)


def check_invoke(arguments: Arguments) -> list[Finding]:
    """What is to be sent, and what it is sent to: a service that there is, or everything about a new one."""
    from azml_magics.definitions.deployment import check_port

    findings = [*check_score(arguments), *_check_variables(arguments)]
    findings += [finding for model in arguments.texts("models") for finding in _check_model(model, arguments)]
    findings += check_port(arguments.whole("debug_port"), arguments.place_of("debug_port"), option="--debug-port")
    if "json" in arguments.given and arguments.given & {"debug", "debug_port"}:
        message = "--json prints the answer alone, and --debug has to say where to attach"
        findings.append(Finding("exclusive-options", message, "leave one of them out", arguments.place_of("json")))
    if asks_again(arguments):
        return findings + _check_exclusive_sources(arguments)
    return findings + check_package_source(arguments) + check_script(arguments, required=True)


def check_score(arguments: Arguments) -> list[Finding]:
    """Without a body below it, a line of ``score`` needs ``--data``."""
    if arguments.door == "cell" or arguments.text("data") is not None:
        return []
    remedy = "add --data with JSON, @FILE or - for standard input"
    return [Finding("missing-argument", "there is nothing to send", remedy, arguments.place)]


def check_load_test(arguments: Arguments) -> list[Finding]:
    """The size must be one that can be done."""
    requests, concurrency = arguments.whole("requests"), arguments.whole("concurrency")
    assert requests is not None
    assert concurrency is not None
    findings = LoadSize(requests, concurrency).findings()
    return [replace(finding, place=arguments.place_of(finding.message.split()[0])) for finding in findings]


def check_name_or_all(arguments: Arguments) -> list[Finding]:
    """What ends things wants a name or ``--all``, not both."""
    name, verb = arguments.text("name"), arguments.verb.name
    if (name is None) == arguments.flag("all"):
        return []
    if name is None:
        message, code = f"it is not said what to {verb}", "missing-argument"
    else:
        message, code = f"{name} and --all exclude each other", "exclusive-options"
    return [Finding(code, message, f"write {verb} NAME or {verb} --all", arguments.place_of("name"))]


def check_script(arguments: Arguments, *, required: bool) -> list[Finding]:
    """The path of the entry script, and that there is one where it is ``required``."""
    from azml_magics.definitions.script_rules import check_script_path

    script = arguments.text("entry_script")
    if script is not None:
        return check_script_path(script, arguments.place_of("entry_script"))
    missing = Finding("missing-argument", "the entry script is missing", "add --entry-script score.py", arguments.place)
    return [missing] if required else []


def check_package_source(arguments: Arguments) -> list[Finding]:
    """One place that packages come from, and only one; a notebook may leave it to its own lines."""
    given = [dest for dest in PACKAGE_SOURCES if dest in arguments.given]
    if given or is_notebook(arguments.require_text("name")):
        return _check_exclusive_sources(arguments)
    if "image" in arguments.given and arguments.verb.name != "package":
        return []
    return [
        Finding(
            "missing-argument",
            "it is not said which packages the service runs with",
            "add one of " + ", ".join(_offered_sources(arguments)),
            arguments.place,
        )
    ]


def _check_exclusive_sources(arguments: Arguments) -> list[Finding]:
    given = [dest for dest in PACKAGE_SOURCES if dest in arguments.given]
    if len(given) < 2:
        return []
    written = " and ".join(PACKAGE_SOURCES[dest].split()[0] for dest in given)
    return [
        Finding("exclusive-options", f"{written} exclude each other", "keep one of them", arguments.place_of(given[-1]))
    ]


def _offered_sources(arguments: Arguments) -> list[str]:
    if arguments.text("engine") == "process":
        return list(PACKAGE_SOURCES.values())
    alone = [] if arguments.verb.name == "package" else ["--image REF"]
    return [*(written for dest, written in PACKAGE_SOURCES.items() if dest != "python"), *alone]


def _check_given(arguments: Arguments, *, is_new: bool = True) -> list[Finding]:
    from azml_magics.definitions.deployment import check_port

    findings = [finding for model in arguments.texts("models") for finding in _check_model(model, arguments)]
    findings += _check_variables(arguments)
    findings += check_container(arguments, is_new=is_new)
    return findings + check_port(arguments.whole("port"), arguments.place_of("port"))


def _check_model(model: str, arguments: Arguments) -> list[Finding]:
    if is_model_path(model):
        return []
    try:
        ModelReference.parse(model)
    except ValueError as error:
        remedy = "write --model NAME or --model NAME:VERSION, or --model ./PATH for a file or folder"
        return [Finding("invalid-model", str(error), remedy, arguments.place_of("models", model))]
    return []


def _check_variables(arguments: Arguments) -> list[Finding]:
    findings = []
    values: dict[str, str] = {}
    for key, value in arguments.pairs("environment_variables"):
        if values.setdefault(key, value) != value:
            findings.append(
                Finding(
                    "duplicate-key",
                    f"--env {key} is given twice with different values",
                    "keep one of them",
                    arguments.place_of("environment_variables", f"{key}={value}"),
                )
            )
    return findings
