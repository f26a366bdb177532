"""``Settings``: what ``%config AzmlMagics`` says and what the front end can do, as a value for one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from azml_magics.show.frontend import Frontend


@dataclass(frozen=True)
class Settings:
    """``workspace`` is a directory, empty for the one the current directory belongs to.

    ``defaults`` holds values for options that a line does not give, by dest. ``keep_panel`` leaves live panels in
    the notebook when the work has ended.
    """

    workspace: str
    frontend: Frontend
    defaults: Mapping[str, object]
    keep_panel: bool = False
