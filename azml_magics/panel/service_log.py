"""``ServiceLog``: the log of a service read on as it grows, as lines of a feed; whose they are, ``definitions`` say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from azml_magics.definitions.server_log import ServerLine, ServerState, classify_server_line
from azml_magics.panel.log_feed import SHOWN_CHARACTERS, LogFeed

#: How much one call reads, so that the page gets something while a large log is read.
READ_BYTES = 1 << 20
#: Of a log that is there already at most this much is read: a page keeps no more lines.
FORMER_BYTES = 48 * 1024 * 1024
#: Of a line no more is kept while its end is waited for; its characters have four bytes at most.
KEPT_BYTES = 4 * SHOWN_CHARACTERS + 4


class LineJoiner:
    """Pieces of a file in, complete lines out; of a long line only its beginning is kept, with its length."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head = b""
        self._size = 0

    def lines(self, piece: bytes) -> Iterator[str]:
        """The lines that ``piece`` completes; bytes that are not UTF-8 are replaced."""
        first, *rest = piece.split(b"\n")
        for part in rest:
            self._add(first)
            yield self.rest()
            first = part
        self._add(first)

    def rest(self) -> str:
        """The line so far, which is complete then."""
        head, size = self._head, self._size
        self._head, self._size = b"", 0
        text = head.decode(errors="replace").rstrip("\r")
        if size <= len(head):
            return text
        text = text[: SHOWN_CHARACTERS - 500]  # the note has to fit too
        return f"{text} ... a line of {size:,} bytes; the whole of it is in {self._path}"

    @property
    def has_rest(self) -> bool:
        """Whether a line has begun that has no end yet."""
        return self._size > 0

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        if len(self._head) < KEPT_BYTES:
            self._head += part[: KEPT_BYTES - len(self._head)]


class ServiceLog:
    """The file at ``path``; its first ``skip`` lines are known already. Times carry on where a line has none."""

    def __init__(self, path: Path, *, skip: int = 0) -> None:
        self.path = path
        self._skip = skip
        self._state = ServerState()
        self._joiner = LineJoiner(path)
        self._offset = 0
        self._time = 0.0
        self._begun = False

    def take_news(self, feed: LogFeed, *, ended: bool = False) -> bool:
        """Read on into ``feed``; True when there is more. With ``ended`` a line needs no end any more."""
        try:
            file = self.path.open("rb")
        except OSError:  # not there yet, or removed with its service
            return False
        with file:
            if not self._begun:
                self._begin(file)
            file.seek(self._offset)
            piece = file.read(READ_BYTES)
        self._offset += len(piece)
        lines = list(self._joiner.lines(piece))
        if ended and not piece and self._joiner.has_rest:
            lines.append(self._joiner.rest())
        feed.append(self._encoded(lines))
        return len(piece) == READ_BYTES

    def _begin(self, file: IO[bytes]) -> None:
        self._begun = True
        size = file.seek(0, 2)
        if size > FORMER_BYTES:
            file.seek(size - FORMER_BYTES)
            file.readline(KEPT_BYTES)
            self._offset, self._skip = file.tell(), 0

    def _encoded(self, lines: list[str]) -> list[bytes]:
        """Those that are not known yet, as lines of a feed; the known ones only say where the log has got to."""
        told: list[ServerLine] = []
        for line in lines:
            each, self._state = classify_server_line(line, self._state)
            told.append(each)
        known = min(self._skip, len(told))
        self._skip -= known
        if not self._time:  # raw lines before the first record
            self._time = next((line.time for line in told if line.time is not None), self.path.stat().st_mtime)
        encoded = []
        for each in told:
            self._time = self._time if each.time is None else each.time
            encoded.append(json.dumps([round(self._time, 3), each.source, each.text], ensure_ascii=False))
        return [text.encode(errors="replace") for text in encoded[known:]]
