"""Reading the record of work while somebody else does it, woken by the file system."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

from azml_magics.cancel import Cancel
from azml_magics.errors import ToolError
from azml_magics.events import Emit, Event, Note
from azml_magics.jobs import Work
from azml_magics.journal.event_codec import decode_event
from azml_magics.journal.outcome import read_outcome
from azml_magics.journal.records import JobRecord, request_cancel, state_of
from azml_magics.system.holding import when_free
from azml_magics.system.watching import watch_directories

#: How much of the news one read takes.
READ_BYTES = 1 << 20


class News:
    """The news of ``record`` in pieces; :attr:`offset` is the byte that comes next."""

    def __init__(self, record: JobRecord, offset: int = 0) -> None:
        self._path = record.news_path
        self.offset = offset

    def read(self, limit: int = READ_BYTES) -> list[bytes]:
        """Complete lines that were appended since the last call, without their ends: about ``limit`` bytes of them.

        No lines when there are no new ones, or when the record is gone.
        """
        try:
            file = self._path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return []
        with file:
            file.seek(self.offset)
            content = file.read(limit)
            end = content.rfind(b"\n") + 1
            if end == 0 and len(content) == limit:  # one line that is longer
                content += file.readline()
                end = len(content) if content.endswith(b"\n") else 0
        self.offset += end
        return content[:end].split(b"\n")[:-1]

    def read_all(self) -> Iterator[bytes]:
        """Everything that is there by now."""
        while lines := self.read():
            yield from lines

    def read_steps(self) -> list[Event]:
        """Of everything that is there by now the steps, which say how far the work has come."""
        marks = (b'"event":"StepStarted"', b'"event":"StepFinished"')
        lines = (line for line in self.read_all() if line.startswith(b"{") and any(mark in line for mark in marks))
        return [decode_event(line)[1] for line in lines]


def watch_record(record: JobRecord, wake: Callable[[], None]) -> Callable[[], None]:
    """Call ``wake`` on a thread of its own whenever there may be news, and when the work ends; the result stops that.

    It is called once at the beginning too, when nothing can be missed any more. ``wake`` is not called after the stop.
    """
    stop_watching = watch_directories([record.directory], wake)
    stop_waiting = when_free(record.alive_path, wake)

    def stop() -> None:
        stop_waiting()
        stop_watching()

    return stop


def follow_job(record: JobRecord) -> Work[None]:
    """Work that lasts as long as that of ``record``, emits its events (no log lines) and ends as it does.

    It raises what the work raised, ``ToolError`` (``job-interrupted``) when whoever did it is gone. Cancelling it
    requests the end of the work, and is done when that has ended.
    """

    def follow(emit: Emit, cancel: Cancel) -> None:
        wake = threading.Event()
        news = News(record)
        stop = watch_record(record, wake.set)
        remove_hook = cancel.add_hook(partial(request_cancel, record))
        try:
            while True:
                has_ended = state_of(record) != "running"  # asked before reading: what it wrote last is read too
                for line in news.read_all():
                    if not line.startswith(b"["):
                        _tell(line, emit)
                if has_ended:
                    break
                wake.wait()
                wake.clear()
        finally:
            remove_hook()
            stop()
        raise_failure(record)

    return follow


def raise_failure(record: JobRecord) -> None:
    """Raise what work that has ended raised; returns when it was done."""
    outcome = read_outcome(record)
    if outcome is None:
        raise ToolError(
            f"{record.doing} was interrupted: the process that did it has ended without a word",
            remedy="do it again; what was left half done is not used",
            code="job-interrupted",
        )
    if outcome.error is not None:
        raise outcome.error


def _tell(line: bytes, emit: Emit) -> None:
    try:
        _, event = decode_event(line)
    except ValueError as error:  # written by a newer version of this package
        event = Note(str(error))
    emit(event)
