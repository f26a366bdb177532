"""A pytest plugin beside nbval: a cell that printed ``UsageError:`` fails, whatever nbval thinks of its outputs.

IPython reports a misspelled magic on stderr only, without an error message that nbval or nbmake would see; a cell whose
outputs are not compared, or whose saved outputs hold the same line, would pass.
``pytest --nbval -p tests.notebooks.usage_error_guard`` switches it on.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest


class UsageErrorInCell(Exception):
    """A cell of a notebook used a magic that does not exist or used it wrongly."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """After nbval has run a cell, look at what it wrote to stderr."""
    result = yield
    # nbval keeps what a cell gave in ``test_outputs``; items of other plugins have no such attribute.
    for output in getattr(item, "test_outputs", None) or ():
        text = output.get("text", "") if output.get("name") == "stderr" else ""
        found = next((line for line in text.splitlines() if line.startswith("UsageError:")), None)
        if found is not None:
            raise UsageErrorInCell(found)
    return result
