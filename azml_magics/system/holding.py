"""A file that somebody holds as long as they live: handed on to a child process, free once every holder has ended."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

_lock = threading.RLock()
#: Whom to tell once each path is free.
_waiting: dict[Path, dict[object, Callable[[], object]]] = {}


def hold(path: Path) -> int:
    """A descriptor that holds ``path`` until it is closed, here and in every process that it was passed on to.

    Unlike :func:`azml_magics.system.locks.locked` it is never given back while a child still has it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_held(path: Path) -> bool:
    """Whether somebody still holds ``path``; nobody does where there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def wait_until_free(path: Path) -> None:
    """Return when nobody holds ``path`` any more: the system wakes us, nothing is asked again and again."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def when_free(path: Path, tell: Callable[[], object]) -> Callable[[], None]:
    """Call ``tell`` on a thread once nobody holds ``path`` any more; what this gives ends that: it is not called then.

    A thread that waits for a lock cannot be called off, so all who wait for a path share one.
    """
    key = object()
    with _lock:
        is_first = path not in _waiting
        _waiting.setdefault(path, {})[key] = tell
        if is_first:
            threading.Thread(target=_wait, args=(path,), name=f"azml-end-{path.parent.name}", daemon=True).start()

    def forget() -> None:
        with _lock:
            _waiting.get(path, {}).pop(key, None)

    return forget


def _wait(path: Path) -> None:
    try:
        wait_until_free(path)
    finally:
        with _lock:  # nobody who has ended it is told
            for tell in _waiting.pop(path).values():
                tell()
