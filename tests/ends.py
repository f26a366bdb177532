"""Waiting for the end of processes that are no children of ours, by the system's own news where it tells them."""

from __future__ import annotations

import contextlib
import os
import select

import psutil

#: Only reached by a process that goes on.
LIMIT_SECONDS = 60


def has_ended(pid: int) -> bool:
    """Whether the process that has the number ``pid`` now ends; one that its parent never reaps has ended too."""
    if not hasattr(os, "pidfd_open"):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            psutil.Process(pid).wait(LIMIT_SECONDS)
        return not psutil.pid_exists(pid)
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], LIMIT_SECONDS)[0])
    finally:
        os.close(descriptor)
