"""What the page is sent: everything once, and again when it asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azml_magics.panel import log_feed, pump
from azml_magics.panel.log_feed import LogFeed
from azml_magics.panel.pump import Message, Pump


class Subject:
    """Something to tell."""

    def __init__(self) -> None:
        self.feed = LogFeed("first")
        self.value = 0
        self.pending = 0

    def take_news(self) -> bool:
        if self.pending:
            self.pending -= 1
            self.feed.append([json.dumps([1.0, "run", "x" * 50]).encode()] * 1000)
        return self.pending > 0

    def state(self) -> Message:
        return {"value": self.value}


class Sent(list[tuple[dict[str, Any], list[bytes]]]):
    def __call__(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        self.append((message, buffers))


@pytest.fixture
def subject() -> Subject:
    return Subject()


@pytest.fixture
def sent() -> Sent:
    return Sent()


def test_changes_are_told_once(subject: Subject, sent: Sent) -> None:
    channel = Pump(subject, sent, threaded=False)
    channel.flush()
    channel.flush()
    subject.value = 1
    channel.flush()
    assert [message["state"]["value"] for message, _ in sent] == [0, 1]
    assert all(isinstance(message["state"]["now"], float) for message, _ in sent)


def test_the_log_goes_in_pieces_as_it_is(subject: Subject, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "MESSAGE_LINES", 800)
    channel = Pump(subject, sent, threaded=False)
    subject.pending = 3
    channel.flush()
    logs = [message["log"] for message, _ in sent if "log" in message]
    assert [log.get("reset", False) for log in logs] == [True] + [False] * (len(logs) - 1)
    assert sum(log["count"] for log in logs) == 3000
    assert all(log["count"] <= 800 for log in logs)
    assert sent[0][1][0].count(b"\n") == logs[0]["count"] - 1


def test_a_page_gets_what_it_misses(subject: Subject, sent: Sent) -> None:
    channel = Pump(subject, sent, threaded=False)
    subject.pending = 2
    channel.flush()
    for feed, have, at, reset in (("first", 1500, 1500, False), ("first", 2000, None, False), (None, 0, 0, True)):
        sent.clear()
        channel.send_again(feed, have)
        channel.flush()
        assert "state" in sent[0][0]
        log = sent[0][0].get("log")
        assert (log and log["at"], bool(log and log.get("reset"))) == (at, reset)


def test_what_is_not_to_be_had_any_more_is_said(subject: Subject, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_feed, "KEPT_LINES", 1000)
    monkeypatch.setattr(log_feed, "SEGMENT_LINES", 500)
    channel = Pump(subject, sent, threaded=False)
    subject.pending = 1
    channel.flush()
    for _ in range(5):
        subject.pending = 1
        subject.take_news()
    sent.clear()
    channel.flush()
    log = sent[0][0]["log"]
    assert log["at"] == subject.feed.first > 1000
    assert log["reset"]


def test_another_log_begins_anew(subject: Subject, sent: Sent) -> None:
    channel = Pump(subject, sent, threaded=False)
    subject.pending = 1
    channel.flush()
    subject.feed = LogFeed("second")
    subject.pending = 1
    sent.clear()
    channel.flush()
    assert sent[0][0]["log"] == {"feed": "second", "at": 0, "count": 1000, "reset": True}


def test_answers_keep_their_order(subject: Subject, sent: Sent) -> None:
    channel = Pump(subject, sent, threaded=False)
    channel.reply(1, progress={"done": 1})
    channel.reply(2, ok=True, value=None)
    channel.reply(1, ok=False, error={"message": "no", "lines": []})
    channel.flush()
    replies = [reply for message, _ in sent for reply in message.get("replies", ())]
    assert [reply["id"] for reply in replies] == [1, 2, 1]
