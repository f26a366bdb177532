"""Reading a log file: its last lines without reading all of it, and following it while it grows.

Lines are whole where a user asked for the log. Where they are news, or looked through for a failure, what is taken into
memory is bounded however much a script writes: the file holds the rest.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

BLOCK_BYTES = 65536
#: Following a file in a terminal looks again after this time: importing what is told by the system takes longer.
LOOK_AGAIN_SECONDS = 0.1
#: Of one line so much is told as news, or looked through for a failure.
TOLD_CHARACTERS = 20_000
#: Of what was appended the last so many bytes are looked through.
RECENT_BYTES = 32 << 20
#: A character may have so many bytes.
_CHARACTER_BYTES = 4


class LineSplitter:
    """Blocks of bytes into lines without line ends, in time and memory that grow with the length of a line alone.

    Only a line feed ends a line; bytes that are not UTF-8 are replaced. ``is_clipped`` keeps the beginning of lines
    that are longer than :data:`TOLD_CHARACTERS`, with their length, and nothing else of them.
    """

    def __init__(self, *, is_clipped: bool = False) -> None:
        self._limit = TOLD_CHARACTERS * _CHARACTER_BYTES if is_clipped else None
        self._pieces: list[bytes] = []
        self._kept = 0
        self._size = 0

    def feed(self, block: bytes) -> list[str]:
        """The lines that ``block`` completes."""
        *ends, rest = block.split(b"\n")
        lines = []
        for end in ends:
            self._keep(end)
            lines.append(self._take())
        self._keep(rest)
        return lines

    def rest(self) -> list[str]:
        """The last line, which has no line end; nothing when there is none."""
        return [self._take()] if self._size else []

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._limit is not None:
            piece = piece[: max(0, self._limit - self._kept)]
        if piece:
            self._kept += len(piece)
            self._pieces.append(piece)

    def _take(self) -> str:
        kept, size = b"".join(self._pieces), self._size
        self._pieces, self._kept, self._size = [], 0, 0
        return _text(kept) if self._limit is None else clip_line(_text(kept), size_bytes=size)


def clip_line(text: str, *, size_bytes: int | None = None) -> str:
    """``text``, of a long one the beginning and how long it is; ``size_bytes`` when ``text`` is not all of it."""
    if len(text) <= TOLD_CHARACTERS:
        return text
    size = len(text.encode(errors="replace")) if size_bytes is None else size_bytes
    return f"{text[:TOLD_CHARACTERS]} ... (a line of {size:,} bytes)"


class GrowingLog:
    """What is appended to ``path`` from byte ``offset`` on, as clipped lines; there may be no file yet."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._offset = offset
        self._splitter = LineSplitter(is_clipped=True)

    def read(self) -> Iterator[str]:
        """The lines that were completed since the last call."""
        try:
            file = self._path.open("rb", buffering=0)
        except FileNotFoundError:
            return
        with file:
            file.seek(self._offset)
            while block := file.read(BLOCK_BYTES):
                self._offset += len(block)
                yield from self._splitter.feed(block)

    def rest(self) -> list[str]:
        """The last line, when nothing more will come and it has no end."""
        return self._splitter.rest()


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
        splitter = LineSplitter()
        while True:
            last_round = ended()  # asked before reading, so that nothing written before the end is missed
            while block := file.read(BLOCK_BYTES):
                yield from splitter.feed(block)
            if last_round:
                yield from splitter.rest()
                return
            pause.wait(LOOK_AGAIN_SECONDS)


def read_appended(path: Path, offset: int, *, limit: int) -> list[str]:
    """The complete lines of ``path`` from byte ``offset`` on, clipped, the last ``limit`` of them; none without a file.

    Of more than :data:`RECENT_BYTES` only the end is looked through.
    """
    return list(deque(_appended(path, offset).read(), maxlen=limit))


def read_newest(path: Path, *, limit: int) -> list[str]:
    """As :func:`read_appended` from the beginning, the last line too when it has no end."""
    log = _appended(path, 0)
    lines = deque(log.read(), maxlen=limit)
    lines.extend(log.rest())
    return list(lines)


def _appended(path: Path, offset: int) -> GrowingLog:
    try:
        newest = path.stat().st_size - RECENT_BYTES
    except FileNotFoundError:
        newest = 0
    return GrowingLog(path, max(offset, newest))


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
