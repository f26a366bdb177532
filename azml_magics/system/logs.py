"""Reading a log file: its last lines without reading all of it, and following it while it grows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

BLOCK_BYTES = 65536
#: No portable event says that a file has grown, so following one looks again after this time.
LOOK_AGAIN_SECONDS = 0.1


def read_lines(path: Path, *, tail: int | None = None) -> Iterator[str]:
    """Lines of ``path`` without line ends, the last ``tail`` ones if given; none when there is no file yet.

    Bytes that are not UTF-8 are replaced.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        if tail is not None:
            file.seek(_tail_offset(path, tail))
        for raw in file:
            yield _text(raw)


def follow_lines(path: Path, *, tail: int | None, ended: Callable[[], bool]) -> Iterator[str]:
    """As :func:`read_lines`, then what is appended, until ``ended`` is true and everything has been read."""
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        return
    with opened as file:
        if tail is not None:
            file.seek(_tail_offset(path, tail))
        pause = threading.Event()
        pending = b""
        while True:
            last_round = ended()  # asked before reading, so that nothing written before the end is missed
            for raw in file:
                pending += raw
                if pending.endswith(b"\n"):
                    yield _text(pending)
                    pending = b""
            if last_round:
                if pending:
                    yield _text(pending)
                return
            pause.wait(LOOK_AGAIN_SECONDS)


def read_appended(path: Path, offset: int, *, limit: int) -> list[str]:
    """The complete lines of ``path`` from byte ``offset`` on, the last ``limit`` of them; none without a file."""
    lines: deque[str] = deque(maxlen=limit)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return []
    with file:
        file.seek(offset)
        lines.extend(_text(raw) for raw in file if raw.endswith(b"\n"))
    return list(lines)


def _tail_offset(path: Path, lines: int) -> int:
    """Where the last ``lines`` lines begin."""
    if lines <= 0:
        return path.stat().st_size
    with path.open("rb") as file:
        position = file.seek(0, 2)
        wanted = lines
        first = True
        while position > 0:
            size = min(BLOCK_BYTES, position)
            position -= size
            file.seek(position)
            block = file.read(size)
            end = len(block)
            if first and block.endswith(b"\n"):
                end -= 1  # the line end of the last line separates nothing
            first = False
            while (newline := block.rfind(b"\n", 0, end)) != -1:
                wanted -= 1
                if wanted == 0:
                    return position + newline + 1
                end = newline
    return 0


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace").rstrip("\r\n")
