"""``azureml.core.authentication``: there is nobody to authenticate with, so every way to do it succeeds."""

from __future__ import annotations


class AbstractAuthentication:
    """Takes what it is given and keeps nothing of it."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def get_authentication_header(self) -> dict[str, str]:
        """No header."""
        return {}


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Asks nobody."""


class AzureCliAuthentication(AbstractAuthentication):
    """Asks no command line."""


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Keeps no secret."""


class MsiAuthentication(AbstractAuthentication):
    """Asks no machine."""
