"""``Call``: one verb as it was said at one of the doors, with what it needs to be done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import Arguments
from azml_magics.events import Emit, discard
from azml_magics.show.view import View

if TYPE_CHECKING:
    from azml_magics.definitions.entry_script import EntryScript
    from azml_magics.session import Session

#: Shows a view, asks a question and says whether the answer was yes.
Ask: TypeAlias = Callable[[View, str], bool]


@dataclass(frozen=True)
class Call:
    """One verb as it was said.

    ``body`` is the text below a cell magic's line, ``read_stdin`` what ``-`` means. ``ask`` shows something and asks
    whether to go on; ``None`` where nobody can answer. ``script`` is one that the cell holds.
    """

    session: Session
    arguments: Arguments
    body: str | None = None
    emit: Emit = discard
    cancel: Cancel = field(default_factory=Cancel)
    read_stdin: Callable[[], bytes] = field(default_factory=lambda: sys.stdin.buffer.read)
    ask: Ask | None = None
    script: EntryScript | None = None
