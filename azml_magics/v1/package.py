"""``Model.package``: a service as a folder for ``docker build``, or as an image; made by what the verb calls."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.v1.checked import Answering
from azml_magics.v1.exceptions import ExistingPathException, WebserviceException, raising
from azml_magics.v1.news import perform_recorded, say
from azml_magics.v1.unsupported import OF_PACKAGES
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.inference_config import InferenceConfig
    from azml_magics.v1.model import Model


class ModelPackage(Answering):
    """A package that is ready: ``location`` is a folder or the name of an image."""

    elsewhere = OF_PACKAGES

    def __init__(self, location: str, *, is_image: bool) -> None:
        self.location = location
        self.state = "Succeeded"
        self.environment = None
        self._is_image = is_image

    def wait_for_creation(self, show_output: bool = False) -> None:
        """It is there."""
        if show_output:
            say("Package creation Succeeded")

    def get_logs(self, decode: bool = True, offset: int = 0) -> str:
        """Nothing was logged elsewhere."""
        _ = (decode, offset)
        return ""

    def serialize(self) -> dict[str, object]:
        """As a JSON object."""
        return {"location": self.location, "state": self.state, "isImage": self._is_image}

    def save(self, output_directory: str) -> None:
        """Copy the folder to ``output_directory``, which must be new or empty."""
        target = Path(output_directory)
        if self._is_image:
            raise WebserviceException("an image is no folder", remedy="generate_dockerfile=True makes a folder")
        if target.exists() and any(target.iterdir()):
            raise ExistingPathException(f"{target} is not empty", remedy="name a new folder")
        shutil.copytree(self.location, target, dirs_exist_ok=True, symlinks=True)

    def pull(self) -> None:
        """The image is here already."""
        if not self._is_image:
            raise WebserviceException("a folder cannot be pulled", remedy="save(DIR), then docker build DIR")


def package(
    workspace: Workspace,
    models: Sequence[Model | str],
    inference_config: InferenceConfig | None,
    generate_dockerfile: bool,
    image_name: str | None,
    image_label: str | None,
) -> ModelPackage:
    """The package of a service with these models; the folder, or an image on the engine in use."""
    from azml_magics.images.package import build_package, write_package
    from azml_magics.v1.deploying import deploy_request

    if inference_config is None:
        raise WebserviceException("a package needs an entry script", remedy="give inference_config")
    session = session_of(workspace)
    with raising(WebserviceException):
        request = deploy_request(workspace, "package", models, inference_config, None)
        deployment = session.define(replace(request, engine="docker"))
        digest = hashlib.sha256(repr(request).encode()).hexdigest()[:12]
        if generate_dockerfile:
            folder = session.workspace.root / "model-packages" / digest
            write_package(session.workspace, deployment, folder, overwrite=True)
            return ModelPackage(str(folder), is_image=False)
        from azml_magics.containers.connection import connect

        tag = f"{image_name or 'azml-package'}:{image_label or digest}"
        perform_recorded(
            f"packaging {tag}",
            lambda emit, cancel: build_package(
                session.workspace, deployment, tag, connection=connect(), emit=emit, cancel=cancel
            ),
            session,
            verb="package",
            name=tag,
        )
        return ModelPackage(tag, is_image=True)
