"""Names into values: what a ``DeployRequest`` means here and now, what the checks must know, where a service lives."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from azml_magics.definitions.declarations import Declarations, near_names
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.model import (
    UNREGISTERED_NAME_LENGTH,
    UNREGISTERED_VERSION,
    Model,
    ModelReference,
    is_model_path,
)
from azml_magics.errors import AzmlError, DeclarationError, Finding, FindingsError, NotFoundError, ServiceError
from azml_magics.resolve.environment import base_image_of, find_lapsed_lock, refusal, resolve_environment, strategy_of

if TYPE_CHECKING:
    from azml_magics.definitions.endpoint import Endpoint
    from azml_magics.engines import ServicePlace
    from azml_magics.preflight import DeploymentFacts
    from azml_magics.workspace.workspace import Workspace

T = TypeVar("T")


def resolve_deployment(
    request: DeployRequest, declarations: Declarations, workspace: Workspace, working_directory: Path
) -> Deployment:
    """Look up everything ``request`` names; what this session declared wins over what is registered or on disk.

    Raises the ``NotFoundError`` or ``DeclarationError`` of the one thing that is wrong, or a ``DeclarationError`` with
    a finding for each of several.
    """
    lookups = _Lookups()
    source = lookups.attempt(lambda: _source_directory(request, working_directory))
    script = lookups.attempt(lambda: _entry_script(request, declarations, source, working_directory))
    environment = lookups.attempt(lambda: resolve_environment(request, declarations, workspace, working_directory))
    models = lookups.attempt(lambda: _models(request, lookups, workspace, working_directory)) or {}
    base_image = lookups.attempt(lambda: base_image_of(request, environment))
    lookups.raise_errors(request.name)
    assert script is not None
    return Deployment(
        name=request.name,
        entry_script=script,
        environment=environment,
        use_current_python=request.use_current_python,
        source_directory=source,
        models=tuple(models.values()),
        environment_variables=tuple(sorted(dict(request.environment_variables).items())),
        engine=request.engine,
        port=request.port,
        workers=request.workers,
        wait_seconds=request.wait_seconds,
        base_image=base_image,
        packages=strategy_of(request, environment),
        resources=request.resources,
        start=request.start,
        request=request,
        requested_in=working_directory,
    )


def deployment_facts(deployment: Deployment, workspace: Workspace, declarations: Declarations) -> DeploymentFacts:
    """What the checks must know of the disk, of the caller's interpreter, of earlier locks and of cells."""
    from azml_magics.definitions.declared_places import declared_places
    from azml_magics.preflight import DeploymentFacts
    from azml_magics.system.host import collect_host_facts, installed_packages
    from azml_magics.system.sources import importable_modules, list_source_files

    script, source = deployment.entry_script, deployment.source_directory
    beside = script.file.parent if script.file else (source or Path.cwd()) / PurePosixPath(script.path).parent
    lapsed = find_lapsed_lock(deployment.environment, workspace)
    # Both the app root and the source directory in it are on the server's path (AZUREML.md 1.4).
    source_modules = importable_modules(source) | {source.name} if source else frozenset()
    # Another folder of it may be named instead, as deployments of Azure's v2 do.
    named = PurePosixPath(deployment.variables().get("AZUREML_SOURCE_DIRECTORY", ""))
    if source and named.parts[:1] == (source.name,):
        source_modules |= importable_modules(source.joinpath(*named.parts[1:]))
    return DeploymentFacts(
        sibling_modules=importable_modules(beside),
        source_modules=source_modules,
        source_files=list_source_files(source) if source else {},
        current_packages=dict(installed_packages()) if deployment.use_current_python else {},
        host=collect_host_facts(),
        lapsed_lock=lapsed.label if lapsed else None,
        declared=declared_places(deployment, declarations),
    )


def service_place(
    deployment: Deployment,
    workspace: Workspace,
    directory: Path | None = None,
    *,
    former: Endpoint | None = None,
    lifeline: int | None = None,
) -> ServicePlace:
    """Where the service lives: ``directory``, else a new one of its own; ``former`` runs and will be replaced."""
    from azml_magics.engines import ServicePlace
    from azml_magics.system.sources import list_source_files

    return ServicePlace(
        directory=directory or workspace.service_directory(deployment.name),
        model_paths={model.label: workspace.model_path(model) for model in deployment.models},
        source_files=list_source_files(deployment.source_directory) if deployment.source_directory else {},
        workspace=str(workspace.root),
        former=former,
        lifeline=lifeline,
    )


def refreshed_deployment(deployment: Deployment, declarations: Declarations) -> Deployment:
    """``deployment`` with its script as it is now: as this session declared it, else as its file is, else unchanged.

    Raises ``NotFoundError`` (``entry-script-missing``) when the file is gone.
    """
    from azml_magics.system.files import read_text

    script = deployment.entry_script
    declared = _declared_for(deployment, declarations)
    if declared is not None:
        return replace(deployment, entry_script=replace(declared, path=script.path))
    if script.file is None:
        return deployment
    text = read_text(script.file, what="entry script", code="entry-script-missing")
    return replace(deployment, entry_script=replace(script, source=text))


#: Where packages come from: naming one of these in an update takes the place of the others.
PACKAGE_SOURCES: dict[str, object] = {"environment": None, "requirements_file": None, "use_current_python": False}


def updated_deployment(
    former: Deployment, changes: Mapping[str, object], declarations: Declarations, workspace: Workspace
) -> Deployment:
    """What ``former`` asked for means now, with ``changes`` (fields of ``DeployRequest``).

    A script that came from a cell of another session is taken as it was. Raises as :func:`resolve_deployment`, and
    ``ServiceError`` (``request-unknown``) for a service of a version that did not remember what was asked for.
    """
    if former.request is None or former.requested_in is None:
        raise ServiceError(
            f"service {former.name!r} was deployed by an older version, which did not keep what was asked for",
            remedy="deploy it once more, with everything it needs",
            code="request-unknown",
        )
    others = PACKAGE_SOURCES if changes.keys() & PACKAGE_SOURCES.keys() else {}
    request = replace(former.request, **{**others, **changes})  # type: ignore[arg-type]
    script = former.entry_script
    if script.file is None and request.entry_script == former.request.entry_script:
        declarations = declarations.with_entry_script(request.entry_script, script)
    return resolve_deployment(request, declarations, workspace, former.requested_in)


def _declared_for(deployment: Deployment, declarations: Declarations) -> EntryScript | None:
    """The declared script a running one came from: with a source directory its cell may have named it from outside."""
    path = deployment.entry_script.path
    if path in declarations.entry_scripts:
        return declarations.entry_scripts[path]
    if deployment.source_directory is None:
        return None
    whole = (deployment.source_directory / path).as_posix()
    named = [name for name in declarations.entry_scripts if whole.endswith(f"/{name}")]
    return declarations.entry_scripts[max(named, key=len)] if named else None


class _Lookups:
    """Goes on after a failed lookup, so that all of them are shown together."""

    def __init__(self) -> None:
        self._errors: list[AzmlError] = []

    def attempt(self, look_up: Callable[[], T]) -> T | None:
        try:
            return look_up()
        except (NotFoundError, DeclarationError) as error:
            self._errors.append(error)
            return None

    def raise_errors(self, name: str) -> None:
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            findings = [finding for error in self._errors for finding in _findings(error)]
            raise DeclarationError(f"service {name!r} cannot be deployed", findings)


def _findings(error: AzmlError) -> tuple[Finding, ...]:
    if isinstance(error, FindingsError):
        return error.findings
    return (Finding(error.code, error.brief, error.remedy, error.place),)


def _source_directory(request: DeployRequest, working_directory: Path) -> Path | None:
    if request.source_directory is None:
        return None
    directory = (working_directory / request.source_directory).resolve()
    if not directory.is_dir():
        raise NotFoundError(
            f"source directory {request.source_directory!r} does not exist in {working_directory}",
            remedy="--source-dir names a folder that holds the entry script",
            code="source-directory-missing",
        )
    return directory


def _entry_script(
    request: DeployRequest, declarations: Declarations, source: Path | None, working_directory: Path
) -> EntryScript:
    """The declared script of that path, else the file; its path relative to ``source`` when there is one."""
    from azml_magics.system.files import read_text

    written = request.entry_script
    name = PurePosixPath(written.replace("\\", "/")).as_posix()
    declared = declarations.entry_scripts.get(written) or declarations.entry_scripts.get(name)
    if declared is not None:
        if source is None:
            return declared
        outer = _relative(working_directory / name, source)
        return replace(declared, path=outer or _inside(request, source / name, source))
    folders = ([source] if source else []) + [working_directory]
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if file is None:
        raise _script_missing(request, declarations, folders)
    path = _inside(request, file, source) if source else _relative(file, working_directory) or file.name
    return EntryScript(path, read_text(file, what="entry script"), file=file.resolve())


def _relative(file: Path, folder: Path) -> str | None:
    """``file`` as a path inside ``folder`` with forward slashes, or ``None``; neither needs to exist."""
    resolved, base = file.resolve(), folder.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else None


def _inside(request: DeployRequest, file: Path, source: Path) -> str:
    path = _relative(file, source)
    if path is None:
        raise refusal(
            request,
            "entry-script-outside",
            f"entry script {request.entry_script!r} is outside the source directory {request.source_directory!r}",
            "move it into the folder, or name a folder that holds both",
        )
    return path


def _script_missing(request: DeployRequest, declarations: Declarations, folders: list[Path]) -> NotFoundError:
    files = {entry.name for folder in folders for entry in folder.glob("*.py")}
    offered = near_names(request.entry_script, {*declarations.entry_scripts, *files})
    return NotFoundError(
        f"entry script {request.entry_script!r} is neither declared in a cell nor a file in "
        + " or ".join(str(folder) for folder in folders),
        remedy=offered if offered.startswith("did you mean") else "declare it in a cell: %%entry_script score.py",
        code="entry-script-missing",
    )


def _models(
    request: DeployRequest, lookups: _Lookups, workspace: Workspace, working_directory: Path
) -> dict[str, Model]:
    """Label -> model."""
    models: dict[str, Model] = {}
    for text in request.models:
        model = lookups.attempt(lambda text=text: _model(text, workspace, working_directory))  # type: ignore[misc]  # mypy cannot infer it
        if model is None:
            continue
        former = models.setdefault(model.label, model)
        if former.local_path != model.local_path:
            message = f"{former.local_path} and {model.local_path} would have the same place, {model.name}/0"
            remedy = f"rename one of them: the first {UNREGISTERED_NAME_LENGTH} characters count; or register them"
            raise refusal(request, "model-name-clash", message, remedy)
    return models


def _model(text: str, workspace: Workspace, working_directory: Path) -> Model:
    if is_model_path(text):
        # Without following links: what a link is called is what its owner calls the model.
        return _unregistered_model(Path(os.path.abspath(working_directory / text)))  # noqa: PTH100
    try:
        reference = ModelReference.parse(text)
    except ValueError as error:
        finding = Finding("invalid-model", str(error), "write --model NAME or --model NAME:VERSION")
        raise DeclarationError(f"model {text!r} cannot be looked up", [finding]) from error
    try:
        return workspace.get_model(reference.name, reference.version)
    except NotFoundError as error:
        if (working_directory / text).exists():
            remedy = f"to deploy the file or folder of that name as it is, write --model ./{text}"
            raise NotFoundError(error.brief, remedy=remedy, code=error.code) from error
        raise


def _unregistered_model(path: Path) -> Model:
    """A file or folder as it is now; reading it is what tells whether it has changed since it was deployed."""
    from azml_magics.system.files import missing
    from azml_magics.workspace.content import measure

    if not path.exists():
        raise missing(path, what="model", code="model-path")
    measured = measure(path)
    return Model(
        path.name[:UNREGISTERED_NAME_LENGTH],
        UNREGISTERED_VERSION,
        path.name,
        path.is_dir(),
        measured.digest,
        measured.size_bytes,
        local_path=path,
    )
