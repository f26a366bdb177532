"""The lines of a log in the page: what comes out of order, twice, broken or in masses."""

from __future__ import annotations

import json

from tests.browser.harness import Stage
from tests.browser.log_page import Line, LogPage


def numbered(*numbers: int) -> list[Line]:
    return [(1732220000.0 + number, "builder", f"line {number}") for number in numbers]


def kept(log: LogPage) -> list[str]:
    texts: list[str] = log.page.evaluate(
        "() => Array.from({ length: store.end - store.first }, (_, n) => store.text(store.first + n))"
    )
    return texts


def test_lines_known_already_change_nothing(stage: Stage) -> None:
    log = LogPage(stage)
    log.take(numbered(0, 1, 2), at=0)
    log.take(numbered(0, 1), at=0)
    log.take(numbered(1, 2, 3, 4), at=1)
    assert kept(log) == [f"line {number}" for number in range(5)]
    assert stage.sent == []


def test_a_gap_is_asked_for_once_and_filled(stage: Stage) -> None:
    log = LogPage(stage)
    log.take(numbered(0, 1), at=0)
    # At once: what does not come within a second is asked for again.
    stage.page.evaluate("""() => {
        for (const at of [5, 6]) store.take({ feed: "f", at, count: 1 }, new TextEncoder().encode('[1, "run", "x"]'));
    }""")
    log.settle()
    assert stage.sent == [{"op": "sync", "feed": "f", "have": 2}]
    assert kept(log) == ["line 0", "line 1"]
    log.take(numbered(2, 3, 4, 5, 6, 7), at=2)
    assert kept(log) == [f"line {number}" for number in range(8)]
    log.take(numbered(9), at=9)
    assert stage.sent[1:] == [{"op": "sync", "feed": "f", "have": 8}]


def test_what_the_kernel_lost_is_said(stage: Stage) -> None:
    log = LogPage(stage, state={"log": {"feed": "f", "path": "/log/deploy.txt"}})
    log.take(numbered(0, 1), at=0)
    log.take(numbered(5000, 5001), at=5000, reset=True)
    assert kept(log) == ["line 5000", "line 5001"]
    assert stage.page.inner_text(".azml-log-notice") == "5,000 lines dropped; the whole log is /log/deploy.txt"
    assert stage.page.evaluate("rows().map((row) => row.querySelector('.azml-log-number').dataset.text)") == [
        "5001",
        "5002",
    ]


def test_a_reset_to_what_is_known_keeps_it(stage: Stage) -> None:
    log = LogPage(stage)
    log.take(numbered(0, 1, 2), at=0)
    log.take(numbered(2, 3), at=2, reset=True)
    assert kept(log) == [f"line {number}" for number in range(4)]


def test_another_log_takes_the_place_of_the_first(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(1000)
    log.search.fill("line")
    log.scroll(0)
    log.take(numbered(0, 1), at=0, feed="g")
    assert log.texts() == ["line 0", "line 1"]
    assert log.found().endswith("/2")
    assert stage.page.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "true"


def test_broken_lines_are_shown_as_they_came(stage: Stage) -> None:
    log = LogPage(stage)
    good = json.dumps(numbered(0)[0]).encode()
    content = b"\n".join([good, b'[1732220000, "builder", "cut', b"{}", b"[1, 2, 3]", b"\xff\xfe", b"", good])
    log.take_raw(content, 0, 7)
    assert log.texts() == ["line 0", '[1732220000, "builder", "cut', "{}", "[1, 2, 3]", "\ufffd\ufffd", "", "line 0"]
    assert stage.page.get_by_role("button", name="other 5").count() == 1


def test_a_message_with_more_or_fewer_lines_than_it_says_loses_none(stage: Stage) -> None:
    log = LogPage(stage)
    line = json.dumps([1732220000.0, "builder", "good"]).encode()
    log.take_raw(line + b"\n" + b"one\ntwo", 0, 2)
    log.take_raw(line, 2, 2)
    log.take_raw(line, 4, 1)
    assert log.texts() == ["good", "one\u240atwo", "good", "(a line was lost on its way to this page)", "good"]


def test_lines_of_another_kind_of_text(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("Grüße, 世界 \U0001f600", "\ud800 alone", "\u202eright to left", "a\tb", "")
    assert log.texts() == ["Grüße, 世界 \U0001f600", "\ud800 alone", "\u2426right to left", "a\tb", ""]


def test_memory_has_a_limit_in_lines(stage: Stage) -> None:
    log = LogPage(stage, state={"log": {"feed": "f", "path": "/log/build.txt"}})
    log.take_many(201_000)
    first = stage.page.evaluate("store.first")
    assert 201_000 - 200_000 <= first < 201_000 - 200_000 + 256
    assert stage.page.inner_text(".azml-log-notice") == f"{first:,} lines dropped; the whole log is /log/build.txt"
    assert log.visible()[-1] == 200_999
    # All sources together say how many lines there are.
    assert stage.page.evaluate("[...store.counts.values()].reduce((sum, count) => sum + count)") == 201_000 - first
    client = stage.page.context.new_cdp_session(stage.page)
    client.send("HeapProfiler.collectGarbage")
    used = client.send("Runtime.getHeapUsage")
    assert used["usedSize"] + used["backingStorageSize"] < 100e6


def test_memory_has_a_limit_in_characters(stage: Stage) -> None:
    log = LogPage(stage)
    stage.page.evaluate("""() => {
        const text = JSON.stringify([1732220000, "run", "x".repeat(30000)]);
        const content = new TextEncoder().encode(Array(1500).fill(text).join("\\n"));
        store.take({ feed: "f", at: 0, count: 1500 }, content);
    }""")
    log.settle()
    held = stage.page.evaluate("(store.end - store.first) * 30000")
    assert stage.page.evaluate("store.end") == 1500
    assert 20 * 1024 * 1024 < held <= 32 * 1024 * 1024
    assert log.visible()[-1] == 1499


def test_one_line_of_five_megabytes(stage: Stage) -> None:
    log = LogPage(stage)
    stage.page.evaluate("""() => {
        const texts = ["before", "\\x1b[31m" + "abcdefghi ".repeat(500000), "after"];
        const lines = texts.map((text) => JSON.stringify([1732220000, "run", text]));
        store.take({ feed: "f", at: 0, count: 3 }, new TextEncoder().encode(lines.join("\\n")));
    }""")
    log.settle()
    before, long, after = log.texts()
    assert (before, after) == ("before", "after")
    assert len(long) == 4000
    assert "more characters: Wrap shows them" in stage.page.evaluate(
        "rows()[1].querySelector('.azml-log-text').dataset.more"
    )
    log.search.fill("the whole log holds them")
    assert log.found() == "1/1"
    mark = stage.page.locator("mark.azml-current")
    assert mark.inner_text() == "the whole log holds them"
    assert mark.bounding_box() is not None
    assert stage.page.evaluate("rows()[1].querySelector('.azml-log-text').textContent").endswith(
        "4,967,237 more characters; the whole log holds them"
    )
