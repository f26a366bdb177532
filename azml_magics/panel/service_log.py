"""``ServiceLog``: the log of a service read on as it grows, as lines of a feed; whose they are, ``definitions`` say."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from azml_magics.definitions.server_log import ServerLine, ServerState, classify_server_line
from azml_magics.journal.event_codec import encode_log_line
from azml_magics.panel.log_feed import LogFeed
from azml_magics.system.logs import LineSplitter

#: How much one call reads, so that the page gets something while a large log is read.
READ_BYTES = 1 << 20
#: Of a log that is there already at most this much is read: a page keeps no more lines.
FORMER_BYTES = 48 * 1024 * 1024


class ServiceLog:
    """The file at ``path``; its first ``skip`` lines are known already. Times carry on where a line has none."""

    def __init__(self, path: Path, *, skip: int = 0) -> None:
        self.path = path
        self._skip = skip
        self._state = ServerState()
        self._splitter = LineSplitter(is_clipped=True)
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
        lines = self._splitter.feed(piece)
        if ended and not piece:
            lines += self._splitter.rest()
        feed.append(self._encoded(lines))
        return len(piece) == READ_BYTES

    def close(self) -> None:
        """Nothing was begun."""

    def _begin(self, file: IO[bytes]) -> None:
        self._begun = True
        size = file.seek(0, 2)
        if size > FORMER_BYTES:
            file.seek(size - FORMER_BYTES)
            file.readline(READ_BYTES)
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
            encoded.append(encode_log_line(self._time, each.source, each.message))
        return encoded[known:]
