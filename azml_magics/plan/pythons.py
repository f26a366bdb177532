"""Which Python an environment gets on this machine, and why it is not the one it names; finding it is left to uv."""

from __future__ import annotations

import re

from azml_magics.definitions.azure_defaults import AZURE_DEFAULT_PYTHONS
from azml_magics.definitions.host import HostFacts

#: Python versions the newest server release supports (AZUREML.md 1.1), newest first.
SUPPORTED_PYTHONS = ("3.13", "3.12", "3.11", "3.10", "3.9")
_FULL_VERSION = re.compile(r"(\d+\.\d+)\.\d+")


def default_python(host: HostFacts) -> str:
    """The ``major.minor`` for an environment that names none."""
    return host.current.minor if host.current.minor in SUPPORTED_PYTHONS else SUPPORTED_PYTHONS[0]


def choose_python(python: str | None, host: HostFacts) -> tuple[str, str]:
    """The version to ask uv for, and the reason where it is not ``python``; the reason is empty otherwise.

    Azure's files name patch releases that few machines have: another one of that minor version does as well. Those
    that Azure writes where nobody chose (AZUREML.md 3.4) stand for any Python. What else is not here uv may still get.
    """
    if python is None:
        return default_python(host), ""
    full = _FULL_VERSION.fullmatch(python)
    if full is None:
        return python, ""
    found = {host.current.version, *host.find_pythons()}
    if python in found:
        return python, ""
    minor = full[1]
    if any(version.startswith(f"{minor}.") for version in found):
        return minor, f"Python {minor} instead of {python}, which is not on this machine"
    if python in AZURE_DEFAULT_PYTHONS:
        instead = default_python(host)
        return instead, f"Python {instead} instead of {python}, which is Azure's default and not on this machine"
    return python, ""
