"""``Environment.build`` and ``build_local``: what runs in an environment would need, built and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.events import Emit
from azml_magics.session import Session
from azml_magics.v1.exceptions import ImageException, raising
from azml_magics.v1.news import perform, say
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.environment import Environment


class ImageBuildDetails:
    """A build that has ended: ``location`` is a folder of this machine, or the name of an image."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.status = "Succeeded"
        self.dockerfile_link = None

    def wait_for_completion(self, show_output: bool = True) -> ImageBuildDetails:
        """It has ended."""
        if show_output:
            say(f"Build Succeeded: {self.location}")
        return self

    def cancel(self) -> None:
        """It has ended."""

    def __repr__(self) -> str:
        return f"ImageBuildDetails(status={self.status!r}, location={self.location!r})"


def build_environment(
    environment: Environment, workspace: Workspace, *, use_docker: bool | None = None
) -> ImageBuildDetails:
    """Packages on this machine, or an image; without ``use_docker`` where the environment would run.

    Registers it, as its first use. Raises ``ImageException``.
    """
    from azml_magics.v1.deploying import choose_place

    in_container = choose_place(environment).engine == "docker" if use_docker is None else use_docker
    session = session_of(workspace)
    with raising(ImageException):
        label = environment.registered_label(workspace)
        artifact = perform(
            f"building {environment.name}",
            lambda emit, cancel: _build(session, label, "docker" if in_container else "process", emit, cancel),
        )
    if artifact.image is not None:
        return ImageBuildDetails(artifact.image.reference)
    return ImageBuildDetails(str(artifact.directory or artifact.python))


def _build(session: Session, label: str, engine: str, emit: Emit, cancel: Cancel) -> Artifact:
    """What a service without a script would be built with."""
    from azml_magics.preparation import prepare
    from azml_magics.resolve_environment import base_image_of, resolve_environment

    request = DeployRequest("environment", "score.py", environment=label, engine=engine)
    environment = resolve_environment(request, session.declarations, session.workspace, session.working_directory)
    deployment = Deployment(
        request.name,
        EntryScript(request.entry_script, ""),
        environment,
        engine=engine,
        base_image=base_image_of(request, environment),
        packages="auto" if engine == "process" else "bake",
    )
    preparation = prepare(deployment, session.workspace)
    preparation.bring(emit=emit, cancel=cancel)
    return preparation.build(preparation.plan(None), emit=emit, cancel=cancel)
