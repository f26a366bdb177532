"""What a parsed command line asks for, as the values the session takes; every fault of a line is found at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from azml_magics.cells.container_options import check_container, check_image_option, container_resources
from azml_magics.cells.values import is_notebook
from azml_magics.definitions.load_test import LoadSize
from azml_magics.definitions.model import ModelReference, is_model_path
from azml_magics.errors import DeclarationError, Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments
    from azml_magics.definitions.deployment import DeployRequest, StartMode
    from azml_magics.definitions.image_source import PackagesStrategy

#: Where packages come from: dest -> how it is written. Exactly one of them is given.
_PACKAGE_SOURCES = {
    "environment": "--environment NAME",
    "requirements_file": "--requirements FILE",
    "python": "--python current",
}
#: Dests that are fields of ``DeployRequest`` as they are.
_PLAIN_FIELDS = frozenset(
    {
        "entry_script",
        "environment",
        "requirements_file",
        "source_directory",
        "models",
        "engine",
        "port",
        "workers",
        "wait_seconds",
        "skip_checks",
        "frozen",
        "packages",
        "start",
    }
)


def deploy_request(arguments: Arguments) -> DeployRequest:
    """The deployment a line of ``deploy``, ``check`` or ``plan`` asks for.

    A notebook file as target is no deployment: its own ``%azml deploy`` lines are (:mod:`azml_magics.cells.notebook`).
    Raises ``DeclarationError`` with everything that is wrong.
    """
    findings = check_deploy(arguments)
    name = arguments.require_text("name")
    if is_notebook(name):
        findings.append(
            Finding(
                "notebook-target",
                f"{name} is a notebook, not a service name",
                "read the notebook and deploy what its deploy lines name",
                arguments.place_of("name"),
            )
        )
    if findings:
        raise DeclarationError(f"{arguments.place.source} cannot be done", findings)
    return replace(
        _described(arguments),
        engine=arguments.require_text("engine"),
        port=arguments.whole("port"),
        workers=arguments.whole("workers"),
        wait_seconds=arguments.seconds("wait_seconds"),
        skip_checks=arguments.flag("skip_checks"),
        image=arguments.text("image"),
        packages=cast("PackagesStrategy | None", arguments.text("packages")),
        resources=container_resources(arguments),
        start=cast("StartMode", arguments.require_text("start")),
    )


def deploy_changes(arguments: Arguments, former: DeployRequest) -> dict[str, object]:
    """What a line of ``update`` or ``package`` changes of ``former``, by fields of ``DeployRequest``.

    Variables are added to those there are; everything else takes the place of what it was.
    """
    changes: dict[str, object] = {dest: arguments[dest] for dest in arguments.given & _PLAIN_FIELDS}
    # Of a package, --image is what it becomes.
    base = "base" if arguments.verb.name == "package" else "image"
    if base in arguments.given:
        changes["image"] = arguments[base]
    if "python" in arguments.given:
        changes["use_current_python"] = True
    if "environment_variables" in arguments.given:
        variables = {**dict(former.environment_variables), **dict(arguments.pairs("environment_variables"))}
        changes["environment_variables"] = tuple(sorted(variables.items()))
    limits = {dest: arguments[dest] for dest in arguments.given & {"cpu", "memory_gb", "gpus", "shm_size"}}
    if limits or "no_network" in arguments.given:
        network = former.resources.network and "no_network" not in arguments.given
        changes["resources"] = replace(former.resources, **limits, network=network)  # type: ignore[arg-type]
    return changes


def package_request(arguments: Arguments) -> DeployRequest:
    """The deployment that a line of ``package`` describes, for a service that there is not yet.

    Raises ``DeclarationError`` with everything that is missing.
    """
    from azml_magics.definitions.deployment import check_service_name

    name = arguments.require_text("name")
    findings = [*check_service_name(name, arguments.place_of("name")), *_check_package_source(arguments)]
    findings += _check_script(arguments, required=True)
    if findings:
        raise DeclarationError(f"{arguments.place.source} cannot be done", findings)
    return replace(
        _described(arguments),
        workers=arguments.whole("workers"),
        engine="docker",
        image=arguments.text("base"),
    )


def invoke_request(arguments: Arguments) -> DeployRequest:
    """The deployment whose script a line of ``invoke`` runs, for a service that there is not.

    Raises ``DeclarationError`` with everything that is missing.
    """
    from azml_magics.definitions.deployment import check_service_name

    name = arguments.require_text("name")
    findings = [*check_service_name(name, arguments.place_of("name")), *_check_script(arguments, required=True)]
    if findings:
        raise DeclarationError(f"{arguments.place.source} cannot be done", findings)
    return replace(
        _described(arguments),
        engine=arguments.require_text("engine"),
    )


def _described(arguments: Arguments) -> DeployRequest:
    """What every line that describes a service says of it; how it runs is the verb's own."""
    from azml_magics.definitions.deployment import DeployRequest

    return DeployRequest(
        name=arguments.require_text("name"),
        entry_script=arguments.require_text("entry_script"),
        environment=arguments.text("environment"),
        requirements_file=arguments.text("requirements_file"),
        use_current_python=arguments.text("python") is not None,
        source_directory=arguments.text("source_directory"),
        models=arguments.texts("models"),
        environment_variables=tuple(sorted(arguments.pairs("environment_variables"))),
        frozen=arguments.flag("frozen"),
    )


def check_invoke(arguments: Arguments) -> list[Finding]:
    """What is to be sent, and what it is sent to: a service that there is, or everything about a new one."""
    from azml_magics.definitions.deployment import check_port

    findings = [*check_score(arguments), *_check_variables(arguments)]
    findings += [finding for model in arguments.texts("models") for finding in _check_model(model, arguments)]
    findings += check_port(arguments.whole("debug_port"), arguments.place_of("debug_port"))
    if "json" in arguments.given and arguments.given & {"debug", "debug_port"}:
        message = "--json prints the answer alone, and --debug has to say where to attach"
        findings.append(Finding("exclusive-options", message, "leave one of them out", arguments.place_of("json")))
    if asks_again(arguments):
        return findings + _check_exclusive_sources(arguments)
    return findings + _check_package_source(arguments) + _check_script(arguments, required=True)


def check_deploy(arguments: Arguments) -> list[Finding]:
    """Everything wrong with a line of ``deploy``; a notebook as target may leave all of it to its own lines."""
    from azml_magics.definitions.deployment import check_service_name

    name = arguments.require_text("name")
    findings = [] if is_notebook(name) else check_service_name(name, arguments.place_of("name"))
    findings += _check_package_source(arguments)
    findings += _check_script(arguments, required=not is_notebook(name))
    return findings + _check_given(arguments)


def asks_again(arguments: Arguments) -> bool:
    """Whether a line of ``check`` or ``plan`` means the service of that name as it was asked for before."""
    new = {*_PACKAGE_SOURCES, "image", "entry_script"}
    return not is_notebook(arguments.require_text("name")) and not arguments.given & new


def check_plan(arguments: Arguments) -> list[Finding]:
    """As :func:`check_deploy`, but a name alone, or with changes to what it stands for, is enough."""
    return check_update(arguments) if asks_again(arguments) else check_deploy(arguments)


def check_update(arguments: Arguments) -> list[Finding]:
    """Everything wrong with what is to be changed."""
    findings = _check_exclusive_sources(arguments)
    return [*findings, *_check_script(arguments, required=False), *_check_given(arguments, is_new=False)]


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
    findings += _check_exclusive_sources(arguments) + _check_script(arguments, required=False)
    for model in arguments.texts("models"):
        findings += _check_model(model, arguments)
    return findings + _check_variables(arguments)


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


def check_options(arguments: Arguments) -> list[Finding]:
    """Everything wrong with options of ``deploy`` beside a file that says the rest."""
    return _check_exclusive_sources(arguments) + _check_given(arguments)


def _check_given(arguments: Arguments, *, is_new: bool = True) -> list[Finding]:
    from azml_magics.definitions.deployment import check_port

    findings = [finding for model in arguments.texts("models") for finding in _check_model(model, arguments)]
    findings += _check_variables(arguments)
    findings += check_container(arguments, is_new=is_new)
    return findings + check_port(arguments.whole("port"), arguments.place_of("port"))


def _check_script(arguments: Arguments, *, required: bool) -> list[Finding]:
    from azml_magics.definitions.script_rules import check_script_path

    script = arguments.text("entry_script")
    if script is not None:
        return check_script_path(script, arguments.place_of("entry_script"))
    missing = Finding("missing-argument", "the entry script is missing", "add --entry-script score.py", arguments.place)
    return [missing] if required else []


def _check_package_source(arguments: Arguments) -> list[Finding]:
    given = [dest for dest in _PACKAGE_SOURCES if dest in arguments.given]
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
    given = [dest for dest in _PACKAGE_SOURCES if dest in arguments.given]
    if len(given) < 2:
        return []
    written = " and ".join(_PACKAGE_SOURCES[dest].split()[0] for dest in given)
    return [
        Finding("exclusive-options", f"{written} exclude each other", "keep one of them", arguments.place_of(given[-1]))
    ]


def _offered_sources(arguments: Arguments) -> list[str]:
    if arguments.text("engine") == "process":
        return list(_PACKAGE_SOURCES.values())
    alone = [] if arguments.verb.name == "package" else ["--image REF"]
    return [*(written for dest, written in _PACKAGE_SOURCES.items() if dest != "python"), *alone]


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
