"""What stays of a log in a saved notebook: short, plain, harmless."""

from __future__ import annotations

import pytest

from azml_magics.panel.settled import KEPT_CHARACTERS, plain_line


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("\x1b[1;31mred\x1b[0m and \x1b[38;5;9mmore\x1b[K", "red and more"),
        ("\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "textlink"),
        ("10%\r50%\r100%", "100%"),
        ("done\r", "done"),
        ("a\x00b\x07c", "a\ufffdb\ufffdc"),
        ("a\tb", "a       b"),
        ("\x1b[", "\ufffd["),
    ],
)
def test_colours_and_controls_are_left_out(raw: str, plain: str) -> None:
    assert plain_line(raw) == plain


def test_long_lines_are_cut() -> None:
    assert len(plain_line("x" * 5_000_000)) == KEPT_CHARACTERS + 4
    assert plain_line("\x1b[0m" * 2000 + "x") == "x"
