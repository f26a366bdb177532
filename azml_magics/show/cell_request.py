"""The message of the front end that made the running cell run; what is read out of it is left to who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Parts of a message, all of them mappings.
PARTS = ("header", "metadata", "content")


def read_cell_request(shell: object) -> Mapping[str, Mapping[str, Any]]:
    """Its ``header``, ``metadata`` and ``content``; each is empty in a terminal, where there is no front end."""
    get_parent = getattr(shell, "get_parent", None)
    message: Mapping[str, Any] = {} if get_parent is None else get_parent()
    return {part: message.get(part) or {} for part in PARTS}
