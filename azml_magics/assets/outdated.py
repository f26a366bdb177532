"""What is newer than an environment's lock, or than its pins; asking indexes and channels is left to ``build``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from azml_magics.assets.locking import host_target, served_lines
from azml_magics.cancel import Cancel
from azml_magics.definitions.conda_dependencies import conda_platform, conda_versions
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_platform import host_platform
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.lock_rules import holding_lock, locked_versions, pinned_lines
from azml_magics.errors import DeclarationError, Finding
from azml_magics.events import Emit
from azml_magics.events.stages import running_step

if TYPE_CHECKING:
    from azml_magics.build.lock import LockTarget, Resolver


@dataclass(frozen=True)
class OutdatedPackage:
    """``allowed`` is the newest version that the requirements admit, ``newest`` the newest there is for that Python.

    ``manager`` is who installs it.
    """

    name: str
    version: str
    allowed: str
    newest: str
    manager: Literal["pip", "conda"] = "pip"


@dataclass(frozen=True)
class OutdatedReport:
    """Of ``checked`` packages those with newer releases, by name; without ``is_locked`` only pins were looked at."""

    environment: Environment
    is_locked: bool
    checked: int
    packages: tuple[OutdatedPackage, ...]


def find_outdated(environment: Environment, emit: Emit, cancel: Cancel) -> OutdatedReport:
    """What has newer releases: of everything that is locked, else of what is pinned for pip with ``==``.

    Raises ``DeclarationError`` (``not-locked``) where nothing is either, and ``BuildError``.
    """
    from azml_magics.build.lock import Resolver

    lock = holding_lock(environment)
    lines = lock.requirement_lines if lock else pinned_lines(environment)
    if not lines:
        finding = Finding(
            "not-locked",
            f"environment {environment.label} has no lock and pins nothing with ==",
            f"lock it: azml environment lock {environment.name}",
        )
        raise DeclarationError("there is nothing to compare with", [finding])
    target = lock_target(lock) if lock else host_target(environment)
    versions = {name: version for name, version in locked_versions(lines).items() if "://" not in version}
    with running_step(emit, "packages", f"newer releases for Python {target.python} on {target.platform}"):
        resolver = Resolver(target, emit, cancel)
        rows = list(_newer("pip", versions, *_ask_pip(environment, resolver, versions, is_locked=lock is not None)))
        conda = conda_versions(lock.conda_packages) if lock else {}
        if lock is not None and conda:
            rows += _newer("conda", conda, *_ask_conda(environment, lock, emit, cancel))
    rows.sort(key=lambda row: (row.name, row.manager))
    return OutdatedReport(environment, lock is not None, len(versions) + len(conda), tuple(rows))


def lock_target(lock: Lock) -> LockTarget:
    """What ``lock`` was made for."""
    from azml_magics.build.lock import LockTarget
    from azml_magics.system.host import collect_host_facts

    here = host_platform(collect_host_facts())
    return LockTarget(lock.python, lock.platform, lock.platform == here, "the lock's platform")


def _ask_pip(
    environment: Environment, resolver: Resolver, versions: Mapping[str, str], *, is_locked: bool
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Name -> the newest version that is allowed, and the newest there is."""
    options = [line.text for line in environment.requirements.lines if line.name is None]
    allowed = locked_versions(resolver.newest_allowed(served_lines(environment, None))) if is_locked else versions
    return allowed, locked_versions(resolver.newest(list(versions), options))


def _ask_conda(
    environment: Environment, lock: Lock, emit: Emit, cancel: Cancel
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """As :func:`_ask_pip`, of the platform that the lock is for."""
    from azml_magics.build.conda_lock import find_newer_conda
    from azml_magics.plan.conda_packages import plan_conda
    from azml_magics.system.host import collect_host_facts

    plan = plan_conda(environment, lock.python, collect_host_facts().platform)
    assert plan is not None  # whose packages are locked
    subdir = conda_platform(plan.locked) or plan.subdir
    return find_newer_conda(replace(plan, subdir=subdir), emit=emit, cancel=cancel)


def _newer(
    manager: Literal["pip", "conda"],
    versions: Mapping[str, str],
    allowed: Mapping[str, str],
    newest: Mapping[str, str],
) -> Iterable[OutdatedPackage]:
    for name, version in versions.items():
        row = OutdatedPackage(name, version, allowed.get(name, ""), newest.get(name, version), manager)
        if row.newest != version or row.allowed not in ("", version):
            yield row
