"""Finding in the service log what went wrong in one request, by its id."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.user_traceback import LOG_LINE, extract_tracebacks, user_frames
from azml_magics.errors import Frame

#: The answer is sent before its log line is written; there is no event for a growing file, so it is read again.
#: As a rule the line comes at once, and late where others keep the processors busy.
LOG_WAIT_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.01
#: What was logged since the request was sent.
ReadLog: TypeAlias = Callable[[], Sequence[str]]

ACCESS = " request_id="
TIMED_OUT = re.compile(r"gunicorn\.error - WORKER TIMEOUT \(pid:(\d+)\)")
WORKER_ENDED = re.compile(
    r"gunicorn\.error - (Worker (?:\(pid:\d+\)|with pid \d+) (?:was sent|was terminated|exited) .*)"
)
TIMED_OUT_NOTE = "run() took longer than WORKER_TIMEOUT allows; the worker was replaced"


@dataclass(frozen=True)
class Failure:
    """What the log says: the traceback's lines and the user's frames in it."""

    lines: tuple[str, ...]
    frames: tuple[Frame, ...]


def find_failure(read_log: ReadLog, request_id: str, *, app_root: str, script: EntryScript | None) -> Failure | None:
    """The failure of request ``request_id`` in what was logged since it was sent, if the log says anything."""
    lines = _read_until(read_log, lambda line: is_access_line(line, request_id))
    block = failure_lines(lines, request_id)
    return Failure(tuple(block), user_frames(block, app_root, script)) if block else None


def find_worker_end(read_log: ReadLog) -> str | None:
    """What the log says about a worker that ended without an answer."""
    lines = _read_until(read_log, lambda line: WORKER_ENDED.search(line) is not None)
    found = [match for match in map(WORKER_ENDED.search, lines) if match]
    return found[0][1] if found else None


def is_access_line(line: str, request_id: str) -> bool:
    """Whether ``line`` is the access line of that request; it ends with ``request_id=ANSWERED/SENT``."""
    quoted = request_id.replace('"', '\\"')  # as gunicorn does
    return ACCESS in line and line.endswith(f"/{quoted}")


def failure_lines(lines: Sequence[str], request_id: str) -> list[str]:
    """The lines that explain the failure of request ``request_id``; empty when there are none.

    A sync worker answers one request at a time, so the last traceback its process wrote between the access line before
    and the one with that id belongs to it. A worker that was killed may have written no access line.
    """
    access = next((n for n, line in enumerate(lines) if is_access_line(line, request_id)), None)
    timed_out = [(line, found[1]) for line in lines[:access] if (found := TIMED_OUT.search(line))]
    if access is None:
        return [timed_out[-1][0], TIMED_OUT_NOTE] if timed_out else []
    worker = _pid(lines[access])
    own: list[str] = []
    inside = False
    for line in lines[:access]:
        pid = _pid(line)
        if pid is not None:
            inside = pid == worker
        if inside and ACCESS in line:
            own = []
        elif inside:
            own.append(line)
    tracebacks = extract_tracebacks(own)
    block = tracebacks[-1] if tracebacks else []
    # What ended run() then is gunicorn's SystemExit, which says nothing about why.
    return [*block, TIMED_OUT_NOTE] if any(pid == worker for _, pid in timed_out) else block


def _pid(line: str) -> str | None:
    found = LOG_LINE.match(line)
    return found["pid"] if found else None


def _read_until(read_log: ReadLog, found: Callable[[str], bool]) -> Sequence[str]:
    """The lines, read again until one is ``found`` or :data:`LOG_WAIT_SECONDS` have passed."""
    deadline = time.monotonic() + LOG_WAIT_SECONDS
    pause = threading.Event()
    while True:
        last_round = time.monotonic() > deadline
        lines = read_log()
        position = next((n for n, line in enumerate(lines) if found(line)), None)
        if position is not None:
            return lines[: position + 1]
        if last_round:
            return lines
        pause.wait(LOOK_AGAIN_SECONDS)
