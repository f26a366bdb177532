"""Services of a cloud under their own names and words: each is a service of this machine, made with a warning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from azml_magics.v1.checked import warn
from azml_magics.v1.deployment_configuration import DeploymentConfiguration
from azml_magics.v1.webservice import LocalWebservice

if TYPE_CHECKING:
    from azml_magics.v1.image import Image
    from azml_magics.v1.inference_config import InferenceConfig
    from azml_magics.v1.model import Model

#: State of a local service -> what the cloud says of its own: notebooks compare with these words.
CLOUD_STATES = {
    "deploying": "Transitioning",
    "running": "Healthy",
    "failed": "Failed",
    "deleted": "Deleted",
    "unknown": "Unschedulable",
}


#: What the service's object has of its configuration.
KEPT = {"tags", "properties", "description"}


class CloudDeploymentConfiguration(DeploymentConfiguration):
    """How a service of the cloud was to be deployed: what comes of it has that service's words."""

    def __init__(self, kind: type[CloudWebservice], **settings: object) -> None:
        super().__init__(**settings)
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        # What was said about cores, keys and the like; an object that is being copied has no settings yet.
        settings = self.__dict__.get("settings", {})
        return settings[name] if name in settings else super().__getattr__(name)

    @property
    def service_type(self) -> type[LocalWebservice]:
        """The class of what is deployed with it."""
        return self._kind


class CloudWebservice(LocalWebservice):
    """A service of the cloud: deployed on this machine, with a warning."""

    kind: ClassVar[str]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.compute_type = self.kind

    @property
    def state(self) -> str:
        """``Transitioning``, ``Healthy`` or ``Failed``; ``Deleted`` after :meth:`delete`."""
        return CLOUD_STATES[self._local_state()]

    @classmethod
    def deploy_configuration(cls, *_: object, **settings: object) -> Any:
        """A configuration that deploys on this machine; what only the cloud has is not used."""
        given = ", ".join(sorted(settings.keys() - KEPT)) or "its settings"
        warn(f"{cls.__name__} is not supported locally: the service is deployed on this machine, without {given}")
        return CloudDeploymentConfiguration(cls, **settings)

    def update(  # type: ignore[override]  # the SDK's: an image, where the local one takes how to build it
        self,
        image: Image | None = None,
        *,
        models: Sequence[Model | str] | None = None,
        inference_config: InferenceConfig | None = None,
        **settings: object,
    ) -> None:
        """As that of a local service; an ``image`` brings models and script. Settings of the cloud are not used."""
        if image is not None:
            models, inference_config = image.models, image.image_config
        if models is None and inference_config is None:
            warn(f"{self.name} stays as it is: {', '.join(sorted(settings)) or 'nothing'} has no effect here")
            return
        super().update(models, inference_config=inference_config)


class AciWebservice(CloudWebservice):
    """Azure Container Instances: deployed on this machine."""

    kind = "ACI"


class AksWebservice(CloudWebservice):
    """Azure Kubernetes Service: deployed on this machine."""

    kind = "AKS"


class AksEndpoint(CloudWebservice):
    """Azure Kubernetes Service with versions: deployed on this machine."""

    kind = "AKSENDPOINT"
