"""Rows of a log against rows counted one after the other: lines that are not wanted, wrapped, dropped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.browser.harness import Stage, open_stage
from tests.browser.log_page import LogPage

#: A log of the size of a test; `steps` are numbers of lines that come (above 0) or are dropped.
COMPARE = """({ lines, steps, hidden, columns }) => {
    const store = {
        first: 0,
        end: 0,
        lengths: [],
        source: (number) => lines[number][0],
        text: (number) => lines[number][1],
        length: (number) => store.lengths[number] ?? 0,
        setLength: (number, length) => { store.lengths[number] = length; },
    };
    const layout = makeLayout(store, new Set(hidden), columns);
    const faults = [];
    for (const step of steps) {
        if (step > 0) store.end = Math.min(lines.length, store.end + step);
        else store.first = Math.min(store.end, store.first - step);
        layout.trim();
        while (layout.advance(2));
        const wanted = [];
        const places = new Map();
        for (let number = store.first; number < store.end; number += 1) {
            if (hidden.includes(store.source(number))) continue;
            places.set(number, wanted.length);
            const { text } = parseLine(store.text(number));
            const parts = columns ? breakText(text, columns).length : 1;
            for (let part = 0; part < parts; part += 1) wanted.push(`${number}:${part}`);
        }
        if (layout.rows !== wanted.length) faults.push([step, layout.rows, wanted.length]);
        if (layout.lines !== places.size) faults.push(["lines", layout.lines, places.size]);
        wanted.forEach((place, row) => {
            const { number, part } = layout.at(row);
            if (`${number}:${part}` !== place) faults.push([row, number, part, place]);
        });
        for (const [number, row] of places) if (layout.rowOf(number) !== row) faults.push(["rowOf", number, row]);
    }
    return faults;
}"""

text = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="ab \t\x1b[31m世\U0001f600e\u0301", max_size=40),
    st.integers(0, 100).map(lambda length: "x" * length),
)
source = st.sampled_from(["builder", "server", "run"])


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Stage]:
    with open_stage(chromium) as stage:
        yield stage.open()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.tuples(source, text), max_size=25),
    steps=st.lists(st.integers(-6, 8), max_size=8),
    hidden=st.sets(source),
    columns=st.sampled_from([0, 1, 4, 10]),
)
def test_rows_are_where_counting_finds_them(
    page: Stage, lines: list[tuple[str, str]], steps: list[int], hidden: set[str], columns: int
) -> None:
    argument = {"lines": lines, "steps": steps, "hidden": sorted(hidden), "columns": columns}
    assert page.inside(COMPARE, argument) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=text, columns=st.integers(2, 12))
def test_a_wrapped_line_loses_nothing_and_fits(page: Stage, text: str, columns: int) -> None:
    parts = page.inside(
        """({ text, columns }) => {
            const starts = breakText(text, columns);
            return starts.map((start, part) => text.slice(start, starts[part + 1] ?? text.length));
        }""",
        {"text": text, "columns": columns},
    )
    assert "".join(parts) == text
    plain = [part for part in parts if part.isascii() and "\t" not in part]
    assert all(len(part) <= columns for part in plain)


def test_the_search_counts_what_is_kept(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(200_000)
    log.search.fill("line 1")
    log.settle()
    log.take_many(6_000)
    assert stage.page.evaluate("store.first") > 5_000
    counted = stage.page.evaluate("""() => {
        let count = 0;
        for (let number = store.first; number < store.end; number += 1) count += store.text(number).includes("line 1");
        return count;
    }""")
    assert log.found().endswith(f"/{counted:,}")


def test_lines_are_read_where_they_are_in_a_message(stage: Stage) -> None:
    log = LogPage(stage)
    stage.page.evaluate("""() => {
        const content = '[0, "x", "y"]\\n[1732220000, "run", "first"]\\n[1732220001, "run", "second"]\\n[3, "';
        const whole = new TextEncoder().encode(content);
        const from = whole.indexOf(10) + 1;
        const to = whole.lastIndexOf(10);
        store.take({ feed: "f", at: 0, count: 2 }, new DataView(whole.buffer, from, to - from));
    }""")
    log.settle()
    assert log.texts() == ["first", "second"]


def test_a_message_without_its_lines_is_asked_for_again(stage: Stage) -> None:
    LogPage(stage)
    stage.page.evaluate("() => store.take({ feed: 'f', at: 0, count: 2 }, undefined)")
    assert stage.sent == [{"op": "sync", "feed": "f", "have": 0}]
