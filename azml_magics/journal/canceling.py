"""Asking work of another process to end: a named pipe beside the record wakes whoever does it; nothing is polled.

The pipe carries no meaning: it only wakes. What was asked for is the file ``canceled``, which a poke that came too
early does not lose.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from azml_magics.cancel import Cancel

PIPE = "wake"


def make_pipe(directory: Path) -> int:
    """Make the pipe of a record and open it for :class:`CancelListener`."""
    path = directory / PIPE
    os.mkfifo(path, 0o600)
    # Open for writing too: it then never ends, whoever comes and goes.
    return os.open(path, os.O_RDWR)


def remove_pipe(directory: Path) -> None:
    """Nobody listens any more: who copies a record finds files only."""
    (directory / PIPE).unlink(missing_ok=True)


def poke(directory: Path) -> None:
    """Wake whoever listens; nobody does when the work has ended."""
    with contextlib.suppress(OSError):  # no pipe or no reader: there is nobody to wake
        descriptor = os.open(directory / PIPE, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"\n")
        finally:
            os.close(descriptor)


class CancelListener:
    """Requests ``cancel`` once there is a file ``canceled_path``; to be closed when the work has ended."""

    def __init__(self, canceled_path: Path, pipe: int, cancel: Cancel) -> None:
        self._canceled_path = canceled_path
        self._pipe = pipe
        self._cancel = cancel
        self._closing = False
        self._thread = threading.Thread(target=self._listen, name="azml-cancel-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; waits for a cancel that is being passed on."""
        self._closing = True
        os.write(self._pipe, b"\n")
        self._thread.join()
        os.close(self._pipe)

    def _listen(self) -> None:
        while not self._closing:
            if self._canceled_path.exists():
                self._cancel.request()
                return
            os.read(self._pipe, 1)
