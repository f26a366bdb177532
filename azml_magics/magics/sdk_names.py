"""``%azml v1``: whether ``import azureml.core`` means our names in this kernel; ``v1.importing`` does it."""

from __future__ import annotations

from collections.abc import Callable

from azml_magics.cells.arguments import Arguments
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.show.results import NamesStatus


def _on(_: Arguments, __: Settings) -> NamesStatus:
    from azml_magics.v1.importing import install
    from azml_magics.v1.workspace import use_sessions

    use_sessions(STATE.session)
    return install()


def _off(_: Arguments, __: Settings) -> NamesStatus:
    from azml_magics.v1.importing import remove

    return remove()


def _status(_: Arguments, __: Settings) -> NamesStatus:
    from azml_magics.v1.importing import status

    return status()


SDK_VERBS: dict[str, Callable[[Arguments, Settings], NamesStatus]] = {
    "v1 on": _on,
    "v1 off": _off,
    "v1 status": _status,
}
