"""A session of a workspace of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    opened.workspace.close()
