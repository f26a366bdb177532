"""Collecting ``HostFacts``: platform, the caller's interpreter and, when asked, what is installed in it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.system.pythons import known_pythons


def collect_host_facts(*, include_packages: bool = False) -> HostFacts:
    """Facts about this machine; ``include_packages`` reads the metadata of every installed distribution."""
    return HostFacts(
        platform=f"{sys.platform}-{platform.machine()}",
        current=Interpreter(Path(sys.executable), platform.python_version()),
        current_packages=installed_packages() if include_packages else (),
        find_pythons=known_pythons,
        libc=" ".join(platform.libc_ver()).strip(),
    )


def installed_packages(directories: Sequence[Path] | None = None) -> tuple[tuple[str, str], ...]:
    """(normalised name, version) of every distribution in ``directories``, sorted; ``None`` is the caller's own path.

    Of two distributions of one name the first on the path counts, as for ``import``; one without name or version (left
    by a broken uninstall) does not.
    """
    from importlib.metadata import distributions

    from packaging.utils import canonicalize_name

    path = sys.path if directories is None else [str(directory) for directory in directories]
    found: dict[str, str] = {}
    for item in distributions(path=path):
        metadata = item.metadata
        if "Name" in metadata and "Version" in metadata:
            found.setdefault(canonicalize_name(metadata["Name"]), metadata["Version"])
    return tuple(sorted(found.items()))
