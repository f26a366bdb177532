"""``LogFeed``: the numbered lines of one log, kept on disk; what is sent of them and when is left to ``pump``."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from azml_magics.journal.event_codec import encode_log_line

#: A page keeps as many lines, so older ones need not be had again.
KEPT_LINES = 200_000
#: What is kept in a file without a name; more is dropped from its beginning.
KEPT_BYTES = 64 * 1024 * 1024
SEGMENT_LINES = 20_000
SEGMENT_BYTES = 8 * 1024 * 1024
#: Characters of one line that are shown; the whole of it stays in the log.
SHOWN_CHARACTERS = 20_000
#: A line that somebody has cut before, and said so, is left as it is.
NOTE_CHARACTERS = 200
INDEX_EVERY = 256


@dataclass(frozen=True)
class Lines:
    """``count`` lines from number ``at`` on, as JSON arrays with line ends between them."""

    at: int
    count: int
    content: bytes


@dataclass
class _Segment:
    """A part of the log; ``offsets`` holds where every :data:`INDEX_EVERY`-th line begins."""

    first: int
    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    count: int = 0
    size: int = 0
    offsets: list[int] = field(default_factory=list)

    def append(self, line: bytes) -> None:
        if self.count % INDEX_EVERY == 0:
            self.offsets.append(self.size)
        self.count += 1
        self.size += len(line) + 1

    def read(self, number: int, count: int, size: int) -> list[bytes]:
        """At least one line from ``number`` on, at most ``count`` and about ``size`` bytes."""
        block = (number - self.first) // INDEX_EVERY
        self.file.seek(self.offsets[block])
        for _ in range(number - self.first - block * INDEX_EVERY):
            self.file.readline()
        lines: list[bytes] = []
        while count > len(lines) and size > 0:
            line = self.file.readline()
            if not line:
                break
            lines.append(line[:-1])
            size -= len(line)
        return lines


class LogFeed:
    """One log; ``name`` changes whenever another log takes its place, ``path`` is where the whole of it is.

    Thread-safe. Memory does not grow with the log: its lines are in temporary files that end with this object.
    """

    def __init__(self, name: str, path: Path | None = None) -> None:
        self.name = name
        self.path = path
        self._lock = threading.Lock()
        self._segments: list[_Segment] = []
        self._end = 0
        self._closed = False

    @property
    def first(self) -> int:
        """The number of the oldest line that can still be had."""
        segments = self._segments  # which another thread may empty
        return segments[0].first if segments else self._end

    @property
    def end(self) -> int:
        """The number that the next line gets."""
        return self._end

    def append(self, lines: Sequence[bytes]) -> None:
        """Add lines, each a JSON array ``[time, source, text]`` without line end."""
        if not lines:
            return
        with self._lock:
            if self._closed:
                return
            shown = [line if len(line) <= SHOWN_CHARACTERS else self._clipped(line) for line in lines]
            for start in range(0, len(shown), SEGMENT_LINES):
                self._write(shown[start : start + SEGMENT_LINES])
            self._drop_oldest()

    def read(self, at: int, *, count: int, size: int) -> Lines | None:
        """Up to ``count`` lines and about ``size`` bytes from ``at`` or the oldest kept one on; ``None`` at the end."""
        with self._lock:
            at = max(at, self.first)
            if at >= self._end:
                return None
            lines: list[bytes] = []
            for segment in self._segments:
                number = at + len(lines)
                while segment.first <= number < segment.first + segment.count and len(lines) < count and size > 0:
                    part = segment.read(number, count - len(lines), size)
                    lines += part
                    size -= sum(map(len, part))
                    number = at + len(lines)
            return Lines(at, len(lines), b"\n".join(lines))

    def tail(self, count: int) -> list[tuple[float, str, str]]:
        """The newest ``count`` lines: time, source, text."""
        lines = self.read(max(self.first, self._end - count), count=count, size=KEPT_BYTES)
        return (
            []
            if lines is None
            else [(at, source, text) for at, source, text in map(json.loads, lines.content.split(b"\n"))]
        )

    def close(self) -> None:
        """Give the disk back."""
        with self._lock:
            for segment in self._segments:
                segment.file.close()
            self._segments = []
            self._closed = True

    def _write(self, lines: Sequence[bytes]) -> None:
        segment = self._segments[-1] if self._segments else None
        if segment is None or segment.count + len(lines) > SEGMENT_LINES or segment.size > SEGMENT_BYTES:
            segment = _Segment(self._end)
            self._segments.append(segment)
        segment.file.seek(segment.size)
        segment.file.write(b"\n".join(lines) + b"\n")
        for line in lines:
            segment.append(line)
        self._end += len(lines)

    def _drop_oldest(self) -> None:
        while len(self._segments) > 1:
            oldest = self._segments[0]
            enough = self._end - (oldest.first + oldest.count) >= KEPT_LINES
            if not enough and sum(segment.size for segment in self._segments) <= KEPT_BYTES:
                return
            oldest.file.close()
            del self._segments[0]

    def _clipped(self, line: bytes) -> bytes:
        at, source, text = json.loads(line)
        if len(text) <= SHOWN_CHARACTERS + NOTE_CHARACTERS:
            return line
        where = f" in {self.path}" if self.path else ""
        note = f" ... {len(text) - SHOWN_CHARACTERS:,} characters more; the whole line is{where or ' in the log'}"
        return encode_log_line(at, source, text[:SHOWN_CHARACTERS] + note)
