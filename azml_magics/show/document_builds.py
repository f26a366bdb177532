"""JSON forms of an environment that was built and of what conda is asked for; ``document`` knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.conda_dependencies import mask_channel

if TYPE_CHECKING:
    from azml_magics.assets.building import EnvironmentBuild
    from azml_magics.plan.actions import CondaPlan


def conda_plan_part(conda: CondaPlan) -> object:
    """What conda is asked for, as a part of a plan's document."""
    return {
        "specifications": [mask_channel(item) for item in conda.specifications],
        "channels": [mask_channel(channel) for channel in conda.channels],
        "subdir": conda.subdir,
        "locked": list(conda.locked),
    }


def build_document(value: EnvironmentBuild) -> object:
    """Where it is and what is in it."""
    return {
        "name": value.environment.name,
        "version": value.environment.version,
        "kind": value.kind,
        "place": value.place,
        "python": str(value.python),
        "reused": value.reused,
        "reason": value.reason or None,
        "seconds": round(value.seconds, 3),
        "installed": dict(value.installed),
    }
