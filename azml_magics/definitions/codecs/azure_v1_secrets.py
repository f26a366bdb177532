"""Takes secrets out of a document of Azure's v1 environments: no workspace keeps them."""

from __future__ import annotations

import re
from typing import Any

from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import Finding, Place

#: Keys that hold a secret wherever they stand: of registries, of R packages on GitHub.
_SECRET_KEYS = ("password", "authToken")
#: A signature in the query of a storage address opens it to whoever has it.
_SIGNATURE = re.compile(r"(?<=[?&])sig=[^&\s]*&?")


def without_secrets(document: dict[str, Any], place: Place) -> tuple[dict[str, Any], list[Finding]]:
    """``document`` without them, and a warning for each, with what to do instead.

    What pip and conda need (addresses of indexes in the pip section) stays as it is.
    """
    findings: list[Finding] = []
    registry = dict(document["docker"]["baseImageRegistry"])
    if registry["username"] is not None or registry["password"] is not None:
        address = registry["address"]
        of_registry = f" of registry {address}" if address else " of the image registry"
        findings.append(
            Finding(
                "registry-credentials",
                f"user name and password{of_registry} are not kept",
                f"log in once on this machine: docker login {address or ''}".rstrip(),
                place,
                "warning",
            )
        )
        registry.update(username=None, password=None)
    docker = {**document["docker"], "baseImageRegistry": registry}
    own = ("name", "version", "environmentVariables", "python", "docker")
    rest = {key: value for key, value in document.items() if key not in own}
    build_context = docker["buildContext"]
    kept = {"buildContext": build_context, **rest}
    cleaned = _cleaned(kept, "docker", findings, place)
    docker["buildContext"] = cleaned.pop("buildContext")
    return {**document, **cleaned, "docker": docker}, findings


def _cleaned(value: Any, path: str, findings: list[Finding], place: Place) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned_entry(key, item, findings, place) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, path, findings, place) for item in value]
    if not isinstance(value, str):
        return value
    masked = _SIGNATURE.sub("", mask_credentials(value)).replace("://***@", "://").rstrip("?&")
    if mask_credentials(value) == value and not _SIGNATURE.search(value):
        return value
    findings.append(_dropped(f"the credentials in the address {masked} ({path}) are", place))
    return masked


def _cleaned_entry(key: str, value: Any, findings: list[Finding], place: Place) -> Any:
    if key in _SECRET_KEYS and value is not None:
        findings.append(_dropped(f"the {key} is", place))
        return None
    return _cleaned(value, key, findings, place)


def _dropped(what: str, place: Place) -> Finding:
    return Finding("credentials", f"{what} not kept", "keep it where the tool that needs it looks", place, "warning")
