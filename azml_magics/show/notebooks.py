"""A notebook file as target of ``deploy``, ``check`` and ``plan``: its cells, done in order without a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import Arguments
from azml_magics.cells.declaration import Declaration
from azml_magics.cells.notebook import NotebookDeclarations, read_notebook
from azml_magics.cells.requests import deploy_request
from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.deployment import DeployRequest, ServiceReport
from azml_magics.definitions.environment import Environment
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place
from azml_magics.events import Emit, Note
from azml_magics.plan.actions import Plan
from azml_magics.session import Session
from azml_magics.show.deployment_files import dry_file_request, file_deploy_request, is_from_file
from azml_magics.show.model_commands import model_meant, register_model
from azml_magics.show.results import CheckReport, Listing

#: Dests of which a deployment has exactly one: given beside the notebook, it takes the place of the cell's.
PACKAGE_SOURCES = frozenset({"environment", "requirements_file", "python"})


def deploy_notebook(session: Session, arguments: Arguments, *, emit: Emit, cancel: Cancel) -> ServiceReport | Listing:
    """Declare, register and deploy what the notebook's cells say, in their order; options given win over the cells'.

    Gives the report of its one service, or a listing of several. A model file that only running the notebook would
    write is taken from the workspace when an earlier run registered it.
    """
    notebook, inner = _open(session, arguments)
    reports = []
    for step in notebook.steps:
        cancel.check(f"deploying {notebook.name}")
        if isinstance(step, Declaration):
            _declare(inner, step)
        elif step.verb.name == "model register":
            _register(inner, step, emit)
        else:
            reports.append(inner.deploy(_request(inner, step, arguments, emit), emit=emit, cancel=cancel))
    return reports[0] if len(reports) == 1 else Listing("service", tuple(reports))


def check_notebook(session: Session, arguments: Arguments) -> CheckReport:
    """What deploying the notebook would find wrong; nothing is registered."""
    notebook, inner = _open(session, arguments)
    reports = [
        CheckReport(request.name, inner.check(inner.define(request))) for request in _dry(notebook, inner, arguments)
    ]
    findings = [*_missing_models(notebook, inner), *(finding for report in reports for finding in report.findings)]
    findings.sort(key=lambda finding: finding.severity != "error")
    return CheckReport(", ".join(report.service for report in reports), tuple(findings))


def plan_notebook(session: Session, arguments: Arguments) -> Plan | Listing:
    """What deploying the notebook would do."""
    notebook, inner = _open(session, arguments)
    plans = [inner.plan(inner.define(request)) for request in _dry(notebook, inner, arguments)]
    return plans[0] if len(plans) == 1 else Listing("plan", tuple(plans))


def register_environments(session: Session, arguments: Arguments) -> list[Environment]:
    """Register every environment that the notebook's cells declare, or the one that ``--name`` names; in their order.

    Raises ``NotFoundError`` (``unknown-environment``) where there is none.
    """
    notebook, inner = _read(session, arguments)
    for step in notebook.steps:
        if isinstance(step, Declaration):
            _declare(inner, step)
    drafts, wanted = inner.declarations.environments, arguments.text("named")
    names = list(drafts) if wanted is None else [wanted]
    found = [each for name in names if (each := inner.declarations.environment(name)) is not None]
    if not found:
        raise NotFoundError(
            f"{notebook.name} declares no environment" + (f" {wanted!r}" if wanted is not None else ""),
            remedy=near_names(wanted, drafts) if drafts and wanted else "declare one in a cell: %%environment NAME",
            code="unknown-environment",
        )
    return [inner.environments.register(each) for each in found]


def _missing_models(notebook: NotebookDeclarations, session: Session) -> Iterator[Finding]:
    """A warning for each model that is neither registered nor on disk: only running the notebook can write it."""
    for line in notebook.commands("model register"):
        path, name = model_meant(session, line)
        if not path.exists() and session.workspace.find_model(name) is None:
            message = f"{line.text('path') or path} does not exist and no model {name!r} is registered"
            yield Finding("model-path", message, "run the notebook once: it writes the model", line.place, "warning")


def _dry(notebook: NotebookDeclarations, inner: Session, arguments: Arguments) -> Iterator[DeployRequest]:
    """Each deployment as it would be asked for, leaving out models that are not registered yet but would be."""
    coming: set[str] = set()
    for step in notebook.steps:
        if isinstance(step, Declaration):
            _declare(inner, step)
        elif step.verb.name == "model register":
            _, name = model_meant(inner, step)
            if inner.workspace.find_model(name) is None:
                coming.add(name)
        else:
            line = _overridden(step, arguments)
            if is_from_file(line):
                request, inner.declarations, _ = dry_file_request(inner, line)
            else:
                request = deploy_request(line)
            yield replace(request, models=tuple(m for m in request.models if m.partition(":")[0] not in coming))


def _open(session: Session, arguments: Arguments) -> tuple[NotebookDeclarations, Session]:
    """As :func:`_read`, for a notebook that deploys something."""
    notebook, inner = _read(session, arguments)
    if not notebook.commands("deploy"):
        written = notebook.name
        finding = Finding(
            "nothing-to-deploy",
            f"{written} has no line that starts with %azml deploy",
            "add one: %azml deploy NAME --environment NAME --entry-script score.py",
            Place(written),
        )
        raise DeclarationError(f"{written} cannot be deployed", [finding])
    return notebook, inner


def _read(session: Session, arguments: Arguments) -> tuple[NotebookDeclarations, Session]:
    """The notebook, and a session of its own whose relative paths start at the notebook's folder."""
    from azml_magics.system.files import read_text
    from azml_magics.workspace.locate import locate

    written = arguments.require_text("name")
    path = session.working_directory / written
    text = read_text(path, what="notebook", code="notebook-missing")
    folder = path.resolve().parent
    inner = Session(locate(folder) or session.workspace.root, working_directory=folder)
    return read_notebook(text, name=written, read_file=_reader(folder)), inner


def _reader(folder: Path) -> Callable[[str], str]:
    return lambda name: (folder / name).read_text(encoding="utf-8-sig")


def _declare(session: Session, declaration: Declaration) -> None:
    if declaration.value is not None:
        session.declare(declaration.value)


def _request(session: Session, line: Arguments, override: Arguments, emit: Emit) -> DeployRequest:
    line = _overridden(line, override)
    return file_deploy_request(session, line, emit) if is_from_file(line) else deploy_request(line)


def _overridden(line: Arguments, override: Arguments) -> Arguments:
    """A cell's line with what the user gave beside the notebook put in its place."""
    given = override.given - {"name"}
    if given & PACKAGE_SOURCES:
        by_dest = MappingProxyType({**line.by_dest, **dict.fromkeys(PACKAGE_SOURCES)})
        line = replace(line, by_dest=by_dest, given=line.given - PACKAGE_SOURCES)
    return line.overridden_by(replace(override, given=given))


def _register(session: Session, line: Arguments, emit: Emit) -> None:
    path, name = model_meant(session, line)
    try:
        register_model(session, line)
    except NotFoundError as error:
        model = session.workspace.find_model(name)
        if model is None:
            raise NotFoundError(
                error.brief, remedy="run the notebook once: it writes the model", place=line.place, code=error.code
            ) from error
        written = line.text("path") or path
        emit(Note(f"{written} is not there: model {model.label}, registered before, is used"))
