"""The verbs about images, one function each: bases, strategies, Dockerfiles, packages, what nothing needs any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cells.requests import deploy_changes, package_request
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.errors import CancelledError, DeclarationError, Finding, ToolError
from azml_magics.show.call import Call
from azml_magics.show.describe import describe
from azml_magics.show.words import count, size_figure

if TYPE_CHECKING:
    from azml_magics.containers.connection import Connection
    from azml_magics.definitions.deployment import Deployment
    from azml_magics.images.bases import BaseBuild, BaseList, BaseReport
    from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
    from azml_magics.images.strategies import StrategyComparison
    from azml_magics.prune.unused import Pruning


def _list_bases(_: Call) -> BaseList:
    from azml_magics.images.bases import list_bases

    return list_bases()


def _show_base(call: Call) -> BaseReport:
    from azml_magics.images.bases import show_base

    return show_base(call.session.workspace, call.arguments.require_text("name"))


def _check_base(call: Call) -> BaseReport:
    from azml_magics.images.bases import check_base

    return check_base(
        call.session.workspace,
        call.arguments.require_text("name"),
        interpreter_path=call.arguments.text("interpreter_path"),
        emit=call.emit,
        cancel=call.cancel,
    )


def _build_base(call: Call) -> BaseBuild:
    from azml_magics.images.bases import build_base

    return build_base(
        call.session.workspace,
        call.arguments.require_text("name"),
        base=call.arguments.require_text("base"),
        interpreter_path=call.arguments.text("interpreter_path"),
        requirements=call.arguments.texts("requirements"),
        emit=call.emit,
        cancel=call.cancel,
    )


def _compare_strategies(call: Call) -> StrategyComparison:
    from azml_magics.images.strategies import compare_strategies, definition_named

    session, name = call.session, call.arguments.require_text("name")
    deployment = definition_named(name, session.declarations, session.workspace, session.working_directory)
    return compare_strategies(deployment, session.workspace)


def _environment_dockerfile(call: Call) -> DockerfileReport:
    from azml_magics.images.package import environment_dockerfile
    from azml_magics.resolve.environment import base_image_of, resolve_environment

    session, name = call.session, call.arguments.require_text("name")
    base = call.arguments.text("base")
    request = DeployRequest(name, "score.py", environment=name, engine="docker", image=base)
    environment = resolve_environment(request, session.declarations, session.workspace, session.working_directory)
    assert environment is not None
    return environment_dockerfile(
        session.workspace,
        environment,
        base_image=base_image_of(request, environment),
        connection=_connection_if_any(),
    )


def _package(call: Call) -> WrittenPackage | BuiltPackage:
    from azml_magics.containers.connection import connect
    from azml_magics.images.package import build_package, write_package

    arguments, session = call.arguments, call.session
    deployment = _packaged_deployment(call)
    tag = arguments.text("image")
    if tag is not None:
        return build_package(
            session.workspace, deployment, tag, connection=connect(), emit=call.emit, cancel=call.cancel
        )
    return write_package(
        session.workspace,
        deployment,
        session.working_directory / Path(arguments.require_text("output")),
        connection=_connection_if_any(),
        overwrite=arguments.flag("overwrite"),
    )


def _packaged_deployment(call: Call) -> Deployment:
    """What runs under the name, exactly so unless something is given; else what the line describes."""
    from azml_magics.resolve.deployment import updated_deployment
    from azml_magics.resolve.environment import base_image_of

    session, arguments = call.session, call.arguments
    name = arguments.require_text("name")
    record = session.workspace.find_service(name)
    if record is None:
        if not arguments.given & {"environment", "requirements_file", "entry_script"}:
            session.workspace.get_service(name)  # says so, with near names
        return session.define(package_request(arguments))
    deployment = record.deployment
    changes = deploy_changes(arguments, deployment.request) if deployment.request else {}
    if changes:
        changes["engine"] = "docker"
        return updated_deployment(deployment, changes, session.declarations, session.workspace)
    if deployment.base_image is not None or deployment.environment is None:
        return deployment
    request = DeployRequest(name, deployment.entry_script.path, engine="docker")
    return replace(deployment, base_image=base_image_of(request, deployment.environment))


def _connection_if_any() -> Connection | None:
    """Texts can be written without an engine; what they start from is then not looked into, and they say so."""
    from azml_magics.containers.connection import connect

    try:
        return connect()
    except ToolError:
        return None


def _prune(call: Call) -> Pruning:
    from azml_magics.prune.removal import remove_unused
    from azml_magics.prune.unused import find_unused

    session, arguments = call.session, call.arguments
    found = find_unused(session.workspace, session.declarations, session.working_directory)
    if not found.unused or arguments.flag("dry_run"):
        return found
    if not arguments.flag("yes"):
        _ask(call, found)
    return remove_unused(
        session.workspace,
        session.declarations,
        session.working_directory,
        found.unused,
        emit=call.emit,
        cancel=call.cancel,
    )


def _ask(call: Call, found: Pruning) -> None:
    """Returns when the answer is yes. Raises ``CancelledError``, and ``DeclarationError`` where nobody can answer."""
    if call.ask is None:
        remedy = "add --yes to remove it without a question, or --dry-run to see what it is"
        finding = Finding("cannot-ask", "nobody is there to answer a question", remedy, call.arguments.place)
        raise DeclarationError("nothing was removed", [finding])
    size = size_figure(sum(item.size_bytes for item in found.unused))
    if not call.ask(describe(found, figures=True), f"Remove {count(len(found.unused), 'thing')} ({size})?"):
        raise CancelledError("nothing was removed")


IMAGE_COMMANDS: dict[str, Callable[[Call], object]] = {
    "base list": _list_bases,
    "base show": _show_base,
    "base check": _check_base,
    "base build": _build_base,
    "strategies": _compare_strategies,
    "environment dockerfile": _environment_dockerfile,
    "package": _package,
    "prune": _prune,
}
