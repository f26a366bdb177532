"""What conda has to install for an environment on a platform; solving and installing is left to ``build.conda``."""

from __future__ import annotations

from azml_magics.definitions.conda_dependencies import CondaDependencies, conda_package_name, mask_channel
from azml_magics.definitions.digest import Canonical
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.plan.actions import CondaPlan

#: What conda takes where a specification names no channel.
DEFAULT_CHANNELS = ("defaults",)
_SYSTEMS = {"linux": "linux", "darwin": "osx", "win32": "win"}
#: Docker's words -> those of machines.
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
_MACHINES = {"x86_64": "64", "amd64": "64", "i686": "32", "arm64": "arm64"}


def plan_conda(environment: Environment, python: str, platform: str) -> CondaPlan | None:
    """The conda half of ``environment`` on ``platform`` (``linux-x86_64``); ``None`` where uv alone does it, faster.

    ``python`` is the version for a specification that names none.
    """
    conda = environment.conda
    if conda is None or not environment.needs_conda:
        return None
    specifications = conda.conda_packages
    if not any(conda_package_name(item) == "python" for item in specifications):
        specifications = (*specifications, f"python={python}")
    lock = holding_lock(environment)
    locked = lock.conda_packages if lock is not None else ()
    return CondaPlan(specifications, conda.channels or DEFAULT_CHANNELS, conda_subdir(platform), locked)


def conda_definition(conda: CondaPlan) -> dict[str, Canonical]:
    """What makes two of them equal."""
    return {
        "specifications": list(conda.specifications),
        "channels": list(conda.channels),
        "subdir": conda.subdir,
        "locked": list(conda.locked),
    }


def conda_changes(before: Environment, after: Environment) -> list[str]:
    """What conda installs otherwise for ``after``, in words."""
    if not (before.needs_conda or after.needs_conda):
        return []
    old, new = before.conda or CondaDependencies(), after.conda or CondaDependencies()
    added = [f"+ {item}" for item in new.conda_packages if item not in old.conda_packages]
    removed = [f"- {item}" for item in old.conda_packages if item not in new.conda_packages]
    changes = [f"conda packages ({', '.join([*added, *removed])})"] if added or removed else []
    if old.channels != new.channels:
        changes.append("channels " + (", ".join(mask_channel(channel) for channel in new.channels) or "none"))
    return changes


def image_platform(image: ImageFacts) -> str:
    """The platform of an image, as :func:`plan_conda` takes it."""
    return f"{image.os}-{_ARCHITECTURES.get(image.architecture, image.architecture)}"


def conda_subdir(platform: str) -> str:
    """``linux-64`` of ``linux-x86_64``."""
    system, _, machine = platform.partition("-")
    machine = machine.lower()
    return f"{_SYSTEMS.get(system, system)}-{_MACHINES.get(machine, machine)}"
