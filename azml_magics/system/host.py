"""Collecting ``HostFacts``: platform, the caller's interpreter and, when asked, what is installed in it."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from azml_magics.definitions.host import HostFacts, Interpreter


def collect_host_facts(*, include_packages: bool = False) -> HostFacts:
    """Facts about this machine; ``include_packages`` reads the metadata of every installed distribution."""
    return HostFacts(
        platform=f"{sys.platform}-{platform.machine()}",
        current=Interpreter(Path(sys.executable), platform.python_version()),
        current_packages=installed_packages() if include_packages else (),
    )


def installed_packages() -> tuple[tuple[str, str], ...]:
    """(normalised name, version) of every distribution of the caller's interpreter, sorted."""
    from importlib.metadata import distributions

    from packaging.utils import canonicalize_name

    found = {canonicalize_name(item.name): item.version for item in distributions() if item.name}
    return tuple(sorted(found.items()))
