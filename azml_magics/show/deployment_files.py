"""``deploy --file``: a file of Azure's v2, and what the line says beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cells.file_requests import given_name
from azml_magics.cells.requests import deploy_changes
from azml_magics.events import Note

if TYPE_CHECKING:
    from azml_magics.assets.v2_deployments import FileRequest
    from azml_magics.cancel import Cancel
    from azml_magics.cells.arguments import Arguments
    from azml_magics.definitions.deployment import DeployRequest, ServiceReport
    from azml_magics.events import Emit
    from azml_magics.session import Session

#: What of a line takes the place of the file's environment.
_PACKAGE_SOURCES = frozenset({"environment", "requirements_file", "python"})


def is_from_file(arguments: Arguments) -> bool:
    """Whether a line of ``deploy`` means a file."""
    return arguments.text("file") is not None


def service_named(session: Session, arguments: Arguments) -> str | None:
    """What the service of a line will be called: as it says, else as the file it names does.

    Raises ``NotFoundError`` and ``DeclarationError`` for a file that cannot be read.
    """
    name = given_name(arguments)
    if name is not None or not is_from_file(arguments):
        return name
    from azml_magics.assets.v2_deployments import load_deployment_file

    return load_deployment_file(_file(session, arguments)).service_name


def file_deploy_request(session: Session, arguments: Arguments, emit: Emit) -> DeployRequest:
    """The service of the file, with what else the line says; what counts for nothing is told by ``emit``."""
    read = _read(session, arguments)
    for finding in read.findings:
        emit(Note(f"{finding.severity}: " + "\n".join(finding.lines())))
    request = replace(
        read.request,
        engine=arguments.require_text("engine"),
        wait_seconds=arguments.seconds("wait_seconds"),
        skip_checks=arguments.flag("skip_checks"),
    )
    return replace(request, **deploy_changes(arguments, request))  # type: ignore[arg-type]  # fields by their names


def deploy_file(session: Session, arguments: Arguments, *, emit: Emit, cancel: Cancel) -> ServiceReport:
    """Deploy what the file says."""
    return session.deploy(file_deploy_request(session, arguments, emit), emit=emit, cancel=cancel)


def _read(session: Session, arguments: Arguments) -> FileRequest:
    from azml_magics.assets.v2_deployments import file_request

    return file_request(
        _file(session, arguments),
        session.environments,
        name=given_name(arguments),
        takes_environment=not arguments.given & _PACKAGE_SOURCES,
    )


def _file(session: Session, arguments: Arguments) -> Path:
    return session.working_directory / arguments.require_text("file")
