"""The numbered lines of a log: bounded, complete, readable from anywhere."""

from __future__ import annotations

import json

import pytest

from azml_magics.panel import log_feed
from azml_magics.panel.log_feed import SHOWN_CHARACTERS, LogFeed


def lines(first: int, count: int, source: str = "builder") -> list[bytes]:
    return [json.dumps([1.5, source, f"line {number}"]).encode() for number in range(first, first + count)]


def test_lines_are_read_from_any_number_on() -> None:
    feed = LogFeed("a")
    feed.append(lines(0, 3))
    feed.append(lines(3, 50_000, "server"))
    assert (feed.first, feed.end) == (0, 50_003)
    for at in (0, 2, 255, 256, 19_999, 20_000, 49_998):
        part = feed.read(at, count=5, size=10_000)
        assert part is not None
        assert part.at == at
        assert part.content.split(b"\n") == (lines(0, 3) + lines(3, 50_000, "server"))[at : at + 5]
    whole = feed.read(0, count=100_000, size=100_000_000)
    assert whole is not None
    assert whole.count == 50_003
    small = feed.read(0, count=100_000, size=100)
    assert small is not None
    assert 1 <= small.count < 10
    assert feed.read(50_003, count=5, size=100) is None
    assert feed.tail(2) == [(1.5, "server", "line 50001"), (1.5, "server", "line 50002")]
    feed.close()
    assert feed.read(0, count=1, size=1) is None


def test_the_oldest_are_dropped_and_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_feed, "KEPT_LINES", 100)
    monkeypatch.setattr(log_feed, "SEGMENT_LINES", 30)
    feed = LogFeed("a")
    for first in range(0, 1000, 50):
        feed.append(lines(first, 50))
    assert feed.end == 1000
    assert 800 < feed.first <= 900
    part = feed.read(0, count=1, size=100)
    assert part is not None
    assert part.at == feed.first
    assert part.content == lines(feed.first, 1)[0]


def test_a_log_of_few_large_lines_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_feed, "KEPT_BYTES", 300_000)
    monkeypatch.setattr(log_feed, "SEGMENT_BYTES", 100_000)
    feed = LogFeed("a")
    for number in range(100):
        feed.append([json.dumps([1.0, "run", f"{number} " + "x" * 15_000]).encode()])
    assert feed.end == 100
    assert 70 < feed.first < 100


def test_a_long_line_is_cut_and_says_so() -> None:
    feed = LogFeed("a")
    feed.append([json.dumps([1.0, "builder", "\x1b[31m" + "ä" * 5_000_000]).encode(), *lines(0, 1)])
    (_, _, text), (_, _, after) = feed.tail(5)
    assert len(text) < SHOWN_CHARACTERS + 200
    assert text.endswith("... 4,980,005 characters more; the whole line is in the log")
    assert after == "line 0"


def test_line_ends_and_broken_characters_in_a_line_do_no_harm() -> None:
    feed = LogFeed("a")
    texts = ["a\nb\r\x00", "\ud800 half", "\u2028", ""]
    feed.append([json.dumps([1.0, "builder", text]).encode() for text in texts])
    assert [text for _, _, text in feed.tail(5)] == texts
