"""Being told that something in a directory has changed, by the file system; what changed is left to the caller."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

#: Changes that follow each other faster are told together, at latest after GATHER_MS.
STEP_MS = 20
GATHER_MS = 100
#: Where the system has no watch left to give, or the file system knows none, files are compared so often.
COMPARE_MS = 100


def watch_directories(directories: Iterable[Path], wake: Callable[[], object]) -> Callable[[], None]:
    """Call ``wake`` on a thread of its own after every change directly in one of ``directories``.

    It is called once at the beginning, when no change can be missed any more, and once when there is nothing (left) to
    watch. What this gives stops it: ``wake`` is not called after that. The thread has a copy of the caller's context.
    """
    watcher = _Watcher(tuple(directories), wake)
    watcher.start()
    return watcher.stop


class _Watcher:
    """Also the stop event that ``watchfiles`` asks, which it does for the first time once it watches."""

    def __init__(self, directories: tuple[Path, ...], wake: Callable[[], object]) -> None:
        self._directories = directories
        self._wake = wake
        self._lock = threading.RLock()
        self._stopped = False
        self._watches = False
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run), name="azml-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._lock:  # nobody is woken after this
            self._stopped = True
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def is_set(self) -> bool:
        if not self._watches:
            self._watches = True
            self._tell()
        return self._stopped

    def _run(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            try:
                self._watch(compare=False)
            except FileNotFoundError:
                raise
            except (OSError, RuntimeError):  # the system has no watch left for a path, or none at all
                self._watch(compare=True)
        self._tell()

    def _watch(self, *, compare: bool) -> None:
        from watchfiles import watch

        changes = watch(
            *self._directories,
            watch_filter=None,
            debounce=GATHER_MS,
            step=STEP_MS,
            stop_event=self,
            raise_interrupt=False,
            force_polling=compare or None,
            poll_delay_ms=COMPARE_MS,
            recursive=False,
        )
        for _ in changes:
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            if not self._stopped:
                self._wake()
