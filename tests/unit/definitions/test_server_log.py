"""Whose each line of a service's log is; real services' logs are read in ``tests/contracts``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

import pytest

from azml_magics.definitions.server_log import ServerLine, ServerState, classify_server_line

UTC = ServerState(timezone.utc)


def record(pid: int, logger: str, text: str, level: str = "I") -> str:
    return f"2026-11-21 20:36:04,496 {level} [{pid}] {logger} - {text}"


def classified(lines: Iterable[str], state: ServerState = UTC) -> list[ServerLine]:
    found = []
    for line in lines:
        read, state = classify_server_line(line, state)
        found.append(read)
    return found


def sources(*lines: str) -> list[str]:
    return [line.source for line in classified(lines)]


def begun(pid: int) -> list[str]:
    return [record(pid, "azmlinfsrv", "Starting up app insights client")]


def ready(pid: int) -> list[str]:
    return [
        record(pid, "azmlinfsrv.user_script", "Users's init has completed successfully"),
        record(pid, "azmlinfsrv", f"Worker with pid {pid} ready for serving traffic"),
    ]


def test_a_worker_from_its_start_to_its_requests() -> None:
    log = {
        "2026-11-21T20:36:04.149170+00:00 | gunicorn/run | Entry script directory: /app": "server",
        record(1, "azmlinfsrv", "Loaded logging config from /x"): "server",
        "Azure ML Inferencing HTTP server v1.5.1": "server",
        record(2, "gunicorn.error", "Booting worker with pid: 2"): "server",
        record(2, "azmlinfsrv", "Found extra keys", "W"): "server",
        "Extra keys = ['X']": "server",
        begun(2)[0]: "server",
        record(2, "azmlinfsrv.print", "importing"): "init",
        record(2, "azmlinfsrv.user_script", "Invoking user's init function"): "server",
        "Initializing logger": "server",
        "raw in init": "init",
        record(2, "azmlinfsrv.print", "two"): "init",
        "lines": "init",
        record(2, "mine", "a logger of the script's own", "W"): "init",
        ready(2)[0]: "server",
        ready(2)[1]: "server",
        "raw in run": "request",
        record(2, "azmlinfsrv.print", "in run"): "request",
        "and more": "request",
        record(2, "azmlinfsrv", "POST /score 200 0.551ms 3"): "request",
        record(2, "gunicorn.access", '127.0.0.1 "POST /score HTTP/1.1" 200'): "request",
        record(2, "azmlinfsrv", "Encountered Exception: Traceback (most recent call last):", "E"): "request",
        "ValueError: boom": "request",
        record(1, "gunicorn.error", "Handling signal: term"): "server",
    }
    assert sources(*log) == list(log.values())


def test_why_init_failed_belongs_to_init() -> None:
    log = [
        *begun(2),
        record(2, "azmlinfsrv", "User's init function failed", "E"),
        record(2, "azmlinfsrv", "Encountered Exception Traceback (most recent call last):", "E"),
        "RuntimeError: no model",
        record(2, "gunicorn.error", "Worker exiting (pid: 2)"),
        record(1, "gunicorn.error", "Worker (pid:2) exited with code 3.", "E"),
        "raw",
    ]
    assert sources(*log) == ["server", "init", "init", "init", "server", "server", "server"]


def test_workers_that_load_beside_each_other_and_beside_requests() -> None:
    log = [*begun(2), *begun(3), *ready(2), "raw in init of 3", record(2, "azmlinfsrv.print", "in run"), *ready(3)]
    assert sources(*log)[4] == "init"
    assert sources(*log)[5] == "request"
    # A reload: another worker loads the script while the first one answers.
    assert sources(*begun(2), *ready(2), *begun(4), record(4, "azmlinfsrv.print", "again"))[-1] == "init"


@pytest.mark.parametrize(
    "words", ["Worker exiting (pid: 2)", "Worker (pid:2) was sent SIGKILL!", "Worker with pid 2 was terminated"]
)
def test_a_worker_that_has_ended_says_nothing_more(words: str) -> None:
    log = [*begun(2), record(1, "gunicorn.error", words), "raw", *begun(2), "raw again"]
    assert sources(*log) == ["server", "server", "server", "server", "init"]


def test_of_a_log_whose_beginning_is_not_known_prints_are_of_requests() -> None:
    assert sources(record(7, "azmlinfsrv.print", "x"), "below") == ["request", "request"]


def test_times_where_a_line_says_one() -> None:
    moment = datetime(2026, 11, 21, 20, 36, 4, 496_000, tzinfo=timezone.utc)
    assert classified([record(2, "azmlinfsrv", "x")])[0].time == moment.timestamp()
    east = ServerState(timezone(timedelta(hours=2)))
    assert classified([record(2, "azmlinfsrv", "x")], east)[0].time == moment.timestamp() - 7200
    here = datetime(2026, 11, 21, 20, 36, 4, 496_000).timestamp()
    assert classified([record(2, "azmlinfsrv", "x")], ServerState())[0].time == here
    assert classified(["raw"])[0].time is None


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-21T20:36:04.500+00:00 | gunicorn/run | text",
        "2026-11-21T20:36:04,500000000+00:00 | gunicorn/run | text",
        "2026-11-21T22:36:04.5+02:00 | gunicorn/run | text",
        "2026-11-21T20:36:04.5Z | gunicorn/run | text",
        "2026-11-21T20:36:04.5 | gunicorn/run | text",
    ],
)
def test_lines_of_start_scripts(line: str) -> None:
    (found,) = classified([line])
    moment = datetime(2026, 11, 21, 20, 36, 4, 500_000, tzinfo=timezone.utc)
    assert (found.source, found.time, found.message) == ("server", moment.timestamp(), "gunicorn/run | text")


def test_gunicorn_before_the_server_sets_up_its_log() -> None:
    (found,) = classified(["[2026-11-21 20:36:04 +0000] [12] [INFO] Booting worker"])
    assert (found.source, found.message) == ("server", "Booting worker")
    assert found.time == datetime(2026, 11, 21, 20, 36, 4, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    "line", ["2026-99-21 20:36:04,496 I [2] mine - x", "2026-99-21T20:36:04Z | x", "0001-01-01T00:00:00+23:59 | x"]
)
def test_what_looks_like_a_time_and_is_none(line: str) -> None:
    assert [found.text for found in classified([line])] == [line]


def test_messages_are_without_what_a_column_of_times_shows() -> None:
    printed = record(2, "azmlinfsrv.print", "epoch 3")
    other = record(2, "azmlinfsrv", "ready", "W")
    lines = [printed, other, "raw", "2026-11-21T20:36:04Z | gunicorn/run | x"]
    expected = ["epoch 3", "W [2] azmlinfsrv - ready", "raw", "gunicorn/run | x"]
    assert [line.message for line in classified(lines)] == expected


@pytest.mark.parametrize("line", ["x" * 5_000_000, " " * 5_000_000, "9" * 5_000_000, record(1, "y" * 5_000_000, "")])
def test_huge_lines(line: str) -> None:
    assert classified([line])[0].text == line
