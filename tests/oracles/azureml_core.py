"""A program for a Python that has azureml-core: loads, saves and compares environments as the SDK does.

Takes one JSON object as its argument; what it found is the one JSON object on its last line of output. Imported by
nobody: the package itself never sees azureml-core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(wanted: dict[str, Any]) -> dict[str, Any]:
    """``load``: directories to load and save again, into ``again`` of each; ``edit``: changes of dependencies."""
    from azureml.core import VERSION, Environment  # type: ignore[import-not-found]  # in the program's own environment

    loaded: dict[str, Any] = {}
    for folder in wanted["load"]:
        environment = Environment.load_from_directory(folder)
        again = Path(folder) / "again"
        environment.save_to_directory(str(again))
        reloaded = Environment.load_from_directory(str(again))
        loaded[folder] = {
            "inline": Environment._serialize_to_dict(environment),
            "equal_again": Environment._serialize_to_dict(reloaded) == Environment._serialize_to_dict(environment),
            "inline_loaded": _from_inline(Environment, wanted["inline"].get(folder)),
        }
    return {"version": VERSION, "loaded": loaded, "edited": [_edit(*change) for change in wanted["edit"]]}


def _from_inline(environment_class: Any, document: dict[str, Any] | None) -> Any:
    """``document`` as the SDK reads what its service sends."""
    if document is None:
        return None
    read = environment_class._deserialize_and_add_to_object(document)
    return environment_class._serialize_to_dict(read)


def _edit(document: dict[str, Any], calls: list[list[Any]]) -> dict[str, Any]:
    """What ``calls`` of methods of CondaDependencies, one after another, make of ``document``."""
    from azureml.core.conda_dependencies import CondaDependencies  # type: ignore[import-not-found]

    conda = CondaDependencies(_underlying_structure=document)
    for name, *arguments in calls:
        getattr(conda, name)(*arguments)
    return dict(json.loads(json.dumps(conda.as_dict())))


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
