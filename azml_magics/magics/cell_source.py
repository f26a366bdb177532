"""Where a magic stands in the cell that is running: the label users know it by, and the lines above it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azml_magics.show.cell_request import read_cell_request

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@dataclass(frozen=True)
class CellSource:
    """``label`` names the cell; its magic stands on line ``first_line`` and reads ``magic_line``, both as written."""

    label: str
    first_line: int
    magic_line: str


def read_cell_source(shell: InteractiveShell, magic_line: str, *, numbered: bool) -> CellSource:
    """The cell that runs in ``shell``; ``magic_line`` is its magic's line as far as IPython told us.

    Without ``numbered``, and where no history is kept (nbval runs every cell under the same number), the label is the
    magic itself (``cell %%entry_script score.py``): it is the same whichever program runs the notebook.
    """
    content = read_cell_request(shell)["content"]
    if numbered and content.get("store_history", True) and not content.get("silent", False):
        # IPython 8 counts up after a cell, IPython 9 before it; its own prompt knows.
        label = f"cell In [{shell.displayhook.prompt_count}]"
    else:
        words = itertools.takewhile(lambda word: not word.startswith(("-", "#")), magic_line.split())
        label = " ".join(("cell", *words))
    lines = str(content.get("code", "")).split("\n")
    # IPython drops empty lines above a cell magic, and replaces variables in its line.
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        return CellSource(label, first + 1, lines[first].rstrip())
    return CellSource(label, 1, magic_line)
