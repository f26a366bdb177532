"""Whose traceback is it: logs of one and several workers, late lines, and workers that were ended."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.errors import Frame, Place
from azml_magics.scoring import failure_log
from azml_magics.scoring.failure_log import TIMED_OUT_NOTE, Failure, ReadLog, failure_lines
from azml_magics.system.logs import read_appended

SCRIPT = EntryScript("score.py", "", Origin("cell In [4]", 1))


def stamped(pid: int, logger: str, text: str, level: str = "I") -> str:
    return f"2026-11-21 02:37:40,843 {level} [{pid}] {logger} - {text}"


def access(pid: int, request_id: str, *, answered: str | None = None, status: int = 500) -> str:
    line = f'127.0.0.1 - - [21/Nov/2026:02:37:40 +0000] "POST /score HTTP/1.1" {status} 92 "-" "python"'
    return stamped(pid, "gunicorn.access", f"{line} request_id={answered or request_id}/{request_id}")


def failure(pid: int, message: str, file: str = "/srv/app/score.py") -> list[str]:
    head = stamped(pid, "azmlinfsrv", "Encountered Exception: Traceback (most recent call last):", "E")
    return [head, f'  File "{file}", line 8, in run', '    k = d.get("k")', f"ValueError: {message}", ""]


def block(message: str) -> list[str]:
    return ["Traceback (most recent call last):", *failure(1, message)[1:4]]


def timeout(pid: int) -> str:
    return stamped(1, "gunicorn.error", f"WORKER TIMEOUT (pid:{pid})", "C")


def test_the_traceback_before_the_access_line() -> None:
    lines = [
        stamped(7, "azmlinfsrv.print", "run called"),
        *failure(7, "boom"),
        stamped(7, "azmlinfsrv", "POST /score 500 1ms"),
    ]
    assert failure_lines([*lines, access(7, "id-1")], "id-1") == block("boom")


def test_each_request_has_its_own() -> None:
    lines = [*failure(7, "first"), access(7, "id-1"), *failure(7, "second"), access(7, "id-2")]
    lines += [access(7, "id-3"), *failure(7, "fourth")]
    assert failure_lines(lines, "id-1") == block("first")
    assert failure_lines(lines, "id-2") == block("second")
    assert failure_lines(lines, "id-3") == []  # it failed without a traceback
    assert failure_lines(lines, "id-4") == []


def test_workers_that_write_in_between() -> None:
    one, two = failure(7, "one"), failure(8, "two")
    lines = [*one, *two, access(8, "id-2"), access(7, "id-1")]
    assert failure_lines(lines, "id-1") == block("one")
    assert failure_lines(lines, "id-2") == block("two")


def test_the_last_of_several_tracebacks_is_the_one_that_was_answered() -> None:
    lines = [
        stamped(7, "azmlinfsrv.print", "retrying"),
        "Traceback (most recent call last):",
        *failure(7, "tried")[1:],
        *failure(7, "gave up"),
    ]
    assert failure_lines([*lines, access(7, "id-1")], "id-1") == block("gave up")


def test_an_id_is_matched_whole() -> None:
    lines = [*failure(7, "other"), access(7, "xid-1"), *failure(7, "mine"), access(7, "id-1", answered="a-b")]
    assert failure_lines(lines, "id-1") == block("mine")
    assert failure_lines(lines, "id") == []


def test_an_id_with_quotes_and_slashes() -> None:
    lines = [*failure(7, "mine"), access(7, 'a/\\"b\\"')]
    assert failure_lines(lines, 'a/"b"') == block("mine")


def test_a_worker_ended_by_its_time_limit() -> None:
    raw = ["Fatal Python error: Aborted", ""]
    stopped = [
        stamped(7, "gunicorn.error", "Error handling request POST /score", "E"),
        *block("x")[:3],
        "SystemExit: 1",
    ]
    lines = [timeout(7), *raw, *stopped, access(7, "id-1", answered="-")]
    assert failure_lines(lines, "id-1") == [*block("x")[:3], "SystemExit: 1", TIMED_OUT_NOTE]


def test_the_time_limit_of_another_worker_is_not_blamed() -> None:
    lines = [timeout(8), *failure(7, "boom"), access(7, "id-1")]
    assert failure_lines(lines, "id-1") == block("boom")


def test_a_worker_that_was_killed_before_its_access_line() -> None:
    assert failure_lines([timeout(7)], "id-1") == [timeout(7), TIMED_OUT_NOTE]
    assert failure_lines([stamped(7, "azmlinfsrv.print", "x")], "id-1") == []


REQUESTS = st.lists(st.tuples(st.sampled_from([7, 8, 9]), st.booleans()), max_size=12)


@given(REQUESTS, st.randoms(use_true_random=False))
def test_any_interleaving_of_sync_workers(requests: list[tuple[int, bool]], dice: object) -> None:
    """Every worker answers its requests one after the other; records of different workers mix as they like."""
    import random

    assert isinstance(dice, random.Random)
    queues: dict[int, list[list[str]]] = {7: [], 8: [], 9: []}
    for number, (pid, failed) in enumerate(requests):
        queues[pid] += [failure(pid, f"m{number}")] if failed else [[stamped(pid, "azmlinfsrv.print", "ran")]]
        queues[pid] += [[access(pid, f"id-{number}", status=500 if failed else 200)]]
    lines: list[str] = []
    while any(queues.values()):
        lines += queues[dice.choice([pid for pid, queue in queues.items() if queue])].pop(0)
    for number, (_, failed) in enumerate(requests):
        assert failure_lines(lines, f"id-{number}") == (block(f"m{number}") if failed else [])


# the file -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(tmp_path: Path) -> Endpoint:
    return Endpoint("digits", "process", 8000, tmp_path / "service.log", tmp_path)


def write(endpoint: Endpoint, *lines: str, end: str = "\n") -> None:
    with endpoint.log_path.open("a") as log:
        log.write("\n".join(lines) + end)


def log_from(endpoint: Endpoint, offset: int) -> ReadLog:
    return lambda: read_appended(endpoint.log_path, offset, limit=1000)


def find_failure(endpoint: Endpoint, offset: int, request_id: str, script: EntryScript | None) -> Failure | None:
    read_log = log_from(endpoint, offset)
    return failure_log.find_failure(read_log, request_id, app_root=endpoint.app_root, script=script)


def find_worker_end(endpoint: Endpoint, offset: int) -> str | None:
    return failure_log.find_worker_end(log_from(endpoint, offset))


def test_only_what_came_after_the_request_was_sent(endpoint: Endpoint) -> None:
    app = endpoint.directory / "app"
    write(endpoint, *failure(7, "old"), access(7, "id-1"))
    offset = endpoint.log_path.stat().st_size
    write(endpoint, *failure(7, "new", f"{app}/score.py"), access(7, "id-1"))
    found = find_failure(endpoint, offset, "id-1", SCRIPT)
    assert found is not None
    assert found.lines[-1] == "ValueError: new"
    text = 'k = d.get("k")'
    assert found.frames == (Frame("score.py", 8, "run", text, Place("cell In [4]", 9, text=text)),)


def test_a_line_that_comes_a_moment_later_and_in_pieces(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "LOG_WAIT_SECONDS", 300.0)
    write(endpoint, *failure(7, "late"))
    line = access(7, "id-1")
    pieces = [line[:-1], line[-1:], "\n"]

    def add_piece() -> None:
        write(endpoint, pieces.pop(0), end="")
        if pieces:
            threading.Timer(0.05, add_piece).start()

    threading.Timer(0.05, add_piece).start()
    found = find_failure(endpoint, 0, "id-1", None)
    assert found is not None
    assert found.lines[-1] == "ValueError: late"
    assert pieces == []


def test_a_log_without_the_line_is_not_waited_for_for_ever(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "LOG_WAIT_SECONDS", 0.05)
    assert find_failure(endpoint, 0, "id-1", None) is None
    write(endpoint, *failure(7, "of another request"), access(7, "id-2"))
    assert find_failure(endpoint, 0, "id-1", None) is None
    write(endpoint, timeout(7))
    found = find_failure(endpoint, 0, "id-1", None)
    assert found is not None
    assert found.lines == (timeout(7), TIMED_OUT_NOTE)


def test_bytes_that_are_no_text(endpoint: Endpoint) -> None:
    endpoint.log_path.write_bytes(b"\xff\xfe raw\r\n")
    write(endpoint, *failure(7, "boom"), access(7, "id-1"))
    found = find_failure(endpoint, 0, "id-1", None)
    assert found is not None
    assert list(found.lines) == block("boom")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", True),
        ("Worker (pid:7) exited with code 7.", True),
        ("Worker with pid 7 was terminated due to signal 9", True),
        ("Worker exiting (pid: 7)", False),
        ("Booting worker with pid: 8", False),
    ],
)
def test_the_end_of_a_worker(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, text: str, expected: bool) -> None:
    monkeypatch.setattr(failure_log, "LOG_WAIT_SECONDS", 0.05)
    write(endpoint, stamped(1, "gunicorn.error", text, "E"))
    assert find_worker_end(endpoint, 0) == (text if expected else None)
    assert find_worker_end(endpoint, endpoint.log_path.stat().st_size) is None
