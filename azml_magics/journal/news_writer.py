"""Events into the file of a record, from whichever thread emits them: a burst costs one write."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from azml_magics.events import Event, LogLine
from azml_magics.journal.event_codec import encode_event

#: How long a log line may wait for others before it is written.
GATHER_SECONDS = 0.05
#: So many lines are written at once even before that: memory stays small however fast they come.
GATHER_LINES = 2000


class NewsWriter:
    """Appends events to ``path``. A write that fails ends the writing, never the work: :attr:`problem` says why."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._waiting: list[tuple[Event, float]] = []
        self._some = threading.Event()
        self._closing = threading.Event()
        self._is_closed = False
        self.problem: OSError | None = None
        self._thread = threading.Thread(target=self._write_later, name="azml-news", daemon=True)
        self._thread.start()

    def write(self, event: Event) -> None:
        """Keep ``event``; what is no log line is in the file when this returns. After :meth:`close` nothing is kept."""
        with self._lock:
            self._waiting.append((event, time.time()))
            count = len(self._waiting)
        if not isinstance(event, LogLine) or count >= GATHER_LINES:
            self._flush()
        elif count == 1:
            self._some.set()

    def close(self) -> None:
        """Write what waits and end."""
        self._closing.set()
        self._some.set()
        self._thread.join()
        self._flush()
        with self._write_lock:
            self._is_closed = True  # the number may soon belong to another file, which nobody's late news may get into
            os.close(self._file)

    def _write_later(self) -> None:
        while not self._closing.is_set():
            self._some.wait()
            self._closing.wait(GATHER_SECONDS)
            self._some.clear()
            self._flush()

    def _flush(self) -> None:
        # One after the other, so that the order in the file is that of the events.
        with self._write_lock:
            with self._lock:
                waiting, self._waiting = self._waiting, []
            if not waiting or self._is_closed or self.problem is not None:
                return
            rest = memoryview(b"".join(encode_event(event, at) for event, at in waiting))
            try:
                while rest:
                    rest = rest[os.write(self._file, rest) :]
            except OSError as error:  # a full disk
                self.problem = error
