"""A program for a Python that has azureml-core: its public names and parameters, as one JSON object.

Takes ``{module: [class, ...]}`` as its argument. Imported by nobody: the package itself never sees azureml-core.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from typing import Any


def main(wanted: dict[str, list[str]]) -> dict[str, Any]:
    """``exported``: what ``__all__`` of a module names; ``classes``: members and parameters of its classes."""
    exported: dict[str, list[str]] = {}
    classes: dict[str, dict[str, Any]] = {}
    for module, names in wanted.items():
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:  # of another package: azureml-train-core, azureml-widgets
            continue
        exported[module] = [name for name in getattr(found, "__all__", ()) if not name.startswith("_")]
        for name in names:
            kind = getattr(found, name, None)
            if inspect.isclass(kind):
                classes[f"{module}.{name}"] = {
                    member: _parameters(getattr(kind, member))
                    for member in ("__init__", *dir(kind))
                    if member == "__init__" or not member.startswith("_")
                }
                classes[f"{module}.{name}"].update({each: [] for each in _attributes(kind)})
    return {"exported": exported, "classes": classes}


def _attributes(kind: type) -> set[str]:
    """What its methods set of an object, ``self.name = ...``: the SDK does not declare them otherwise."""
    found: set[str] = set()
    for each in kind.__mro__:
        if each.__module__.startswith("azureml."):
            found.update(re.findall(r"\bself\.([a-z]\w*) = ", inspect.getsource(each)))
    return found.difference(dir(kind))


def _parameters(member: Any) -> list[str]:
    if not callable(member):
        return []
    try:
        parameters = inspect.signature(member).parameters.values()
    except (TypeError, ValueError):
        return []
    return [each.name for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
