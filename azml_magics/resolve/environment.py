"""The environment, image and strategy that a ``DeployRequest`` means; the rest of it is left to ``deployment``."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.conda_rules import installs_conda
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.dockerfile_text import parse_dockerfile, reads_context
from azml_magics.definitions.environment import Environment, check_name
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

#: The image that environments are made from which name none.
BASE_IMAGE_VARIABLE = "AZML_BASE_IMAGE"


def resolve_environment(
    request: DeployRequest, declarations: Declarations, workspace: Workspace, working_directory: Path
) -> Environment | None:
    """The environment of the deployment; ``None`` for the current Python, and for an image as it is.

    Its directories are absolute, and there. Raises ``DeclarationError`` (``not-frozen`` for one without a lock where
    that was asked for), ``NotFoundError``.
    """
    found = _unfrozen_environment(request, declarations, workspace, working_directory)
    if request.frozen:
        require_lock(found, workspace, f"{request.name} cannot run from a lock")
    return found


def _unfrozen_environment(
    request: DeployRequest, declarations: Declarations, workspace: Workspace, working_directory: Path
) -> Environment | None:
    given = [request.environment, request.requirements_file, request.use_current_python or None]
    is_image_alone = request.engine != "process" and request.image is not None and not any(given)
    if not is_image_alone and sum(value is not None for value in given) != 1:
        raise refusal(
            request,
            "missing-argument" if not any(given) else "exclusive-options",
            "a service needs exactly one of environment, requirements file and the current Python",
            "give --environment NAME, --requirements FILE or --python current; in a container also --image alone",
        )
    if request.requirements_file is not None:
        return with_lock(_file_environment(request.name, request.requirements_file, working_directory), workspace)
    if request.environment is not None:
        found = get_named_environment(request.environment, declarations, workspace)
        return as_meant_here(_unless_contradicted(found, request), working_directory, workspace)
    return None


def as_meant_here(environment: Environment, working_directory: Path, workspace: Workspace) -> Environment:
    """``environment`` with absolute directories, as :func:`located`, and with its lock, as :func:`with_lock`."""
    return with_lock(located(environment, working_directory), workspace)


def with_lock(environment: Environment, workspace: Workspace) -> Environment:
    """``environment`` with the newest lock that was made for this very definition under its name, if there is one.

    So a cell that declares again what was locked means the locked one. A registered version stays as it is.
    """
    if environment.version is not None or holding_lock(environment) is not None:
        return environment
    digest = environment.unlocked().digest()
    for registered in reversed(workspace.list_environments(environment.name)):
        if registered.lock is not None and registered.lock.definition == digest:
            return replace(environment, lock=registered.lock)
    return environment


def find_lapsed_lock(environment: Environment | None, workspace: Workspace) -> Environment | None:
    """The newest locked version of a declared environment that was changed since then and has no lock any more."""
    if environment is None or environment.version is not None or holding_lock(environment) is not None:
        return None
    locked = [known for known in workspace.list_environments(environment.name) if known.lock is not None]
    return locked[-1] if locked else None


def require_lock(environment: Environment | None, workspace: Workspace, brief: str) -> None:
    """What ``--frozen`` asks for: raises ``DeclarationError`` (``not-frozen``) unless a lock holds."""
    if holding_lock(environment) is None:
        message, remedy = _why_not_frozen(environment, workspace)
        raise DeclarationError(brief, [Finding("not-frozen", message, remedy)])


def _why_not_frozen(environment: Environment | None, workspace: Workspace) -> tuple[str, str]:
    from azml_magics.plan.curated import find_curated

    if environment is None:
        return "it runs with what is there already, which has no lock", "leave --frozen out, or name an environment"
    remedy = f"lock it: azml environment lock {environment.name}"
    if find_curated(environment.name) is not None:
        remedy = (
            f"a curated one has none: copy it (azml environment clone {environment.name} NAME), then lock the copy "
            "(azml environment lock NAME)"
        )
    lapsed = find_lapsed_lock(environment, workspace)
    if lapsed is not None or environment.lock is not None:
        label = lapsed.label if lapsed is not None else environment.label
        return f"environment {environment.name!r} was changed after {label} was locked: that lock does not hold", remedy
    return f"environment {environment.label!r} has no lock", remedy


def get_named_environment(text: str, declarations: Declarations, workspace: Workspace) -> Environment:
    """The environment ``NAME`` (declared here, else curated, else the newest registered) or ``NAME:VERSION``.

    Raises ``NotFoundError`` (``unknown-environment``, ``unknown-environment-version``) with near names or versions.
    """
    from azml_magics.plan.curated import curated_environments, find_curated

    name, colon, version = text.partition(":")
    found = None if colon else declarations.environment(name) or find_curated(name)
    if found is not None:
        return with_lock(found, workspace)
    try:
        curated = difflib.get_close_matches(name, [each.name for each in curated_environments()])
        known = {*declarations.environments, *curated}
        return workspace.get_environment(name, version if colon else None, also=known)
    except NotFoundError as error:
        if not colon or error.code != "unknown-environment" or name not in known:
            raise
        kind = "declared here" if name in declarations.environments else "curated"
        raise NotFoundError(
            f"environment {name!r} is {kind} and was never registered: there is no version {version!r}",
            remedy=f"leave the version out: {name}",
            code="unknown-environment-version",
        ) from error


def located(environment: Environment, working_directory: Path) -> Environment:
    """``environment`` with absolute directories; what is copied without a context comes from ``working_directory``.

    Raises ``NotFoundError`` (``context-missing``, ``site-packages-missing``) for one that is not there.
    """
    source = environment.image_source
    text = "\n".join([source.dockerfile or "", *source.steps_before, *source.steps_after])
    if source.context is None and reads_context(parse_dockerfile(text)):
        source = replace(source, context=".")
    source = source.located(working_directory)
    for key, path in (("context", source.context), ("site_packages", source.site_packages)):
        if path is not None and not Path(path).is_dir():
            raise NotFoundError(
                f"{key} of environment {environment.name!r} is no directory: {path}",
                remedy="name one that is there; a relative path starts at the notebook's folder",
                code=f"{key.replace('_', '-')}-missing",
            )
    return replace(environment, requirements=environment.requirements.located(working_directory), image_source=source)


def _unless_contradicted(environment: Environment, request: DeployRequest) -> Environment:
    """``environment``, unless it says something else than the request."""
    for finding in contradictions(environment, image=request.image, packages=request.packages):
        raise refusal(request, finding.code, finding.message, finding.remedy)
    return environment


def contradictions(
    environment: Environment, *, image: str | None, packages: PackagesStrategy | None = None
) -> list[Finding]:
    """What ``environment`` says otherwise than was asked for: neither would win visibly."""
    source = environment.image_source
    stated = "a Dockerfile" if source.dockerfile is not None else source.image
    found = []
    if image is not None and stated not in (None, image):
        found.append(("--image", f"has {stated}", image))
    if packages is not None and source.packages not in ("auto", packages):
        found.append(("--packages", f"says packages: {source.packages}", packages))
    return [
        Finding(
            "exclusive-options",
            f"environment {environment.name!r} {said}, {flag} asks for {asked}",
            f"leave {flag} out, or take it out of the environment",
        )
        for flag, said, asked in found
    ]


def _file_environment(service: str, file: str, working_directory: Path) -> Environment:
    from azml_magics.definitions.requirements import parse_requirements
    from azml_magics.system.files import read_text

    path = working_directory / file
    requirements = parse_requirements(
        read_text(path, what="requirements file", code="requirements-file-missing"),
        place=Place(file),
        read_file=lambda name: (path.parent / name).read_text(encoding="utf-8-sig"),
    )
    name = f"{service}-requirements"
    # A service may be called like a curated environment, an environment of ours may not.
    return Environment(f"service-{name}" if check_name(name) else name, requirements=requirements.located(path.parent))


def base_image_of(request: DeployRequest, environment: Environment | None) -> str | None:
    """What a container is made from: the environment's image, else what was asked for, else what is usual here.

    ``AZML_BASE_IMAGE`` says what is usual; without it, the newest prebuilt image of that Python. ``None`` where none is
    needed. Raises ``DeclarationError`` (``no-base-image``).
    """
    from azml_magics.plan.base_images import default_base_image

    source = environment.image_source if environment else ImageSource()
    if request.engine == "process" or source.dockerfile is not None:
        return None
    # Conda brings a Python of its own.
    python = environment.python if environment and not installs_conda(environment) else None
    named = source.image or request.image or os.environ.get(BASE_IMAGE_VARIABLE) or default_base_image(python)
    if named is None:
        remedy = f"name an image that has it: image: in the environment, --image, or {BASE_IMAGE_VARIABLE}"
        raise refusal(request, "no-base-image", f"no prebuilt image has Python {python}", remedy)
    return named


def strategy_of(request: DeployRequest, environment: Environment | None) -> PackagesStrategy:
    """How packages get into the container: as the environment says, else as was asked for."""
    stated = environment.image_source.packages if environment else "auto"
    return stated if stated != "auto" else request.packages or "auto"


def refusal(request: DeployRequest, code: str, message: str, remedy: str) -> DeclarationError:
    """The error for a request with one fault."""
    return DeclarationError(f"service {request.name!r} cannot be deployed", [Finding(code, message, remedy)])
