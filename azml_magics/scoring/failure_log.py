"""Finding in the service log what went wrong in one request, by its id."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.user_traceback import LOG_LINE, extract_tracebacks, user_frames
from azml_magics.errors import Frame

#: The answer is sent before its log line is written; there is no event for a growing file, so it is read again.
LOG_WAIT_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.01
PID = re.compile(LOG_LINE.pattern.replace(r"\[\d+\]", r"\[(\d+)\]"))
TIMED_OUT = re.compile(r"gunicorn\.error - WORKER TIMEOUT \(pid:(\d+)\)")


@dataclass(frozen=True)
class Failure:
    """What the log says: the traceback's lines and the user's frames in it."""

    lines: tuple[str, ...]
    frames: tuple[Frame, ...]


def find_failure(endpoint: Endpoint, offset: int, request_id: str, script: EntryScript | None) -> Failure | None:
    """The failure of request ``request_id``, looked for from byte ``offset`` of the log, if it says anything."""
    deadline = time.monotonic() + LOG_WAIT_SECONDS
    pause = threading.Event()
    while True:
        lines = _read(endpoint, offset)
        block = failure_lines(lines, request_id)
        if block is not None or time.monotonic() > deadline:
            break
        pause.wait(LOOK_AGAIN_SECONDS)
    if not block:
        return None
    return Failure(tuple(block), user_frames(block, str(endpoint.directory / "app"), script))


def failure_lines(lines: Sequence[str], request_id: str) -> list[str] | None:
    """The lines that explain request ``request_id``: empty when there are none, ``None`` when it is not logged yet.

    A sync worker answers one request at a time, so the last traceback its process wrote before the access line with
    that id (``request_id=ANSWERED/SENT``) belongs to it. A worker that was killed wrote no access line.
    """
    ending = f"/{request_id}"
    access = next((n for n, line in enumerate(lines) if " request_id=" in line and line.endswith(ending)), None)
    if access is None:
        timed_out = [line for line in lines if TIMED_OUT.search(line)]
        return (
            [*timed_out, "run() took longer than WORKER_TIMEOUT allows; the worker was replaced"] if timed_out else None
        )
    worker = _pid(lines[access])
    own: list[str] = []
    inside = False
    for line in lines[:access]:
        pid = _pid(line)
        if pid is not None:
            inside = pid == worker
        if inside:
            own.append(line)
    previous = [n for n, line in enumerate(own) if " request_id=" in line]
    tracebacks = extract_tracebacks(own[previous[-1] + 1 if previous else 0 :])
    return tracebacks[-1] if tracebacks else []


def _pid(line: str) -> str | None:
    found = PID.match(line)
    return found.group(1) if found else None


def _read(endpoint: Endpoint, offset: int) -> list[str]:
    if not endpoint.log_path.exists():
        return []
    with endpoint.log_path.open("rb") as log:
        log.seek(offset)
        return log.read().decode(errors="replace").splitlines()
