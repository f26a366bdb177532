"""One holder at a time over threads and processes, and waiting that can be cancelled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from azml_magics.cancel import Cancel
from azml_magics.errors import CancelledError

#: How often a waiting process looks whether the lock is free: no event crosses processes here.
LOOK_AGAIN_SECONDS = 0.05


@contextlib.contextmanager
def locked(path: Path, *, cancel: Cancel | None = None, what: str = "waiting") -> Iterator[tuple[int, ...]]:
    """Hold the lock file ``path``; raises ``CancelledError`` naming ``what`` when cancelled while waiting.

    Gives the lock's descriptors, for ``pass_fds`` of a program that must not go on unlocked when its caller is killed:
    the lock is then free only when that program has ended too. None where the file system knows no such locks (NFS).
    """
    descriptors: list[int] = []
    # A lock object of its own for every holder: a shared one would let threads of one process in together.
    lock = FileLock(path, mode=0o600, thread_local=False, on_acquired=descriptors.append)
    try:
        lock.acquire(poll_interval=LOOK_AGAIN_SECONDS, cancel_check=(lambda: cancel.requested) if cancel else None)
    except Timeout as error:
        raise CancelledError(f"{what} was cancelled") from error
    try:
        yield tuple(descriptors)
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock file ``path`` now, in this process or another one."""
    lock = FileLock(path, mode=0o600, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    lock.release()
    return False
