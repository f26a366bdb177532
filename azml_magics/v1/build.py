"""``Environment.build`` and ``build_local``: what runs in an environment would need, built and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.v1.checked import Answering
from azml_magics.v1.exceptions import ImageException, raising
from azml_magics.v1.news import perform_recorded, say
from azml_magics.v1.unsupported import OF_BUILDS
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.environment import Environment


class ImageBuildDetails(Answering):
    """A build that has ended: ``location`` is a folder of this machine, or the name of an image."""

    names = ("status",)
    elsewhere = OF_BUILDS

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
    environments = session.environments
    with raising(ImageException):
        label = environment.registered_label(workspace)
        built = perform_recorded(
            f"building {environment.name}",
            lambda emit, cancel: environments.build_local(label, use_docker=in_container, emit=emit, cancel=cancel),
            session,
            verb="environment build",
            name=environment.name,
        )
    return ImageBuildDetails(built.place)
