"""Building an environment without a service: a virtual or conda environment here, or an image on a Docker engine."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.errors import PreflightError
from azml_magics.events import Emit
from azml_magics.events.stages import Stages

if TYPE_CHECKING:
    from azml_magics.definitions.artifact import Artifact
    from azml_magics.workspace.workspace import Workspace

BUILDING = ("packages", "build")


@dataclass(frozen=True)
class EnvironmentBuild:
    """What was built, or was there already (``reused``, by ``reason``).

    ``kind`` is ``venv``, ``conda`` or ``image``; ``place`` the directory, or the image's name. ``python`` is its
    interpreter (inside, for an image), ``installed`` are (name, version) of what is in it. ``seconds`` is what it took.
    """

    environment: Environment
    kind: Literal["venv", "conda", "interpreter", "image"]
    place: str
    python: Path
    reused: bool
    reason: str
    seconds: float
    installed: tuple[tuple[str, str], ...] = ()


def build_environment(
    workspace: Workspace,
    environment: Environment,
    *,
    use_docker: bool = False,
    base_image: str | None = None,
    emit: Emit,
    cancel: Cancel,
) -> EnvironmentBuild:
    """What a service of ``environment`` would run from, the server included, so that deploying one finds it built.

    With ``use_docker`` an image with everything in it, made from ``base_image`` where the environment names none.
    Raises ``BuildError``, ``PreflightError``, ``ToolError``, ``NotFoundError`` and ``CancelledError``.
    """
    from azml_magics.preflight.requirements import check_pip_section
    from azml_magics.preparation import prepare
    from azml_magics.preparation.measures import remember_artifact

    faults = [*check_pip_section(environment)]
    if faults:
        raise PreflightError(f"environment {environment.label} cannot be built", faults)
    deployment = _deployment(environment, base_image, use_docker=use_docker)
    stages, began = Stages(emit), time.perf_counter()
    preparation = prepare(deployment, workspace)
    preparation.bring(emit=stages, cancel=cancel)
    try:
        plan = preparation.plan(None)
    except PreflightError as error:  # whose words are about a service
        raise PreflightError(f"environment {environment.label} cannot be built", error.findings) from error
    artifact = preparation.build(plan, emit=stages, cancel=cancel)
    remember_artifact(workspace, deployment, artifact, stages)
    done = [step for step in BUILDING if stages.outcomes.get(step) == "done"]
    kind = plan.action("build" if use_docker else "packages").kind
    reason = plan.action("build" if use_docker else "packages").reason
    return EnvironmentBuild(
        environment,
        artifact.kind,
        _place(artifact),
        artifact.python,
        reused=not done,
        reason=reason if kind != "run" else "",
        seconds=time.perf_counter() - began,
        installed=artifact.installed,
    )


def _deployment(environment: Environment, base_image: str | None, *, use_docker: bool) -> Deployment:
    from azml_magics.resolve.environment import base_image_of

    script = EntryScript("score.py", "")
    deployment = Deployment(environment.name, script, environment)
    if not use_docker:
        return deployment
    request = DeployRequest(environment.name, "score.py", environment=environment.name, engine="docker")
    base = base_image_of(replace(request, image=base_image), environment)
    return replace(deployment, engine="docker", base_image=base, packages="bake")


def _place(artifact: Artifact) -> str:
    if artifact.image is not None:
        return artifact.image.reference
    return str(artifact.directory or artifact.python)
