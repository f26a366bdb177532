"""Being told of the end of processes that somebody else started."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator

import pytest

from azml_magics.system.exits import ExitWatch
from azml_magics.system.process import process_created

LIMIT_SECONDS = 120

pytestmark = pytest.mark.skipif(not ExitWatch.works, reason="only parents are told of ends here")


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two that wait for their end."""
    started = [subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.communicate()


def names(processes: list[subprocess.Popen[bytes]]) -> list[tuple[int, float | None]]:
    return [(process.pid, process_created(process.pid)) for process in processes]


def test_each_end_is_told(processes: list[subprocess.Popen[bytes]]) -> None:
    told = threading.Event()
    watch = ExitWatch(told.set)
    watch.watch(names(processes))
    for process in processes:
        process.kill()
        assert told.wait(LIMIT_SECONDS)
        told.clear()
    watch.close()


def test_only_those_asked_for_last_are_watched(processes: list[subprocess.Popen[bytes]]) -> None:
    ended: list[int | None] = []
    told = threading.Event()

    def wake() -> None:
        ended.extend(process.poll() for process in processes)
        told.set()

    watch = ExitWatch(wake)
    first, second = names(processes)
    watch.watch([first, second])
    watch.watch([second])
    processes[0].kill()
    processes[0].wait()
    processes[1].kill()
    assert told.wait(LIMIT_SECONDS)
    watch.close()
    assert len(ended) == 2  # once


def test_one_that_has_ended_before_it_is_watched_is_told(processes: list[subprocess.Popen[bytes]]) -> None:
    told = threading.Event()
    watch = ExitWatch(told.set)
    known = names(processes)
    processes[0].kill()
    processes[0].wait()
    watch.watch(known)
    assert told.wait(LIMIT_SECONDS)
    told.clear()
    processes[1].kill()
    assert told.wait(LIMIT_SECONDS)
    watch.close()


def test_another_process_under_the_same_number_is_not_meant(processes: list[subprocess.Popen[bytes]]) -> None:
    calls: list[None] = []
    told = threading.Event()

    def wake() -> None:
        calls.append(None)
        told.set()

    watch = ExitWatch(wake)
    (pid, created), meant = names(processes)
    assert created is not None
    watch.watch([(pid, created - 1000), meant])
    assert told.wait(LIMIT_SECONDS)  # of the one that had the number before
    told.clear()
    processes[0].kill()
    processes[0].wait()
    processes[1].kill()
    assert told.wait(LIMIT_SECONDS)
    watch.close()
    assert len(calls) == 2


def test_nothing_is_told_after_the_end(processes: list[subprocess.Popen[bytes]]) -> None:
    others = set(threading.enumerate())
    calls: list[None] = []
    watch = ExitWatch(lambda: calls.append(None))
    watch.watch(names(processes))
    watch.close()
    watch.close()
    watch.watch(names(processes))
    processes[0].kill()
    processes[0].wait()
    assert calls == []
    assert set(threading.enumerate()) <= others
