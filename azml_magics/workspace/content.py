"""Content-addressed files and folders: stored once, read-only, complete or not at all.

A file ``model.pkl`` with digest ``d`` is kept as ``<store>/<d>/model.pkl``; a folder likewise, with all its files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Stored:
    """What :meth:`ContentStore.add` kept; ``path`` is the file or folder inside the store."""

    digest: str
    path: Path
    size_bytes: int


class ContentStore:
    """Files below one directory, by SHA-256."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, digest: str, basename: str) -> Path:
        """Where content with ``digest`` is kept."""
        return self.directory / digest / basename

    def add(self, source: Path) -> Stored:
        """Copy a file or folder into the store, streaming; equal content under the same name is kept once.

        The digest of a file is over its bytes, of a folder over the sorted relative paths and digests of its files.
        Links are followed. An interrupted call leaves only a temporary directory, removed by the next one's owner.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="incoming-", dir=self.directory))
        try:
            copy = scratch / source.name
            size = 0
            if source.is_dir():
                total = hashlib.sha256()
                for relative in sorted(_files(source)):
                    digest, length = _copy(source / relative, copy / relative)
                    total.update(f"{relative.as_posix()}\0{digest}\n".encode())
                    size += length
                digest = total.hexdigest()
            else:
                digest, size = _copy(source, copy)
            # The same bytes may be registered under two names: each has its own entry.
            key = hashlib.sha256(f"{digest}\0{source.name}".encode()).hexdigest()
            target = self.directory / key
            if not target.exists():
                try:
                    scratch.rename(target)
                except OSError:
                    if not target.exists():
                        raise
            return Stored(key, target / source.name, size)
        finally:
            if scratch.exists():
                shutil.rmtree(scratch)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        for name in names:
            yield (Path(parent) / name).relative_to(folder)


def _copy(source: Path, target: Path) -> tuple[str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
            size += len(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    # Services hard-link to it: nobody may change it in place.
    target.chmod(0o400)
    return digest.hexdigest(), size
