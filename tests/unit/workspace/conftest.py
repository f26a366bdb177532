"""A workspace of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.workspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Open, and closed at the end."""
    opened = Workspace(tmp_path / ".azml")
    yield opened
    opened.close()
