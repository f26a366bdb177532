"""Lines of ``deploy``, ``check`` and ``plan`` that may name a file: everything that is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.cells.service_checks import check_deploy, check_options, check_plan
from azml_magics.cells.values import is_notebook
from azml_magics.errors import Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments

#: What a file says itself, where another word would leave half of it without meaning.
_OF_THE_FILE = {"entry_script": "--entry-script", "source_directory": "--source-dir"}


def check_deploy_line(arguments: Arguments) -> list[Finding]:
    """A service is described by the line, by a notebook, or by a file with ``--file``."""
    from azml_magics.definitions.deployment import check_service_name

    if arguments.text("file") is None:
        return _check_described(arguments)
    findings = []
    for dest in ("name", "service_name"):
        name = arguments.text(dest)
        if name is not None and is_notebook(name):
            message = f"{name} and --file exclude each other"
            findings.append(Finding("exclusive-options", message, "keep one of them", arguments.place_of(dest)))
        elif name is not None:
            findings += check_service_name(name, arguments.place_of(dest))
    if arguments.text("name") and arguments.text("service_name"):
        findings.append(_exclusive("NAME and --name exclude each other", arguments, "service_name"))
    for dest, flag in _OF_THE_FILE.items():
        if dest in arguments.given:
            findings.append(
                _exclusive(f"{flag} and --file exclude each other: the file names its code", arguments, dest)
            )
    return findings + check_options(arguments)


def given_name(arguments: Arguments) -> str | None:
    """What the line calls the service."""
    return arguments.text("name") or arguments.text("service_name")


def _check_described(arguments: Arguments) -> list[Finding]:
    if arguments.text("service_name") is not None:
        return [
            _exclusive(
                "--name goes with --file", arguments, "service_name", f"write {arguments.verb.name} NAME, or add --file"
            )
        ]
    if arguments.text("name") is None:
        verb = arguments.verb.spelled(arguments.door)
        remedy = f"write {verb} NAME [options], {verb} NOTEBOOK.ipynb or {verb} --file deployment.yml"
        return [Finding("missing-argument", "NAME is missing", remedy, arguments.place)]
    return check_deploy(arguments) if arguments.verb.name == "deploy" else check_plan(arguments)


def _exclusive(message: str, arguments: Arguments, dest: str, remedy: str = "keep one of them") -> Finding:
    return Finding("exclusive-options", message, remedy, arguments.place_of(dest))
