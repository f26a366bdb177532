"""``Declaration``: one cell that declares something, read and understood."""

from __future__ import annotations

from dataclasses import dataclass

from azml_magics.cells.arguments import Arguments
from azml_magics.definitions.declarations import Declared
from azml_magics.errors import Place


@dataclass(frozen=True)
class Declaration:
    """``value`` is what the cell declares, ``None`` for ``score``, whose ``body`` is a request.

    The declaration spans the lines ``first_line`` (that of the magic) to ``last_line`` of its cell, both 1-based;
    ``place`` is its first line. ``body`` is the text below it as written: variables are never expanded in it.
    """

    kind: str
    name: str
    arguments: Arguments
    value: Declared | None
    body: str
    place: Place
    first_line: int
    last_line: int
