"""The JSON form of an environment that was built; ``document`` registers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.assets.building import EnvironmentBuild


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
