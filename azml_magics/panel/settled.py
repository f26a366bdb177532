"""What stays of a panel in a saved notebook: plain text, small static html; the live view is left to ``frontend/``."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.panel.contents import Contents


def settled_bundle(contents: Contents) -> dict[str, str]:
    """The panel as it is now, as ``text/plain`` and ``text/html``."""
    head = f"{contents.title}: {contents.state()['verdict']}"
    return {"text/plain": head, "text/html": f"<div><strong>{escape(head)}</strong></div>"}
