"""``Webservice.deploy...``: how services were deployed before ``Model.deploy``, which each of them is here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.v1.deployment_configuration import DeploymentConfiguration
    from azml_magics.v1.image import Image
    from azml_magics.v1.inference_config import InferenceConfig
    from azml_magics.v1.model import Model
    from azml_magics.v1.webservice import LocalWebservice
    from azml_magics.v1.workspace import Workspace


class FormerDeployments:
    """The part of :class:`~azml_magics.v1.webservice.Webservice` from the time of images."""

    @staticmethod
    def deploy_from_model(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        image_config: InferenceConfig,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
    ) -> LocalWebservice:
        """As ``Model.deploy``, from the time before environments: ``image_config`` says script and packages."""
        from azml_magics.v1.deploying import deploy

        _ = overwrite
        return deploy(workspace, name, models, image_config, deployment_config, deployment_target)

    @staticmethod
    def deploy_from_image(
        workspace: Workspace,
        name: str,
        image: Image,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
    ) -> LocalWebservice:
        """Serve what ``ContainerImage.create`` was given."""
        given = (deployment_config, deployment_target, overwrite)
        return FormerDeployments.deploy_from_model(workspace, name, image.models, image.image_config, *given)

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        model_paths: Sequence[str],
        image_config: InferenceConfig,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
    ) -> LocalWebservice:
        """Register the files, each under its own name, and serve them."""
        from azml_magics.v1.model import Model

        models = [Model.register(workspace, path, Path(path).name) for path in model_paths]
        given = (deployment_config, deployment_target, overwrite)
        return FormerDeployments.deploy_from_model(workspace, name, models, image_config, *given)
