"""Jobs with real threads: order of news, outcome, cancelling, interrupts."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading

import pytest

from azml_magics.cancel import Cancel
from azml_magics.errors import BuildError, CancelledError
from azml_magics.events import Emit, Event, Note
from azml_magics.jobs import Job, run_in_foreground

LIMIT_SECONDS = 120


def until_cancelled(emit: Emit, cancel: Cancel) -> str:
    """Work that ends only when it is cancelled, and says when it has begun."""
    asked = threading.Event()
    cancel.add_hook(asked.set)
    emit(Note("begun"))
    assert asked.wait(LIMIT_SECONDS)
    emit(Note("cleaned up"))
    cancel.check("the work")
    raise AssertionError("never cancelled")


def test_result_and_news_in_order() -> None:
    heard: list[Event] = []

    def work(emit: Emit, cancel: Cancel) -> int:
        for number in range(3):
            emit(Note(str(number)))
        return 42

    job = Job("digits", work, listeners=[heard.append]).start()
    assert job.result() == 42
    assert job.state == "done"
    assert heard == [Note("0"), Note("1"), Note("2")] == list(job.events)
    assert repr(job) == "<Job 'digits': done>"


def test_failure_is_raised_each_time_it_is_asked_for() -> None:
    def work(emit: Emit, cancel: Cancel) -> None:
        raise BuildError("no wheel")

    job = Job("digits", work).start()
    for _ in range(2):
        with pytest.raises(BuildError, match="no wheel"):
            job.result()
    assert job.state == "failed"
    assert isinstance(job.error, BuildError)


def test_cancel_ends_the_work() -> None:
    begun = threading.Event()
    job = Job("digits", until_cancelled, listeners=[lambda event: begun.set()]).start()
    assert begun.wait(LIMIT_SECONDS)
    assert repr(job) == "<Job 'digits': running>"
    assert not job.wait(0)
    job.cancel()
    assert job.wait(LIMIT_SECONDS)
    assert job.state == "cancelled"
    with pytest.raises(CancelledError):
        job.result()


def test_raising_listener_disturbs_nothing_and_is_raised_at_the_end() -> None:
    heard: list[Event] = []
    asked = []

    def broken(event: Event) -> None:
        asked.append(event)
        raise ZeroDivisionError("listener")

    def work(emit: Emit, cancel: Cancel) -> str:
        emit(Note("one"))
        emit(Note("two"))
        return "value"

    job = Job("digits", work, listeners=[broken, heard.append]).start()
    with pytest.raises(ZeroDivisionError, match="listener"):
        job.result()
    assert job.state == "done"
    assert job.error is None
    assert len(heard) == 2
    assert asked == [Note("one")]


def test_failure_of_the_work_wins_over_the_listeners() -> None:
    def broken(event: Event) -> None:
        raise ZeroDivisionError

    def work(emit: Emit, cancel: Cancel) -> None:
        emit(Note("one"))
        raise BuildError("no wheel")

    with pytest.raises(BuildError):
        Job("digits", work, listeners=[broken]).start().result()


def test_end_listeners_run_once_before_the_waiting_ends() -> None:
    ended: list[str] = []
    go = threading.Event()

    def work(emit: Emit, cancel: Cancel) -> None:
        assert go.wait(LIMIT_SECONDS)

    job = Job("digits", work).start()
    job.add_end_listener(lambda: ended.append(job.state))
    removed = job.add_end_listener(lambda: ended.append("removed"))
    removed()
    go.set()
    job.wait()
    assert ended == ["done"]
    job.add_end_listener(lambda: ended.append("late"))
    assert ended == ["done", "late"]


def test_thread_runs_in_a_copy_of_the_context() -> None:
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell")
    cell.set("In [4]")

    def work(emit: Emit, cancel: Cancel) -> str:
        seen = cell.get()
        cell.set("changed by the thread")
        return seen

    assert Job("digits", work).start().result() == "In [4]"
    assert cell.get() == "In [4]"


def test_can_be_awaited() -> None:
    go = threading.Event()

    def work(emit: Emit, cancel: Cancel) -> int:
        assert go.wait(LIMIT_SECONDS)
        return 7

    async def main() -> tuple[int, int]:
        job = Job("digits", work).start()
        asyncio.get_running_loop().call_soon(go.set)
        return await job, await job

    assert asyncio.run(main()) == (7, 7)


def test_waiting_can_be_interrupted_and_the_work_goes_on() -> None:
    go = threading.Event()

    def work(emit: Emit, cancel: Cancel) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        assert go.wait(LIMIT_SECONDS)
        return "value"

    job = Job("digits", work)

    def start_and_wait() -> None:
        job.start()
        job.wait(LIMIT_SECONDS)

    with pytest.raises(KeyboardInterrupt):
        start_and_wait()
    assert job.state == "running"
    go.set()
    assert job.result() == "value"


def test_foreground_listens_in_the_callers_thread() -> None:
    threads: set[int] = set()

    def work(emit: Emit, cancel: Cancel) -> int:
        emit(Note("one"))
        return threading.get_ident()

    job = run_in_foreground("digits", work, listeners=[lambda event: threads.add(threading.get_ident())])
    assert job.state == "done"
    assert threads == {threading.get_ident()}
    assert job.result() != threading.get_ident()


def test_interrupt_in_the_foreground_cancels_and_waits_for_the_clean_up() -> None:
    heard: list[Event] = []

    def work(emit: Emit, cancel: Cancel) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return until_cancelled(emit, cancel)

    with pytest.raises(KeyboardInterrupt):
        run_in_foreground("digits", work, listeners=[heard.append])
    assert heard == [Note("begun"), Note("cleaned up")]


def test_second_interrupt_in_the_foreground_stops_the_waiting() -> None:
    go, ended = threading.Event(), threading.Event()

    def work(emit: Emit, cancel: Cancel) -> None:
        cancel.add_hook(lambda: signal.raise_signal(signal.SIGINT))
        os.kill(os.getpid(), signal.SIGINT)
        assert go.wait(LIMIT_SECONDS)
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        run_in_foreground("digits", work)
    assert not ended.is_set()
    go.set()
    assert ended.wait(LIMIT_SECONDS)


def test_foreground_keeps_a_raising_listener_from_the_work() -> None:
    def broken(event: Event) -> None:
        raise ZeroDivisionError

    def work(emit: Emit, cancel: Cancel) -> str:
        emit(Note("one"))
        emit(Note("two"))
        return "value"

    job = run_in_foreground("digits", work, listeners=[broken])
    assert job.state == "done"
    with pytest.raises(ZeroDivisionError):
        job.result()
