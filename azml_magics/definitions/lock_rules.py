"""Which lock holds, what is installed from it, whether that fits a Python and platform; making one is ``build``'s."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from azml_magics.definitions.azure_packages import lines_asked_for
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.host import HostFacts
from azml_magics.definitions.image_platform import host_platform
from azml_magics.definitions.lock import Lock
from azml_magics.errors import Finding

#: uv's name of a platform with glibc.
_GLIBC_PLATFORM = re.compile(r"(?P<machine>\w+)-manylinux_(?P<major>\d+)_(?P<minor>\d+)")


def holding_lock(environment: Environment | None) -> Lock | None:
    """The lock of ``environment``, unless it was made for another definition than this one."""
    lock = environment.lock if environment is not None else None
    if environment is None or lock is None or lock.definition != environment.unlocked().digest():
        return None
    return lock


def lines_to_install(environment: Environment) -> tuple[str, ...]:
    """The requirement lines: those of the lock where one holds, else as they are asked for.

    A lock names no index: the options of the environment (``--index-url``, ``--find-links`` ...) stand before it.
    """
    asked, lock = lines_asked_for(environment), holding_lock(environment)
    if lock is None:
        return tuple(line.text for line in asked)
    return (*(line.text for line in asked if line.name is None), *lock.requirement_lines)


def locked_python(environment: Environment) -> str | None:
    """The Python that the environment asks for; where a lock holds, one that it was made for."""
    lock = holding_lock(environment)
    if lock is None or (environment.python is not None and minor_version(environment.python) == lock.python):
        return environment.python
    return lock.python


def locked_versions(lines: Sequence[str]) -> dict[str, str]:
    """Normalised name -> version of ``lines`` of a lock; for what is named by its place, the place."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    for line in lines:
        requirement = Requirement(line.partition(" --hash=")[0])
        found[canonicalize_name(requirement.name)] = requirement.url or str(requirement.specifier).lstrip("=")
    return found


def pinned_lines(environment: Environment) -> tuple[str, ...]:
    """The requirement lines that name one version (``NAME==VERSION``) and no condition."""
    from packaging.requirements import Requirement

    lines = []
    for line in environment.requirements.lines:
        requirement = Requirement(line.text.partition(" --hash=")[0]) if line.name is not None else None
        if requirement is None or requirement.url is not None or requirement.marker is not None:
            continue
        specifiers = [*requirement.specifier]
        if len(specifiers) == 1 and specifiers[0].operator in ("==", "===") and "*" not in specifiers[0].version:
            lines.append(line.text)
    return tuple(lines)


def minor_version(python: str) -> str:
    """``3.11`` of ``3.11.7``."""
    return ".".join(python.split(".")[:2])


def check_lock_target(
    environment: Environment | None, python: str | None, platform: str | None, *, target: str, remedy: str
) -> Iterator[Finding]:
    """That the lock was made for something else than it is installed for.

    ``python`` and ``platform`` (uv's name) are those of the ``target``, as messages call it; ``None`` where they are
    not known. Wheels that were chosen for one glibc run with every newer one.
    """
    lock = holding_lock(environment)
    if environment is None or lock is None:
        return
    fits_python = python is None or minor_version(python) == lock.python
    if not fits_python or not (platform is None or _runs_on(lock.platform, platform)):
        yield Finding(
            "lock-target",
            f"the lock of environment {environment.label} is for Python {lock.python} on {lock.platform}, "
            f"{target} has Python {python or lock.python} on {platform or lock.platform}",
            f"lock it for that: {remedy}",
        )


def check_host_lock(environment: Environment | None, host: HostFacts) -> Iterator[Finding]:
    """As :func:`check_lock_target`, for packages that are installed on this machine."""
    if environment is not None:
        yield from check_lock_target(
            environment,
            None,  # the lock says which one
            host_platform(host),
            target="this machine",
            remedy=f"azml environment lock {environment.name}",
        )


def _runs_on(made_for: str, platform: str) -> bool:
    if made_for == platform:
        return True
    one, other = _GLIBC_PLATFORM.fullmatch(made_for), _GLIBC_PLATFORM.fullmatch(platform)
    if one is None or other is None or one["machine"] != other["machine"]:
        return False
    return (int(one["major"]), int(one["minor"])) <= (int(other["major"]), int(other["minor"]))
