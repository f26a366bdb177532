"""A build context as a tar that is made while it is read: never whole in memory, and never a copy on disk."""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.errors import BuildError

CHUNK_BYTES = 1 << 20
#: The time of everything we wrote ourselves: zip files know none before 1980, so that some builds refuse older ones.
WRITTEN = 315_532_800
_RECORD = tarfile.RECORDSIZE


@dataclass(frozen=True)
class Entry:
    """One thing in a context: ``content`` is bytes or the file to read; a ``link`` is a symbolic link to that path.

    ``mode`` is the permissions, ``modified`` seconds since 1970. With neither content nor link it is a directory.
    """

    content: bytes | Path | None = None
    link: str | None = None
    mode: int = 0o644
    modified: int = WRITTEN

    @property
    def size(self) -> int:
        """Bytes of content."""
        if self.content is None:
            return 0
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


def written_entry(content: bytes | Path) -> Entry:
    """A file of ours in a context: readable by everybody, because nobody knows who will read it inside.

    Its time does not depend on when it was written, so that equal content makes equal layers.
    """
    executable = isinstance(content, Path) and os.access(content, os.X_OK)
    return Entry(content, mode=0o755 if executable else 0o644)


def read_entry(path: Path) -> Entry | None:
    """A file, link or directory of the user's as it is, owned by root; ``None`` for what no context can hold."""
    facts = path.lstat()
    mode, modified = stat.S_IMODE(facts.st_mode), int(facts.st_mtime)
    if stat.S_ISLNK(facts.st_mode):
        return Entry(link=str(path.readlink()), mode=0o777, modified=modified)
    if stat.S_ISREG(facts.st_mode):
        return Entry(path, mode=mode, modified=modified)
    if stat.S_ISDIR(facts.st_mode):
        return Entry(mode=mode, modified=modified)
    return None


def stream_tar(entries: Mapping[str, Entry], *, cancel: Cancel) -> Iterator[bytes]:
    """The tar of ``entries`` (path in the context -> entry), sorted by path, in pieces.

    Raises ``BuildError`` (``context-changed``) for a file that is being written meanwhile, and ``CancelledError``.
    """
    total = 0
    for name in sorted(entries):
        cancel.check("sending the build context")
        for piece in _pieces(name, entries[name], cancel):
            total += len(piece)
            yield piece
    total += 2 * tarfile.BLOCKSIZE
    yield bytes(2 * tarfile.BLOCKSIZE + -total % _RECORD)


def _pieces(name: str, entry: Entry, cancel: Cancel) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.mode, info.mtime, info.size = entry.mode, entry.modified, entry.size
    if entry.link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
    elif entry.content is None:
        info.type = tarfile.DIRTYPE
    yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    if entry.content is None:
        return
    left = info.size
    if isinstance(entry.content, bytes):
        yield entry.content
    else:
        with entry.content.open("rb") as file:
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                cancel.check("sending the build context")
                yield chunk
        if left:
            raise BuildError(
                f"{entry.content} became shorter while it was sent to the engine",
                remedy="wait until nothing writes it any more, and build again",
                code="context-changed",
            )
    yield bytes(-info.size % tarfile.BLOCKSIZE)
