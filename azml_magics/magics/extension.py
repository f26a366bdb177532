"""``%load_ext`` and ``%unload_ext``: everything that is put into a shell, and taken out of it again."""

from __future__ import annotations

import sys
from types import MethodType
from typing import TYPE_CHECKING, Any

from traitlets import TraitError
from traitlets.config import Config

from azml_magics.magics.magic_class import AzmlMagics
from azml_magics.magics.matcher import make_matcher
from azml_magics.magics.state import STATE

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: The one name that is always taken: every other magic can be reached through it.
MAIN_NAME = "azml"
#: Holds live panels once there are any.
PANELS = "azml_magics.panel.widget"


def load(shell: InteractiveShell) -> None:
    """Add magics, settings and completion to ``shell``; does nothing when they are there."""
    if _find_loaded(shell) is not None:
        return
    _drop_bad_settings(shell)
    magics = AzmlMagics(shell=shell)
    _leave_taken_names(shell, magics)
    shell.register_magics(magics)
    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(make_matcher(magics))


def unload(shell: InteractiveShell) -> None:
    """Remove what :func:`load` added; panels become static, jobs go on, and declarations outlast it."""
    magics = _find_loaded(shell)
    if magics is None:
        return
    if PANELS in sys.modules:
        sys.modules[PANELS].dismiss_all()
    manager = shell.magics_manager
    for kind, own in magics.magics.items():
        table: dict[str, Any] = manager.magics[kind]
        for name in own:
            # Others may have taken a name since. Only methods are asked: IPython's lazy magics load when touched.
            if isinstance(table.get(name), MethodType) and table[name].__self__ is magics:
                del table[name]
    STATE.dismiss_workers()
    manager.registry.pop(AzmlMagics.__name__, None)
    configurables: list[Any] = shell.configurables
    configurables[:] = [configurable for configurable in configurables if configurable is not magics]
    if shell.Completer is not None:
        matchers = shell.Completer.custom_matchers
        matchers[:] = [matcher for matcher in matchers if getattr(matcher, "azml_magics", None) is not magics]


def _find_loaded(shell: InteractiveShell) -> AzmlMagics | None:
    found = shell.magics_manager.registry.get(AzmlMagics.__name__)
    return found if isinstance(found, AzmlMagics) else None


def _leave_taken_names(shell: InteractiveShell, magics: AzmlMagics) -> None:
    """Leave short names that somebody else registered to them."""
    taken = set()
    for kind, table in magics.magics.items():
        others: dict[str, Any] = shell.magics_manager.magics[kind]
        for name in [name for name in table if name != MAIN_NAME and name in others]:
            del table[name]
            taken.add(name)
    for name in sorted(taken - STATE.warned_names):
        STATE.warned_names.add(name)
        _warn(f"%{name} belongs to another extension and is left alone; use %%azml {name} NAME, %azml {name} NAME")


def _drop_bad_settings(shell: InteractiveShell) -> None:
    """Forget values that the settings do not take: IPython keeps them, and would fail again at every load."""
    section = shell.config.get(AzmlMagics.__name__, {})
    for name, value in list(section.items()):
        problem = _refusal(name, value)
        if problem is not None:
            del section[name]
            _warn(f"setting AzmlMagics.{name} is back at its default: {problem}")


def _refusal(name: str, value: object) -> str | None:
    try:
        AzmlMagics(config=Config({AzmlMagics.__name__: {name: value}}))
    except TraitError as error:
        return str(error)
    return None


def _warn(text: str) -> None:
    sys.stderr.write(f"azml_magics: {text}\n")
