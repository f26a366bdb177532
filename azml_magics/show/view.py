"""``View``: what is shown of a value, whatever the medium; ``describe`` chooses it, ``text`` and others draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "plain"]


@dataclass(frozen=True)
class Table:
    """Rows of cells under ``columns``; every row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class View:
    """A title line, then labelled facts, a table and preformatted lines, each of which may be empty.

    ``tone`` says whether the title is good or bad news, for media that have colours; the words say it too. ``is_diff``
    says that the lines begin with ``+``, ``-`` or ``~`` for what was added, removed or changed.
    """

    title: str
    tone: Tone = "plain"
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    lines: tuple[str, ...] = ()
    is_diff: bool = False
