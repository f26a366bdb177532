"""The JSON document of Azure's v1 environments: its keys with their defaults, and what differs between two of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from azml_magics.definitions.azure_defaults import INTERPRETER

#: Keys and their order, with what a document means that leaves them out (AZUREML.md 3.2).
BLANK: Mapping[str, Any] = {
    "name": None,
    "version": None,
    "environmentVariables": {},
    "python": {
        "userManagedDependencies": False,
        "interpreterPath": INTERPRETER,
        "condaDependenciesFile": None,
        "baseCondaEnvironment": None,
    },
    "docker": {
        "enabled": False,
        "baseImage": None,
        "baseDockerfile": None,
        "buildContext": None,
        "sharedVolumes": True,
        "shmSize": None,
        "arguments": [],
        "baseImageRegistry": {"address": None, "username": None, "password": None, "registryIdentity": None},
        "platform": {"os": "Linux", "architecture": "amd64"},
    },
    "spark": {"repositories": [], "packages": [], "precachePackages": True},
    "databricks": {
        "mavenLibraries": [],
        "pypiLibraries": [],
        "rcranLibraries": [],
        "jarLibraries": [],
        "eggLibraries": [],
    },
    "r": None,
    "inferencingStackVersion": None,
    "assetId": None,
}
#: What the inline form has besides; files have it beside them.
INLINE_KEYS = {"python": ("condaDependencies",)}
#: Where nobody chose, Azure writes this amount of shared memory.
SHARED_MEMORY = "2g"


def blank_document() -> dict[str, Any]:
    """A copy of :data:`BLANK` to fill in."""
    return copy.deepcopy(dict(BLANK))


def complete(document: Mapping[str, Any], unknown: list[str]) -> dict[str, Any]:
    """``document`` with every key, in order; keys that Azure has not are left out and added to ``unknown``."""
    return _completed(BLANK, document, "", unknown)


def _completed(blank: Mapping[str, Any], given: Mapping[str, Any], path: str, unknown: list[str]) -> dict[str, Any]:
    inline = INLINE_KEYS.get(path, ())
    # The sections that are mappings by default hold fixed keys; environment variables are the user's own.
    unknown += [f"{path}.{key}".lstrip(".") for key in given if key not in blank and key not in inline]
    whole: dict[str, Any] = {}
    for key, default in blank.items():
        value = given.get(key, copy.deepcopy(default))
        if isinstance(default, Mapping) and default:
            value = _completed(
                default, value if isinstance(value, Mapping) else {}, f"{path}.{key}".lstrip("."), unknown
            )
        whole[key] = value
    return {**whole, **{key: given[key] for key in inline if given.get(key) is not None}}


def differences(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`merged` needs to make ``wanted`` of ``base``, which has no key that ``wanted`` lacks."""
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        if key not in base:
            found[key] = value
        elif isinstance(value, Mapping) and isinstance(base[key], Mapping):
            if inner := differences(base[key], value):
                found[key] = inner
        elif value != base[key] or type(value) is not type(base[key]):
            found[key] = value
    return found


def merged(base: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``details`` on top, mapping by mapping."""
    whole = dict(base)
    for key, value in details.items():
        former = whole.get(key)
        if isinstance(value, Mapping) and isinstance(former, Mapping):
            whole[key] = merged(former, value)
        else:
            whole[key] = value
    return whole
