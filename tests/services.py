"""What tests that deploy share: whatever they leave running is ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azml_magics.session import Session


@contextmanager
def session_with_services(folder: Path) -> Iterator[Session]:
    """A session of a workspace in ``folder``, where relative paths start; no service goes on after it."""
    opened = Session(folder / ".azml", working_directory=folder)
    try:
        yield opened
    finally:
        for report in opened.services():
            opened.stop(report.name)
        opened.workspace.close()
