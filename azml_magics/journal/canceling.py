"""Asking work of another process to end: a named pipe beside its record wakes whoever does it; nothing is polled.

The pipe carries no meaning: it only wakes. What was asked for is the file :data:`CANCELED`, which a poke that came too
early does not lose.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from azml_magics.cancel import Cancel

PIPE = "wake"
#: There, in the record's directory, once somebody wants the end of the work.
CANCELED = "canceled"


def request_end(directory: Path) -> None:
    """Ask whoever does the work that is recorded in ``directory`` to end it: now, or when they begin to listen."""
    (directory / CANCELED).touch(mode=0o600)
    poke(directory)


def is_end_requested(directory: Path) -> bool:
    """Whether somebody asked for it, whoever listens."""
    return (directory / CANCELED).exists()


@contextlib.contextmanager
def listening(directory: Path, cancel: Cancel) -> Iterator[None]:
    """Meanwhile :func:`request_end`, in whatever process, requests ``cancel``; one that came before does so at once."""
    listener = CancelListener(directory, make_pipe(directory), cancel)
    try:
        yield
    finally:
        listener.close()
        remove_pipe(directory)


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
    """Requests ``cancel`` once :func:`is_end_requested`; takes over ``pipe``; to be closed when the work has ended."""

    def __init__(self, directory: Path, pipe: int, cancel: Cancel) -> None:
        self._directory = directory
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
            if is_end_requested(self._directory):
                self._cancel.request()
                return
            os.read(self._pipe, 1)
