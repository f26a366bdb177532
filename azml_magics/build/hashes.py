"""SHA-256 of files, read once: a large file that has not changed is not read again."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

from azml_magics.system.files import write_atomically

#: Smaller files are read again: that is as fast as looking them up.
REMEMBERED_BYTES = 1_000_000
#: A file that was changed so recently may be changed again without a new time of change.
SETTLED_SECONDS = 2.0


class FileHashes:
    """Digests by path, size, time of change and inode, kept in the file ``memory``; with ``None`` nowhere."""

    def __init__(self, memory: Path | None) -> None:
        self._memory = memory
        self._known: dict[str, list[int | str]] = {}
        self._changed = False
        if memory is not None:
            try:
                self._known = dict(json.loads(memory.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):  # not there yet, or damaged: everything is read again
                self._known = {}

    def digest(self, path: Path) -> str:
        """SHA-256 of the content, 64 hex digits. Raises ``OSError``."""
        facts = path.stat()
        if self._memory is None or facts.st_size < REMEMBERED_BYTES:
            return _read(path)
        stamp = [facts.st_size, facts.st_mtime_ns, facts.st_ino]
        known = self._known.get(str(path))
        if isinstance(known, list) and known[:3] == stamp:
            return str(known[-1])
        digest = _read(path)
        if time.time() - facts.st_mtime > SETTLED_SECONDS:
            self._known[str(path)] = [*stamp, digest]
            self._changed = True
        return digest

    def save(self) -> None:
        """Keep what was read."""
        if self._memory is not None and self._changed:
            self._memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._memory, json.dumps(self._known).encode())
            self._changed = False


def _read(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
