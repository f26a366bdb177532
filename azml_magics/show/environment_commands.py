"""The verbs about environments: see ``commands``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.show.call import Call
from azml_magics.show.results import Listing

if TYPE_CHECKING:
    from azml_magics.definitions.environment import Environment


def _list_environments(call: Call) -> Listing:
    session = call.session
    declared = [session.declarations.environments[name] for name in sorted(session.declarations.environments)]
    return Listing("environment", (*declared, *session.environments.list_all()))


def _show_environment(call: Call) -> Environment:
    """The declared one of that name, else the registered one."""
    return call.session.environments.get(call.arguments.require_text("name"))


ENVIRONMENT_COMMANDS: dict[str, Callable[[Call], object]] = {
    "environment list": _list_environments,
    "environment show": _show_environment,
}
