"""What a line about a service asks for, as the values the session takes; its faults are ``service_checks``'."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from azml_magics.cells.container_options import container_resources
from azml_magics.cells.service_checks import check_deploy, check_package_source, check_script
from azml_magics.cells.values import is_notebook
from azml_magics.errors import DeclarationError, Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments
    from azml_magics.definitions.deployment import DeployRequest, StartMode
    from azml_magics.definitions.image_source import PackagesStrategy

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
    findings = [*check_service_name(name, arguments.place_of("name")), *check_package_source(arguments)]
    findings += check_script(arguments, required=True)
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
    findings = [*check_service_name(name, arguments.place_of("name")), *check_script(arguments, required=True)]
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
