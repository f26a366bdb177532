"""The log of a service as lines of a feed: whose, when, and whatever a script writes."""

from __future__ import annotations

from pathlib import Path

from azml_magics.definitions.server_log import ServerState, classify_server_line
from azml_magics.panel.log_feed import SHOWN_CHARACTERS, LogFeed
from azml_magics.panel.service_log import ServiceLog

#: As a service wrote it.
LOG = """\
2026-11-21T20:36:03.900000+00:00 | gunicorn/run | Entry script directory: /w/app

Server Settings
2026-11-21 20:36:04,505 I [20525] gunicorn.error - Booting worker with pid: 20525
2026-11-21 20:36:05,419 I [20525] azmlinfsrv - Starting up app insights client
2026-11-21 20:36:05,420 I [20525] azmlinfsrv.print - loading model
raw of init
2026-11-21 20:36:06,420 I [20525] azmlinfsrv.user_script - Users's init has completed successfully
2026-11-21 20:36:08,045 E [20525] azmlinfsrv - Encountered Exception: Traceback (most recent call last):
  File "/w/app/score.py", line 13, in run
ValueError: boom
2026-11-21 20:36:08,045 I [20525] azmlinfsrv - POST /score 500 1.058ms 92
"""


def messages() -> list[str]:
    """The log's lines as a panel shows them, beside a column of times."""
    state, shown = ServerState(), []
    for line in LOG.splitlines():
        told, state = classify_server_line(line, state)
        shown.append(told.message)
    return shown


def read(log: ServiceLog, feed: LogFeed, *, ended: bool = False) -> list[tuple[float, str, str]]:
    before = feed.end
    while log.take_news(feed, ended=ended):
        pass
    return feed.tail(feed.end - before)


def test_lines_have_sources_and_times(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.write_text(LOG)
    told = read(ServiceLog(path), LogFeed("s"))
    assert [text for _, _, text in told] == messages()
    assert messages()[5] == "loading model"
    assert [source for _, source, _ in told] == ["server"] * 5 + ["init"] * 2 + ["server"] + ["request"] * 4
    times = [time for time, _, _ in told]
    assert times == sorted(times)
    assert times[1] == times[0]
    assert times[9] == times[8]


def test_what_is_appended_is_told_once_it_is_whole(tmp_path: Path) -> None:
    path, feed = tmp_path / "service.log", LogFeed("s")
    log = ServiceLog(path)
    assert read(log, feed) == []
    with path.open("ab", buffering=0) as file:
        file.write("häl".encode()[:2])
        assert read(log, feed) == []
        file.write("häl".encode()[2:] + b"f\r\nand")
        assert [text for _, _, text in read(log, feed)] == ["hälf"]
        assert read(log, feed) == []
    assert [text for _, _, text in read(log, feed, ended=True)] == ["and"]


def test_what_the_job_told_is_not_told_again(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.write_text(LOG)
    told = read(ServiceLog(path, skip=9), LogFeed("s"))
    assert [text for _, _, text in told] == messages()[9:]
    assert {source for _, source, _ in told} == {"request"}  # which only the lines before say


def test_whatever_a_script_writes(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.write_bytes(b"\xff\xfe broken\n\x00\x07\x1b]0;title\x07<b>\n" + b"x" * 5_000_000 + b"\nafter\n")
    told = [text for _, _, text in read(ServiceLog(path), LogFeed("s"))]
    assert told[0] == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} broken"
    assert told[1] == "\x00\x07\x1b]0;title\x07<b>"
    assert len(told[2]) <= SHOWN_CHARACTERS + 200
    assert "5,000,000 bytes" in told[2]
    assert told[3] == "after"


def test_a_log_that_is_gone_is_no_failure(tmp_path: Path) -> None:
    assert read(ServiceLog(tmp_path / "gone" / "service.log"), LogFeed("s")) == []
