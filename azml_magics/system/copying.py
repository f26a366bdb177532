"""Copying files of any size with flat memory: their blocks shared where the file system can, hashed on the way."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

#: Read at once: small enough for flat memory, large enough that Python's part of the work is small.
CHUNK_BYTES = 1 << 20


def copy_hashed(source: Path, target: Path, *, mode: int | None = None) -> tuple[str, int]:
    """Copy ``source`` to the new file ``target``, on disk for good; gives SHA-256 and size of the copy.

    The digest is over what was really written: a source that changes meanwhile cannot make it a lie. ``mode`` are
    the copy's permissions; without it those of any new file. Raises ``OSError``.
    """
    digest = hashlib.sha256()
    size = 0
    with source.open("rb") as reader, target.open("x+b", buffering=0) as writer:
        for length in _pieces(reader.fileno(), writer.fileno()):
            # Just written, so it comes out of the cache of the system.
            piece = os.pread(writer.fileno(), length, size)
            digest.update(piece)
            size += len(piece)
        if mode is not None:
            os.fchmod(writer.fileno(), mode)
        os.fsync(writer.fileno())
    return digest.hexdigest(), size


def copy_file(
    source: Path, target: Path, *, mode: int | None = None, on_piece: Callable[[int], None] = lambda _length: None
) -> None:
    """Copy ``source`` to the new file ``target``, as :func:`copy_hashed` without the reading. Raises ``OSError``.

    ``on_piece`` gets the length of each piece that was copied; what it raises ends the copying.
    """
    with source.open("rb") as reader, target.open("x+b", buffering=0) as writer:
        for length in _pieces(reader.fileno(), writer.fileno()):
            on_piece(length)
        if mode is not None:
            os.fchmod(writer.fileno(), mode)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits. Raises ``OSError``."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as reader:
        while piece := reader.read(CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(source: int, target: int) -> Iterator[int]:
    """Copy piece by piece from where ``source`` stands; yields how long each was."""
    shares = sys.platform == "linux"
    while True:
        if shares:
            try:
                length = os.copy_file_range(source, target, CHUNK_BYTES)
            except OSError:
                shares = False  # between file systems, or for files that are made when they are read
                continue
            if length:
                yield length
                continue
            shares = False  # the end, or one of those files again: reading tells
        piece = os.read(source, CHUNK_BYTES)
        if not piece:
            return
        _write_all(target, piece)
        yield len(piece)


def _write_all(target: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(target, view) :]
