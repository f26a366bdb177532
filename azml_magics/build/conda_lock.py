"""Exact packages for the conda half of an environment, and what of it pip's half need not bring."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from azml_magics.build.conda_calls import run_conda_program
from azml_magics.cancel import Cancel
from azml_magics.events import Emit
from azml_magics.plan.actions import CondaPlan
from azml_magics.system.host import installed_packages


@dataclass(frozen=True)
class CondaLock:
    """``packages`` are lines for ``Lock.conda_packages``.

    ``python`` is the version among them. ``provided`` are (normalised name, version) of the Python distributions that
    they bring, by the names that pip knows: pip's half of a lock leaves them out.
    """

    packages: tuple[str, ...]
    python: str
    provided: tuple[tuple[str, str], ...]


def left_to_conda(provided: Sequence[tuple[str, str]], lines: Sequence[str]) -> list[str]:
    """The names among ``provided`` that requirement ``lines`` do not ask for in another version."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    asked = [Requirement(line.partition(" --hash=")[0]) for line in lines if not line.startswith("-")]
    versions = dict(provided)
    others = {
        name
        for requirement in asked
        if (name := canonicalize_name(requirement.name)) in versions
        and (requirement.url or not requirement.specifier.contains(versions[name], prereleases=True))
    }
    return [name for name in versions if name not in others]


def lock_conda(conda: CondaPlan, *, emit: Emit, cancel: Cancel) -> CondaLock:
    """Solve ``conda``, whatever it was locked to before.

    What is found is installed into a directory that is gone afterwards, since conda and pip have different names for
    some distributions, and only a distribution itself knows what pip calls it. Raises ``BuildError`` and
    ``CancelledError``.
    """
    unlocked = CondaPlan(conda.specifications, conda.channels, conda.subdir)
    with tempfile.TemporaryDirectory(prefix="azml-lock-") as name:
        prefix = Path(name) / "prefix"
        found = run_conda_program(unlocked, prefix, emit=emit, cancel=cancel)
        provided = installed_packages(sorted(prefix.glob("lib/python*/site-packages")))
    python = next((package.version for package in found if package.name == "python"), "")
    return CondaLock(tuple(package.lock_line for package in found), python, provided)


def find_newer_conda(conda: CondaPlan, *, emit: Emit, cancel: Cancel) -> tuple[dict[str, str], dict[str, str]]:
    """Versions by name: what ``conda`` would be solved to now, and the newest releases of what it is locked to.

    The newest are those for the locked Python. Raises ``BuildError`` and ``CancelledError``.
    """
    unlocked = CondaPlan(conda.specifications, conda.channels, conda.subdir)
    allowed = run_conda_program(unlocked, None, emit=emit, cancel=cancel)
    newest = run_conda_program(conda, None, emit=emit, cancel=cancel, newest=True)
    return {each.name: each.version for each in allowed}, {each.name: each.version for each in newest}
