"""``Cancel``: one flag, set by whoever wants work to end, watched by whoever does it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from azml_magics.errors import CancelledError


class Cancel:
    """Thread-safe; ``add_hook`` lets blocking work (a child process, a socket) be woken at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._hooks: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """True once :meth:`request` was called."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask for the end; every hook runs once, in the caller's thread."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            hooks, self._hooks = self._hooks, []
        for hook in hooks:
            hook()

    def add_hook(self, hook: Callable[[], None]) -> Callable[[], None]:
        """Run ``hook`` on :meth:`request` (at once when already requested); the result removes it again."""
        with self._lock:
            if not self._event.is_set():
                self._hooks.append(hook)

                def remove() -> None:
                    with self._lock:
                        if hook in self._hooks:
                            self._hooks.remove(hook)

                return remove
        hook()
        return lambda: None

    def check(self, what: str) -> None:
        """Raise ``CancelledError`` naming ``what`` when the end was asked for."""
        if self.requested:
            raise CancelledError(f"{what} was cancelled")
