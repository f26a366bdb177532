"""Keeping what a deployment showed: which artifact its environment uses, how long building and starting took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.events.stages import Stages
from azml_magics.plan.dockerfile import TAG_PREFIX

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

BUILDING = ("packages", "build")
STARTING = ("start", "healthy")


def remember_artifact(workspace: Workspace, deployment: Deployment, artifact: Artifact, stages: Stages) -> None:
    """Write down that the deployment's environment uses ``artifact``, with the seconds of what was really done."""
    built = [stages.seconds[step] for step in BUILDING if stages.outcomes.get(step) == "done"]
    started = [stages.seconds[step] for step in STARTING if stages.outcomes.get(step) == "done"]
    tag = artifact.image.reference if artifact.image and is_ours(artifact.image.reference) else ""
    workspace.artifacts.record(
        artifact.key,
        artifact.strategy or artifact.kind,
        deployment.environment,
        tag=tag,
        build_seconds=sum(built) if built else None,
        start_seconds=sum(started) if started else None,
        size_bytes=_size(artifact, tag) if built else None,
    )


def is_ours(reference: str) -> bool:
    """Whether an image is one that was built for an environment, by its name."""
    return reference.startswith(TAG_PREFIX)


def _size(artifact: Artifact, tag: str) -> int | None:
    """The whole size of what was built: a directory, or an image with all it stands on."""
    from azml_magics.system.sizes import measure_directory

    if artifact.directory is not None:
        return measure_directory(artifact.directory).total_bytes
    return artifact.image.size_bytes if artifact.image and tag else None
