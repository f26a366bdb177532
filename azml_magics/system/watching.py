"""Being told that something in a directory has changed, by the file system; what changed is left to the caller."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

#: Changes that follow each other faster are told together, at latest after GATHER_MS.
STEP_MS = 20
GATHER_MS = 100
#: Where the system has no watch left to give, or the file system knows none, files are compared so often.
COMPARE_MS = 100


def watch_directory(directory: Path, wake: Callable[[], None]) -> Callable[[], None]:
    """Call ``wake`` on a thread of its own after every change in ``directory``; the result stops that at once.

    It is called once at the beginning, when no change can be missed any more, and once when the directory is gone.
    """
    watcher = _Watcher(directory, wake)
    threading.Thread(target=watcher.run, name=f"azml-watch-{directory.name}", daemon=True).start()
    return watcher.stop


class _Watcher:
    """Also the stop event that ``watchfiles`` asks, which it does for the first time once it watches."""

    def __init__(self, directory: Path, wake: Callable[[], None]) -> None:
        self._directory = directory
        self._wake = wake
        self._lock = threading.Lock()
        self._stopped = False
        self._watches = False

    def stop(self) -> None:
        with self._lock:  # nobody is woken after this
            self._stopped = True

    def is_set(self) -> bool:
        if not self._watches:
            self._watches = True
            self._tell()
        return self._stopped

    def run(self) -> None:
        try:
            self._watch(compare=False)
        except FileNotFoundError:
            pass
        except OSError:  # the system's limit of watches is reached
            self._watch(compare=True)
        self._tell()

    def _watch(self, *, compare: bool) -> None:
        from watchfiles import watch

        changes = watch(
            self._directory,
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
