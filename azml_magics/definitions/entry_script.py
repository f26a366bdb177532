"""``EntryScript``: the user's ``init()``/``run()`` file, its text and where the text was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from azml_magics.definitions.digest import digest_of
from azml_magics.errors import Place


@dataclass(frozen=True)
class Origin:
    """The cell a script was written in.

    ``label`` is what the user sees (``cell In [4]``, ``deploy.ipynb cell 3``); line ``n`` of the script is line
    ``n + line_offset`` of that cell (1 for a ``%%entry_script`` cell whose body starts on the second line).
    """

    label: str
    line_offset: int = 0

    def place(self, line: int, text: str | None = None) -> Place:
        """Where line ``line`` of the script stands in the cell."""
        return Place(self.label, line + self.line_offset, text=text)


@dataclass(frozen=True)
class EntryScript:
    """A scoring script.

    ``path`` is relative with forward slashes (``score.py``, ``src/score.py``), as Azure's ``AZUREML_ENTRY_SCRIPT``.
    ``origin`` is set for a script written in a cell, ``file`` (absolute) for one read from disk.
    """

    path: str
    source: str
    origin: Origin | None = None
    file: Path | None = None

    def digest(self) -> str:
        """SHA-256 over path and text."""
        return digest_of([self.path, self.source])
