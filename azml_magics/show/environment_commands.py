"""The verbs about environments: see ``commands``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cells.environment_requests import environment_label
from azml_magics.cells.values import is_notebook
from azml_magics.errors import DeclarationError, Finding
from azml_magics.plan.curated import find_curated
from azml_magics.show.call import Call
from azml_magics.show.environment_results import (
    Archiving,
    RegisteredEnvironment,
)
from azml_magics.show.results import CheckReport, Listing
from azml_magics.show.words import count

if TYPE_CHECKING:
    from azml_magics.assets.building import EnvironmentBuild
    from azml_magics.assets.environment_files import SavedEnvironment
    from azml_magics.definitions.environment import Environment
    from azml_magics.definitions.environment_diff import EnvironmentDiff
    from azml_magics.definitions.private_wheel import PrivateWheel


def _scaffold(call: Call) -> SavedEnvironment:
    from azml_magics.assets.environment_files import save_environment
    from azml_magics.definitions.scaffold import scaffold_environment

    arguments = call.arguments
    directory = _path(call, "directory")
    if directory.exists():
        finding = Finding(
            "directory-exists",
            f"{directory} exists",
            "choose another directory: nothing of yours is overwritten",
            arguments.place_of("directory"),
        )
        raise DeclarationError(f"{arguments.place.source} cannot be done", [finding])
    return save_environment(scaffold_environment(arguments.require_text("named")), directory)


def _register(call: Call) -> RegisteredEnvironment | Listing:
    from azml_magics.preflight.environment import check_credentials
    from azml_magics.show.environment_sources import environment_meant

    arguments = call.arguments
    if is_notebook(arguments.text("name") or ""):
        from azml_magics.show.notebooks import register_environments

        return Listing("environment", tuple(register_environments(call.session, arguments)))
    environment, findings = environment_meant(call)
    changes: dict[str, object] = {"description": arguments.text("description") or environment.description}
    if arguments.pairs("tags"):
        changes["tags"] = tuple(sorted(dict(arguments.pairs("tags")).items()))
    changed = replace(environment, **changes)  # type: ignore[arg-type]  # texts and pairs of them
    registered = call.session.environments.register(changed)
    return RegisteredEnvironment(registered, (*findings, *check_credentials(registered)))


def _list(call: Call) -> Listing:
    """What is declared here, then of each registered name the newest version."""
    arguments, environments = call.arguments, call.session.environments
    archived = arguments.flag("archived")
    if arguments.flag("curated"):
        return Listing("environment", tuple(environments.list_curated()))
    name = arguments.text("named")
    if name is not None:
        found = environments.list_all(name, archived=archived)
        if not found:
            environments.get(name)  # an unknown one is an error, not an empty list
        return Listing("environment", tuple(found))
    drafts = call.session.declarations.environments
    declared = tuple(drafts[each] for each in sorted(drafts))
    if arguments.flag("all_versions"):
        return Listing("environment", (*declared, *environments.list_all(archived=archived)))
    curated = count(len(environments.list_curated()), "curated environment")
    rest = f"{curated}: environment list --curated"
    return Listing("environment", (*declared, *environments.list_newest(archived=archived)), rest=rest)


def _show(call: Call) -> Environment:
    """The declared one of that name, else the registered one."""
    return call.session.environments.get(environment_label(call.arguments))


def _download(call: Call) -> SavedEnvironment:
    from azml_magics.assets.environment_files import save_environment

    environment = call.session.environments.get(environment_label(call.arguments))
    if call.arguments.text("format") == "v2":
        directory, overwrite = Path(call.arguments.require_text("directory")), call.arguments.flag("overwrite")
        return call.session.environments.save_file(environment, directory, overwrite=overwrite)
    return save_environment(environment, _path(call, "directory"), overwrite=call.arguments.flag("overwrite"))


def _diff(call: Call) -> EnvironmentDiff:
    return call.session.environments.diff(call.arguments.require_text("name"), call.arguments.text("other"))


def _archive(call: Call, *, archived: bool = True) -> Archiving:
    name, colon, version = environment_label(call.arguments).partition(":")
    # "A:" is a version that was left out by mistake, and not all of them.
    chosen = call.session.environments.archive(name, version if colon else None, archived=archived)
    return Archiving(tuple(chosen), archived)


def _restore(call: Call) -> Archiving:
    return _archive(call, archived=False)


def _clone(call: Call) -> RegisteredEnvironment:
    arguments = call.arguments
    copied = call.session.environments.clone(arguments.require_text("name"), arguments.require_text("new_name"))
    return RegisteredEnvironment(copied)


def _check(call: Call) -> CheckReport:
    from azml_magics.preflight.environment import check_environment
    from azml_magics.show.environment_sources import environment_in_directory

    if call.arguments.text("directory") is not None:
        environment, findings = environment_in_directory(call)
    else:
        environment, findings = call.session.environments.get(environment_label(call.arguments)), ()
    is_curated = find_curated(environment.name) == environment
    checked = check_environment(environment, is_curated=is_curated)
    found = sorted((*findings, *checked), key=lambda finding: finding.severity != "error")
    return CheckReport(f"environment {environment.label}", tuple(found))


def _add_wheel(call: Call) -> PrivateWheel:
    from azml_magics.assets.wheels import add_wheel

    return add_wheel(call.session.workspace, _path(call, "path"), exist_ok=call.arguments.flag("exist_ok"))


def _build(call: Call) -> EnvironmentBuild:
    arguments = call.arguments
    base = arguments.text("base")
    return call.session.environments.build_local(
        arguments.require_text("name"),
        use_docker=base is not None or arguments.require_text("engine") == "docker",
        base_image=base,
        frozen=arguments.flag("frozen"),
        emit=call.emit,
        cancel=call.cancel,
    )


def _path(call: Call, dest: str) -> Path:
    return call.session.working_directory / call.arguments.require_text(dest)


ENVIRONMENT_COMMANDS: dict[str, Callable[[Call], object]] = {
    "environment scaffold": _scaffold,
    "environment register": _register,
    "environment list": _list,
    "environment show": _show,
    "environment download": _download,
    "environment diff": _diff,
    "environment archive": _archive,
    "environment restore": _restore,
    "environment clone": _clone,
    "environment check": _check,
    "environment add-wheel": _add_wheel,
    "environment build": _build,
}
