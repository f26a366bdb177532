"""Colours and control characters of a line: against a terminal's row written apart, and readable in every theme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.browser.harness import THEMES, Stage, open_stage
from tests.browser.log_page import LogPage
from tests.browser.terminal_row import Style, show

PARSE = """(line) => {
    const { text, runs } = parseLine(line);
    const cells = [];
    let at = 0;
    for (const run of runs.length ? runs : [{ from: 0, to: text.length, style: NO_STYLE }]) {
        if (run.from !== at) throw new Error(`a gap before ${run.from}`);
        at = run.to;
        for (const character of text.slice(run.from, run.to)) cells.push([character, run.style]);
    }
    if (at !== text.length) throw new Error("text without a run");
    return cells;
}"""

parameter = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "3", "4", "7", "9", "21", "22", "23", "24", "27", "29", "38", "39", "48", "49"]
    ),
    st.sampled_from(["5", "4:0", "4:3", "38:5:200", "48:2:1:2:3", "38:2::9:8:7", "58:5:1", "38:5", "300", "0007"]),
    st.integers(30, 108).map(str),
    st.integers(0, 260).map(str),
)
colour = st.one_of(
    st.tuples(st.sampled_from(["38;5", "48;5"]), st.integers(0, 300).map(str)).map(";".join),
    st.tuples(st.sampled_from(["38;2", "48;2"]), *[st.integers(0, 300).map(str)] * 3).map(";".join),
)
sgr = st.lists(st.one_of(parameter, colour), max_size=4).map(lambda parameters: f"\x1b[{';'.join(parameters)}m")
other = st.sampled_from(
    [
        *(
            "\r",
            "\b",
            "\b\b",
            "\r\n",
            "\t",
            "\x1b[K",
            "\x1b[1K",
            "\x1b[2K",
            "\x1b[0K",
            "\x1b[3A",
            "\x1b[?25l",
            "\x1b[>4;2m",
        ),
        *(
            "\x1b]0;title\x07",
            "\x1b]8;;https://x.test/\x1b\\",
            "\x1b(B",
            "\x1bM",
            "\x1bPq\x1b\\",
            "\x1b",
            "\x1b[",
            "\x1b[31",
        ),
        *("\x1b]open", "\x1b[1\x07m", "\x00", "\x07", "\x7f", "\x9b31m", "\u2028", "\u202e", "\u2066"),
    ]
)
text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
styled = st.tuples(sgr, st.text(min_size=1, max_size=3, alphabet="ab \U0001f600é")).map("".join)
line = st.lists(st.one_of(text, styled, other), max_size=12).map("".join)


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Stage]:
    with open_stage(chromium) as stage:
        yield stage.open()


def read_style(found: dict[str, Any]) -> Style:
    def colour_of(value: int) -> int | tuple[int, int, int] | None:
        if value < 0:
            return None
        return value if value < 0x1000000 else (value >> 16 & 255, value >> 8 & 255, value & 255)

    flags = ("bold", "dim", "italic", "underline", "inverse", "strike")
    return Style(colour_of(found["fg"]), colour_of(found["bg"]), frozenset(flag for flag in flags if found[flag]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=line)
@example(line="10%\r20%\r100%")
@example(line="\x1b[31mred\r\x1b[0mab")
@example(line="ab\U0001f600\bé")
@example(line="\U0001f600ab\b\b\x1b[1K")
@example(line="abc\r\x1b[2Kx")
@example(line="\x1b[38;5;1;4mx")
@example(line="".join(f"\x1b[{code}m{code}" for code in range(110)))
@example(line="\x1b[38:2::9:8:7ma\x1b[48:2:1:2:3mb\x1b[38:5:200mc\x1b[4:3md\x1b[4:0me")
@example(line="\x1b[38;2;1;2mx")
def test_a_line_looks_as_a_terminal_leaves_it(page: Stage, line: str) -> None:
    found = [(character, read_style(style)) for character, style in page.inside(PARSE, line)]
    assert found == show(line)


#: Foregrounds and backgrounds of the palette, and styles that change them.
CONTRAST = """async () => {
    const codes = [];
    for (let n = 0; n < 256; n += 1) codes.push(`38;5;${n}`, `2;38;5;${n}`, `7;38;5;${n}`, `48;5;${n}`);
    for (let n = 0; n < 16; n += 1) for (let m = 0; m < 16; m += 1) {
        codes.push(`38;5;${n};48;5;${m}`, `2;7;38;5;${n};48;5;${m}`);
    }
    codes.push("2", "7", "2;7", "0", "38;2;250;250;240", "38;2;3;2;1", "38;2;120;120;120;48;2;121;120;119");
    const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const light = (text) => {
        const [red, green, blue] = text.match(/[\\d.]+/g).map((value) => channel(Number(value) / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const colors = makeColors();
    colors.learn(lines);
    let worst = [99, ""];
    for (const code of codes) {
        const element = document.createElement("span");
        lines.append(element);
        fillText(element, parseLine(`\\x1b[${code}mx`), [0, 1], [], -1, colors);
        const style = getComputedStyle(element.firstElementChild ?? element);
        const own = style.backgroundColor;
        const background = own === "rgba(0, 0, 0, 0)" ? getComputedStyle(lines).backgroundColor : own;
        const [low, high] = [light(style.color), light(background)].sort((a, b) => a - b);
        const contrast = (high + 0.05) / (low + 0.05);
        if (contrast < worst[0]) worst = [contrast, `${code}: ${style.color} on ${background}`];
        element.remove();
    }
    return worst;
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_is_readable(stage: Stage, theme: str) -> None:
    LogPage(stage, theme=theme)
    contrast, where = stage.inside(CONTRAST)
    assert contrast >= 4.5, where


def test_colours_change_with_the_theme(stage: Stage) -> None:
    log = LogPage(stage, theme="jupyter-light")
    log.take_texts("\x1b[34mblue\x1b[0m", "\x1b[30mblack\x1b[0m")
    read = "() => rows().map((row) => getComputedStyle(row.querySelector('.azml-log-text span')).color)"
    before = stage.page.evaluate(read)
    stage.page.evaluate("""() => {
        document.documentElement.style.setProperty("--jp-layout-color1", "#111111");
        document.documentElement.style.setProperty("--jp-ui-font-color1", "#eeeeee");
        document.body.dataset.jpThemeLight = "false";
    }""")
    log.settle()
    after = stage.page.evaluate(read)
    assert before[1] == "rgb(0, 0, 0)"
    assert after[1] != before[1]
    assert after[0] != before[0]


def test_what_looks_like_markup_is_text(stage: Stage) -> None:
    log = LogPage(stage)
    hostile = ["<img src=x onerror=alert(1)>", "<b>&amp;</b><script>alert(1)</script>", "\x1b[31m<i>red</i>\x1b[0m"]
    log.take_texts(*hostile)
    log.search.fill("<i>")
    assert log.found() == "1/1"
    assert log.texts() == [*hostile[:2], "<i>red</i>"]
    assert stage.page.evaluate("lines.querySelectorAll('img, b, script, i').length") == 0


def test_styles_become_the_pages_own(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("\x1b[1;3;4;9mall\x1b[22mless\x1b[0mnone", "bell\x07", "\x1b]0;title\x07shown")
    assert log.texts() == ["alllessnone", "bell\u2407", "shown"]
    style = """(at) => {
        const computed = getComputedStyle(rows()[0].querySelectorAll(".azml-log-text span")[at]);
        return [computed.fontWeight, computed.fontStyle, computed.textDecorationLine];
    }"""
    assert stage.page.evaluate(style, 0) == ["700", "italic", "underline line-through"]
    assert stage.page.evaluate(style, 1) == ["400", "italic", "underline line-through"]
    assert stage.page.evaluate(style, 2) == ["400", "normal", "none"]
