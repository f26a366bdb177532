"""``--file`` of ``deploy``, ``check`` and ``plan``: a file of Azure's v2, and what the line says beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cells.file_requests import given_name
from azml_magics.cells.requests import deploy_changes
from azml_magics.events import Found
from azml_magics.show.results import CheckReport

if TYPE_CHECKING:
    from azml_magics.assets.v2_deployments import FileRequest
    from azml_magics.cancel import Cancel
    from azml_magics.cells.arguments import Arguments
    from azml_magics.definitions.declarations import Declarations
    from azml_magics.definitions.deployment import Deployment, DeployRequest, ServiceReport
    from azml_magics.errors import Finding
    from azml_magics.events import Emit
    from azml_magics.plan.actions import Plan
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
        emit(Found(finding))
    return _request(read, arguments)


def dry_file_request(session: Session, arguments: Arguments) -> tuple[DeployRequest, Declarations, tuple[Finding, ...]]:
    """As :func:`file_deploy_request`, registering nothing: the declarations know the environment of the file."""
    read = _read(session, arguments, registers=False)
    known = session.declarations
    if read.environment is not None:
        known = known.with_environment(read.environment)
    return _request(read, arguments), known, read.findings


def check_file(session: Session, arguments: Arguments) -> CheckReport:
    """What deploying the file would find wrong, and what of it counts for nothing here."""
    deployment, findings = _dry_deployment(session, arguments)
    return CheckReport(deployment.name, (*session.check(deployment), *findings))


def plan_file(session: Session, arguments: Arguments) -> Plan:
    """What deploying the file would do."""
    return session.plan(_dry_deployment(session, arguments)[0])


def _dry_deployment(session: Session, arguments: Arguments) -> tuple[Deployment, tuple[Finding, ...]]:
    from azml_magics.resolve.deployment import resolve_deployment

    request, known, findings = dry_file_request(session, arguments)
    return resolve_deployment(request, known, session.workspace, session.working_directory), findings


def _request(read: FileRequest, arguments: Arguments) -> DeployRequest:
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


def _read(session: Session, arguments: Arguments, *, registers: bool = True) -> FileRequest:
    from azml_magics.assets.v2_deployments import file_request

    return file_request(
        _file(session, arguments),
        session.environments,
        name=given_name(arguments),
        takes_environment=not arguments.given & _PACKAGE_SOURCES,
        registers=registers,
    )


def _file(session: Session, arguments: Arguments) -> Path:
    return session.working_directory / arguments.require_text("file")
