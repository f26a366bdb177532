"""The verbs about locks: see ``commands``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.show.call import Call

if TYPE_CHECKING:
    from azml_magics.assets.locking import LockReport
    from azml_magics.assets.outdated import OutdatedReport


def _lock(call: Call) -> LockReport:
    arguments = call.arguments
    return call.session.environments.lock(
        arguments.require_text("name"),
        engine="docker" if arguments.text("base") else arguments.require_text("engine"),
        base=arguments.text("base"),
        upgrade=arguments.flag("upgrade"),
        emit=call.emit,
        cancel=call.cancel,
    )


def _outdated(call: Call) -> OutdatedReport:
    name = call.arguments.require_text("name")
    return call.session.environments.outdated(name, emit=call.emit, cancel=call.cancel)


LOCK_COMMANDS: dict[str, Callable[[Call], object]] = {
    "environment lock": _lock,
    "environment outdated": _outdated,
}
