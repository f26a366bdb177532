"""A real shell with the extension, a folder of its own and nothing left from the test before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from azml_magics.magics.state import STATE


@pytest.fixture
def bare_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Without the extension."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in ("AZML_WORKSPACE", "AZML_PANEL", "VOILA_KERNEL_ID"):
        monkeypatch.delenv(name, raising=False)
    STATE.__init__()  # type: ignore[misc]  # everything it remembers is its own attributes
    shell: Any = InteractiveShell  # not annotated
    yield shell(config=Config({"HistoryManager": {"enabled": False}}))
    STATE.end_jobs()


@pytest.fixture
def shell(bare_shell: Any) -> Any:
    """With the extension."""
    assert bare_shell.run_cell("%load_ext azml_magics").success
    return bare_shell
