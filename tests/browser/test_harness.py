"""The stage on which the panel's views are tried stands in for a front end."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from azml_magics.panel import assets
from tests.browser.harness import THEMES, Stage, open_stage

FRONTEND = Path(assets.__file__).parent / "frontend"


def test_every_file_of_the_page_is_joined_once() -> None:
    assert len(set(assets.PARTS)) == len(assets.PARTS)
    assert {path.name for path in FRONTEND.iterdir()} == set(assets.PARTS)


def test_the_page_may_read_the_clipboard_and_fetches_nothing(stage: Stage) -> None:
    stage.open()
    assert stage.page.evaluate("isSecureContext") is True


@pytest.mark.parametrize("theme", THEMES)
def test_themes_are_the_front_ends_own(stage: Stage, theme: str) -> None:
    stage.open(theme)
    variable = "--vscode-foreground" if theme.startswith("vscode") else "--jp-ui-font-color1"
    read = "(name) => getComputedStyle(document.body).getPropertyValue(name)"
    assert bool(stage.page.evaluate(read, variable)) is (theme != "plain")


def test_the_model_records_and_delivers(stage: Stage) -> None:
    stage.open()
    stage.page.evaluate("""() => {
        const [first, second] = [makeModel(), makeModel()];
        window.got = [];
        first.on("msg:custom", (content, buffers) => got.push([content.op, new TextDecoder().decode(buffers[0])]));
        second.on("msg:custom", (content) => got.push([content.op]));
        second.send({ op: "hello" }, undefined, [new ArrayBuffer(2)]);
        second.off("msg:custom");
    }""")
    stage.deliver_log([(1.5, "builder", "grün")])
    assert stage.page.evaluate("got") == [["news", '[1.5, "builder", "grün"]\n']]
    assert stage.sent == [{"op": "hello", "buffers": 1}]
    assert stage.page.evaluate("listening()") == 1


def test_an_error_in_the_page_fails_the_test(chromium: Browser) -> None:
    with pytest.raises(AssertionError, match="broken"), open_stage(chromium) as stage:
        stage.open()
        stage.page.evaluate("() => { setTimeout(() => { throw Error('broken'); }, 0); }")
        stage.frame()
