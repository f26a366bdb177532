"""How a service was to be deployed, as notebooks say it: a port, and settings of a cloud that are kept and not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import PORTS
from azml_magics.v1.checked import Answering
from azml_magics.v1.exceptions import WebserviceException
from azml_magics.v1.unsupported import OF_CONFIGURATIONS

if TYPE_CHECKING:
    from azml_magics.v1.webservice import LocalWebservice


class DeploymentConfiguration(Answering):
    """How a service was to be deployed; what only a cloud has (cores, keys, replicas) is kept and not used."""

    port: int | None = None
    elsewhere = OF_CONFIGURATIONS

    def __init__(self, **settings: object) -> None:
        self.settings = {name: value for name, value in settings.items() if value is not None}
        self.tags = settings.get("tags")
        self.properties = settings.get("properties")
        self.description = settings.get("description")

    @property
    def service_type(self) -> type[LocalWebservice]:
        """The class of what is deployed with it."""
        from azml_magics.v1.webservice import LocalWebservice

        return LocalWebservice


class LocalWebserviceDeploymentConfiguration(DeploymentConfiguration):
    """``port`` of a local service; ``None`` is the next free one."""

    def __init__(self, port: int | None = None, **settings: object) -> None:
        super().__init__(**settings)
        if port is not None and (type(port) is not int or port not in PORTS):
            raise WebserviceException(
                f"port {port!r} is no whole number from 1 to 65535",
                remedy="leave port out to get a free one",
            )
        self.port = port
