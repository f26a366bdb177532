"""A session of its own for every test of a verb."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Its workspace is new; relative paths start beside it."""
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    opened.workspace.close()
