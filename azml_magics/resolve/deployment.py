"""What a ``DeployRequest`` means here and now: every name in it looked up, all that is wrong said together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.model import UNREGISTERED_NAME_LENGTH, Model
from azml_magics.errors import AzmlError, DeclarationError, Finding, FindingsError, NotFoundError, ServiceError
from azml_magics.resolve.entry_script import find_redeclared, resolve_entry_script, resolve_source_directory
from azml_magics.resolve.environment import base_image_of, refusal, resolve_environment, strategy_of
from azml_magics.resolve.models import resolve_model

if TYPE_CHECKING:
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
    source = lookups.attempt(lambda: resolve_source_directory(request, working_directory))
    script = lookups.attempt(lambda: resolve_entry_script(request, declarations, source, working_directory))
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


def refreshed_deployment(deployment: Deployment, declarations: Declarations) -> Deployment:
    """``deployment`` with its script as it is now: as this session declared it, else as its file is, else unchanged.

    Raises ``NotFoundError`` (``entry-script-missing``) when the file is gone.
    """
    from azml_magics.system.files import read_text

    script = deployment.entry_script
    declared = find_redeclared(deployment, declarations)
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


def _models(
    request: DeployRequest, lookups: _Lookups, workspace: Workspace, working_directory: Path
) -> dict[str, Model]:
    """Label -> model."""
    models: dict[str, Model] = {}
    for text in request.models:
        model = lookups.attempt(lambda text=text: resolve_model(text, workspace, working_directory))  # type: ignore[misc]  # mypy cannot infer it
        if model is None:
            continue
        former = models.setdefault(model.label, model)
        if former.local_path != model.local_path:
            message = f"{former.local_path} and {model.local_path} would have the same place, {model.name}/0"
            remedy = f"rename one of them: the first {UNREGISTERED_NAME_LENGTH} characters count; or register them"
            raise refusal(request, "model-name-clash", message, remedy)
    return models
