"""``Job``: work on one worker thread with its cancel flag, its news and its outcome; showing is left to the doors."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Generic, Literal, TypeAlias, TypeVar

from azml_magics.cancel import Cancel
from azml_magics.errors import CancelledError
from azml_magics.events import Emit, Event, remember

T = TypeVar("T")
Work: TypeAlias = Callable[[Emit, Cancel], T]
JobState = Literal["running", "done", "failed", "cancelled"]
#: How long a thread may take to begin before an interrupt gives it up.
BEGIN_TIMEOUT_SECONDS = 5.0


class Job(Generic[T]):
    """``work(emit, cancel)`` running on a thread of its own from :meth:`start` on.

    The thread runs in a copy of the caller's context: some kernels (ipykernel 7.0) find the cell a message belongs to
    through a context variable, which a plain thread lacks.

    ``listeners`` get every event on the thread that emits it. One that raises is not asked again and does not disturb
    the work; what it raised is raised by :meth:`result` when the work itself succeeded. Listeners never print.
    """

    def __init__(self, name: str, work: Work[T], *, listeners: Sequence[Emit] = ()) -> None:
        self.name = name
        self._work = work
        self._cancel = Cancel()
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._listeners = list(listeners)
        self._end_listeners: list[Callable[[], object]] = []
        self._listener_failures: list[Exception] = []
        self._state: JobState = "running"
        self._begun = threading.Event()
        self._ended = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

    def start(self) -> Job[T]:
        """Begin; to be called once."""
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._run), name=f"azml-{self.name}", daemon=True).start()
        return self

    @property
    def state(self) -> JobState:
        """``running`` until the work has ended."""
        return self._state

    @property
    def events(self) -> tuple[Event, ...]:
        """The news so far, oldest first; no log lines, which have no bound, and of progress the last one in a row."""
        with self._lock:
            return tuple(self._events)

    @property
    def error(self) -> BaseException | None:
        """What the work raised, or ``None``; a listener's failure is not the work's."""
        return self._error

    def add_end_listener(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call ``listener`` once when the work has ended (at once when it has already); the result removes it again.

        Whoever waits is woken after that, so a display is settled before the next cell runs.
        """
        with self._lock:
            if self._state == "running":
                self._end_listeners.append(listener)
                return partial(self._remove_end_listener, listener)
        self._tell(listener)
        return lambda: None

    def cancel(self) -> None:
        """Ask the work to end; it cleans up first, so :meth:`wait` for it."""
        self._cancel.request()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """True when the work ended in time. An interrupt ends the waiting, not the work."""
        return self._ended.wait(timeout_seconds)

    def result(self) -> T:
        """Wait, then return what the work returned or raise what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        if self._listener_failures:
            raise self._listener_failures[0]
        return self._value  # type: ignore[return-value]  # set by _run unless there is an error

    def __await__(self) -> Generator[object, None, T]:
        return self._await().__await__()

    async def _await(self) -> T:
        import asyncio

        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        remove = self.add_end_listener(partial(loop.call_soon_threadsafe, ended.set))
        try:
            await ended.wait()
        finally:
            remove()
        return self.result()

    def __repr__(self) -> str:
        return f"<Job {self.name!r}: {self.state}>"

    def _run(self) -> None:
        self._begun.set()
        state: JobState = "done"
        try:
            self._value = self._work(self._emit, self._cancel)
        except BaseException as error:  # kept for result(), whatever it is
            self._error = error
            state = "cancelled" if isinstance(error, CancelledError) else "failed"
        with self._lock:
            self._state = state
            listeners, self._end_listeners = self._end_listeners, []
        for listener in listeners:
            self._tell(listener)
        self._ended.set()

    def _emit(self, event: Event) -> None:
        with self._lock:
            remember(self._events, event)
            listeners = list(self._listeners)
        for listener in listeners:
            if not self._tell(partial(listener, event)):
                with self._lock:
                    self._listeners.remove(listener)

    def _tell(self, listener: Callable[[], object]) -> bool:
        """Call ``listener``; False when it raised, which is kept for :meth:`result`."""
        try:
            listener()
        except Exception as failure:
            self._listener_failures.append(failure)
            return False
        return True

    def _remove_end_listener(self, listener: Callable[[], object]) -> None:
        with self._lock:
            if listener in self._end_listeners:
                self._end_listeners.remove(listener)


def run_in_foreground(name: str, work: Work[T], *, listeners: Sequence[Emit] = ()) -> Job[T]:
    """Run ``work`` to its end; ``listeners`` are called in the caller's thread, so they may print.

    The work has a thread of its own here too: an interrupt then never lands in the middle of it. It cancels the work,
    waits until it has cleaned up, and is raised again. A second interrupt stops the waiting.
    """
    news: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    job = Job(name, work, listeners=[news.put])
    job.add_end_listener(partial(news.put, None))
    active = list(listeners)
    interrupt: KeyboardInterrupt | None = None
    try:
        job.start()
    except KeyboardInterrupt as caught:
        interrupt = caught
        job.cancel()
        if not job._begun.wait(BEGIN_TIMEOUT_SECONDS):
            raise
    while True:
        try:
            event = news.get()
            if event is None:
                break
            active = [listener for listener in active if job._tell(partial(listener, event))]
        except KeyboardInterrupt as caught:
            if interrupt is not None:
                raise
            interrupt = caught
            job.cancel()
    if interrupt is not None:
        raise interrupt
    job.wait()
    return job
