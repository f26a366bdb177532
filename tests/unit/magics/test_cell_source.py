"""What a cell is called and where its magic stands, for shells that sent a request and for those that did not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from IPython.core.interactiveshell import InteractiveShell

from azml_magics.magics.cell_source import CellSource, read_cell_source


def shell_with(content: dict[str, Any] | None) -> InteractiveShell:
    """Stands in for a shell with that request; the real ones are in test_kernel."""
    shell = SimpleNamespace(displayhook=SimpleNamespace(prompt_count=7))
    if content is not None:
        shell.get_parent = lambda: {"content": content}
    return cast(InteractiveShell, shell)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, CellSource("cell In [7]", 1, "%%score digits")),
        ({}, CellSource("cell In [7]", 1, "%%score digits")),
        ({"code": "%%score $name", "store_history": True}, CellSource("cell In [7]", 1, "%%score $name")),
        ({"code": "\n \n%%score {name}\n[1]"}, CellSource("cell In [7]", 3, "%%score {name}")),
        ({"code": "run('%%score digits')"}, CellSource("cell In [7]", 1, "%%score digits")),
        ({"store_history": False}, CellSource("cell %%score digits", 1, "%%score digits")),
        ({"silent": True, "store_history": True}, CellSource("cell %%score digits", 1, "%%score digits")),
    ],
)
def test_source(content: dict[str, Any] | None, expected: CellSource) -> None:
    assert read_cell_source(shell_with(content), "%%score digits", numbered=True) == expected


@pytest.mark.parametrize("store_history", [True, False])
def test_headless_runs_name_the_cell_by_its_magic(store_history: bool) -> None:
    shell = shell_with({"store_history": store_history})
    for line, label in (
        ("%%entry_script score.py --write", "cell %%entry_script score.py"),
        ("%%azml environment digits # note", "cell %%azml environment digits"),
        ("%%environment", "cell %%environment"),
    ):
        assert read_cell_source(shell, line, numbered=False).label == label
