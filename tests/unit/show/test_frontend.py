"""Which front end is in front of the user; the shells stand in for IPython's, whose real ones are tried in magics."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from azml_magics.show.frontend import COLAB, HEADLESS, INTERACTIVE, TERMINAL, VOILA, Frontend, detect_frontend


def kernel_shell(*, allow_stdin: bool) -> SimpleNamespace:
    return SimpleNamespace(kernel=object(), get_parent=lambda: {"content": {"allow_stdin": allow_stdin}})


LAB = kernel_shell(allow_stdin=True)
NBCLIENT = kernel_shell(allow_stdin=False)
PLAIN = SimpleNamespace()


@pytest.mark.parametrize(
    ("shell", "panel", "environment", "in_colab", "expected"),
    [
        (None, "auto", {}, False, TERMINAL),
        (PLAIN, "auto", {}, False, TERMINAL),
        (PLAIN, "widget", {}, False, TERMINAL),
        (LAB, "auto", {}, False, INTERACTIVE),
        (NBCLIENT, "auto", {}, False, HEADLESS),
        (SimpleNamespace(kernel=object(), get_parent=dict), "auto", {}, False, HEADLESS),
        (SimpleNamespace(kernel=object()), "auto", {}, False, HEADLESS),
        (NBCLIENT, "widget", {}, False, INTERACTIVE),
        (LAB, "text", {}, False, HEADLESS),
        (LAB, "none", {}, False, HEADLESS),
        (LAB, "auto", {"AZML_PANEL": "text"}, False, HEADLESS),
        (NBCLIENT, "text", {"AZML_PANEL": "widget"}, False, INTERACTIVE),
        (LAB, "auto", {"AZML_PANEL": "nonsense"}, False, INTERACTIVE),
        (NBCLIENT, "auto", {"VOILA_KERNEL_ID": "1"}, False, VOILA),
        (LAB, "auto", {}, True, COLAB),
        (LAB, "text", {}, True, HEADLESS),
    ],
)
def test_detection(shell: object, panel: str, environment: dict[str, str], in_colab: bool, expected: Frontend) -> None:
    assert detect_frontend(shell, panel=panel, environment=environment, in_colab=in_colab) is expected


def test_headless_shows_no_figures_and_waits() -> None:
    assert not HEADLESS.figures
    assert not HEADLESS.background
    assert INTERACTIVE.background
    assert not COLAB.background
    assert INTERACTIVE.asks
    assert TERMINAL.asks
    assert not HEADLESS.asks
    assert not VOILA.asks
