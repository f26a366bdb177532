"""``import azureml.core...`` means the names of this package, from :func:`install` to :func:`remove`.

Only where the real SDK cannot be imported. Which name means what stands in :mod:`azml_magics.v1.modules`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

from azml_magics.show.results import NamesStatus
from azml_magics.v1.modules import MODULES, UNSUPPORTED, fill_module
from azml_magics.v1.unsupported import INSTEAD

ROOT = "azureml"


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes after everything else on ``sys.meta_path``: whatever is really installed is found before."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A module of the table, or the reason why there is none of that name."""
        _ = (path, target)
        if fullname in MODULES:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        if fullname.partition(".")[0] == ROOT:
            raise _missing(fullname)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Python's own."""
        _ = spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Give it its names."""
        fill_module(module)


_FINDER = Finder()


def install() -> NamesStatus:
    """Let the names mean ours; installing twice changes nothing."""
    if _FINDER in sys.meta_path:
        return status()
    if _is_real():
        return NamesStatus(False, "azureml-core is installed here, and is left as it is")
    sys.meta_path.append(_FINDER)
    return status()


def remove() -> NamesStatus:
    """Let the names mean nothing again; objects that are there stay what they are."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
        for name in [name for name, module in sys.modules.items() if _is_ours(name, module)]:
            del sys.modules[name]
    return status()


def status() -> NamesStatus:
    """What ``import azureml.core`` means now."""
    if _FINDER in sys.meta_path:
        return NamesStatus(True, "import azureml.core means azml_magics.v1 here")
    if _is_real():
        return NamesStatus(False, "azureml-core is installed here, and is left as it is")
    return NamesStatus(False, "import azureml.core means nothing here: %azml v1 on")


def _is_real() -> bool:
    try:
        return importlib.util.find_spec("azureml.core") is not None
    except (ImportError, ValueError):
        return False


def _is_ours(name: str, module: ModuleType) -> bool:
    return name.partition(".")[0] == ROOT and getattr(getattr(module, "__spec__", None), "loader", None) is _FINDER


def _missing(fullname: str) -> ModuleNotFoundError:
    parts = fullname.split(".")
    names = [".".join(parts[:count]) for count in range(len(parts), 1, -1)]
    known = next((name for name in names if name in INSTEAD), None)
    remedy = INSTEAD[known] if known else "docs/sdk-v1.md lists what there is"
    what = "is not supported locally" if known in UNSUPPORTED else "is no module of the SDK's that is known here"
    return ModuleNotFoundError(f"{fullname} {what}; instead: {remedy}", name=fullname)
