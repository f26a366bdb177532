"""Being told when processes end that somebody else started, by the system; what that means is left to the caller."""

from __future__ import annotations

import contextvars
import os
import select
import sys
import threading
from collections.abc import Callable, Iterable

from azml_magics.system.process import is_alive


class ExitWatch:
    """Calls ``wake`` on a thread of its own whenever one of the processes it knows has ended.

    Only Linux tells this to others than the parent: elsewhere nothing is called, and :attr:`works` is false.
    """

    works = sys.platform == "linux" and hasattr(os, "pidfd_open")

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._descriptors: dict[tuple[int, float | None], int] = {}
        self._reader, self._writer = os.pipe()
        self._closed = False
        self._missed = False
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run), name="azml-exits", daemon=True)
        self._thread.start()

    def watch(self, processes: Iterable[tuple[int, float | None]]) -> None:
        """Watch exactly these from now on, each named by its pid and when it was created; some may have ended."""
        if not self.works:
            return
        wanted = set(processes)
        with self._lock:
            if self._closed:
                return
            for process in wanted - self._descriptors.keys():
                self._open(*process)
            for process in self._descriptors.keys() - wanted:
                os.close(self._descriptors.pop(process))
            os.write(self._writer, b"\n")

    def close(self) -> None:
        """End the thread; nobody is woken after that."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            os.write(self._writer, b"\n")
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _open(self, pid: int, created: float | None) -> None:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:  # it has ended since the caller looked
            self._missed = True
            return
        except OSError:  # the system allows no more of them
            return
        if is_alive(pid, created):  # not another one that got its number
            self._descriptors[pid, created] = descriptor
        else:
            self._missed = True
            os.close(descriptor)

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    break
                poll = select.poll()
                for descriptor in (self._reader, *self._descriptors.values()):
                    poll.register(descriptor, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._reader in ready:
                os.read(self._reader, 65_536)
            with self._lock:
                ended = [process for process, descriptor in self._descriptors.items() if descriptor in ready]
                for process in ended:
                    os.close(self._descriptors.pop(process))
                tell = (bool(ended) or self._missed) and not self._closed
                self._missed = False
            if tell:
                self._wake()
        for descriptor in (self._reader, self._writer, *self._descriptors.values()):
            os.close(descriptor)
