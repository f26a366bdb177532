"""A log as news while a service starts: every line once, in order, and what goes wrong on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.engines.told_log import told_log
from azml_magics.events import Event, LogLine
from azml_magics.system.logs import TOLD_CHARACTERS

LOADING = "2026-11-21 20:36:03,123 I [7] azmlinfsrv - Starting up app insights client\n"


def texts(told: list[Event]) -> list[str]:
    return [event.text for event in told if isinstance(event, LogLine)]


def test_what_is_appended_is_told_before_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.write_text("of a former start\n")
    told: list[Event] = []
    with told_log(path, told.append), path.open("a") as file:
        file.write(f"raw\n{LOADING}importing\nno end yet")
    assert [event.source for event in told if isinstance(event, LogLine)] == ["server", "server", "init"]
    assert texts(told)[::2] == ["raw", "importing"]


def test_a_log_that_is_not_there_yet_and_a_line_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    told: list[Event] = []
    with pytest.raises(ZeroDivisionError), told_log(path, told.append):
        path.write_text(f"{'x' * (TOLD_CHARACTERS + 1)}\nits last words")
        raise ZeroDivisionError
    first, last = texts(told)
    assert first == f"{'x' * TOLD_CHARACTERS} ... (a line of {TOLD_CHARACTERS + 1:,} bytes)"
    assert last == "its last words"


def test_what_listeners_raise_is_raised_once_the_block_has_succeeded(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    calls: list[Event] = []

    def refuse(event: Event) -> None:
        calls.append(event)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"), told_log(path, refuse):
        path.write_text("one\ntwo\n")
    assert len(calls) == 1


def test_requests_are_no_news_of_a_reload(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    told: list[Event] = []
    with told_log(path, told.append, tells_requests=False):
        path.write_text('2026-11-21 20:36:03,123 I [7] gunicorn.access - "POST /score"\nraw\n')
    assert texts(told) == ["raw"]
