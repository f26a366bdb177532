"""``azureml.core.authentication``: there is nobody to authenticate with, so every way to do it succeeds."""

from __future__ import annotations

from typing import NoReturn

from azml_magics.v1.exceptions import NotSupportedLocally


class AbstractAuthentication:
    """Takes what it is given and keeps nothing of it."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def get_authentication_header(self) -> dict[str, str]:
        """No header."""
        return {}

    def get_token(self, *_: object, **__: object) -> NoReturn:
        """Raises ``NotSupportedLocally``: there is nothing to sign in to."""
        raise NotSupportedLocally(
            "there are no tokens here", remedy="leave it out: there is nobody to authenticate with"
        )

    signed_session = get_token


class TokenAuthentication(AbstractAuthentication):
    """Asks no service."""


class ArmTokenAuthentication(AbstractAuthentication):
    """Keeps no token."""

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Nothing is kept of it."""


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Asks nobody."""


class AzureCliAuthentication(AbstractAuthentication):
    """Asks no command line."""


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Keeps no secret."""


class MsiAuthentication(AbstractAuthentication):
    """Asks no machine."""
