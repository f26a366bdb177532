"""Content-addressed files and folders: stored once, read-only, complete or not at all.

A file ``model.pkl`` is kept as ``<store>/<key>/model.pkl``; a folder likewise, with all its files. The key is a digest
over the content and that name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from azml_magics.errors import DeclarationError, WorkspaceError
from azml_magics.system.copying import copy_hashed, hash_file
from azml_magics.system.incoming import incoming, remove_abandoned
from azml_magics.system.refusals import remedy_for
from azml_magics.workspace.listing import list_files, unreadable

INCOMING = "incoming-"


@dataclass(frozen=True)
class Measured:
    """The key of a file or folder, and its size in bytes."""

    digest: str
    size_bytes: int


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

        A folder's digest is over the sorted relative paths and digests of its files; empty directories do not count.
        What is there already is read and not copied. An interrupted call leaves nothing but a temporary directory,
        which the next call removes. Raises ``DeclarationError`` as :func:`list_files`, and
        ``WorkspaceError`` when the disk is full.
        """
        files = list_files(source)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove_abandoned(self.directory, INCOMING)
            found = self._find(files, source) or self._copy_in(files, source)
        except OSError as error:
            raise WorkspaceError(
                f"{source} cannot be copied into workspace {self.directory.parent}: {error.strerror}",
                remedy=remedy_for(error, "choose another place with AZML_WORKSPACE"),
                code="workspace-directory",
            ) from error
        return Stored(found.digest, self.path(found.digest, source.name), found.size_bytes)

    def holds(self, source: Path) -> bool:
        """Whether equal content is kept under the same name."""
        return self.path(measure(source).digest, source.name).exists()

    def entries(self) -> list[Path]:
        """The directory of everything that is kept whole."""
        if not self.directory.is_dir():
            return []
        return sorted(path for path in self.directory.iterdir() if path.is_dir() and not path.name.startswith(INCOMING))

    def set_aside(self, entry: Path) -> Path:
        """Take ``entry`` out of the store in one step; what it is called then, the next :meth:`add` removes."""
        aside = entry.with_name(f"{INCOMING}{entry.name}")
        entry.rename(aside)
        return aside

    def _find(self, files: list[Path], source: Path) -> Measured | None:
        """Equal content that is kept already. Reading everything for it is worth it where name and size agree."""
        size = sum((source / relative).stat().st_size for relative in files)
        kept = (entry / source.name for entry in self.directory.iterdir() if not entry.name.startswith(INCOMING))
        if all(_size(path) != size for path in kept):
            return None
        measured = _measure_files(files, source)
        return measured if self.path(measured.digest, source.name).exists() else None

    def _copy_in(self, files: list[Path], source: Path) -> Measured:
        with incoming(self.directory, INCOMING) as new:
            copy = new / source.name
            measured = _combine(files, source, lambda relative: _copy(source / relative, copy / relative))
            if not (self.directory / measured.digest).exists():
                _move(new, self.directory / measured.digest)
        return measured


def measure(source: Path) -> Measured:
    """The key that :meth:`ContentStore.add` would give, without copying. Raises ``DeclarationError`` as it does."""
    return _measure_files(list_files(source), source)


def _measure_files(files: list[Path], source: Path) -> Measured:
    def hashed(relative: Path) -> tuple[str, int]:
        path = source / relative
        with _refused_when_unreadable(path):
            return hash_file(path), path.stat().st_size

    return _combine(files, source, hashed)


def _combine(files: list[Path], source: Path, take: Callable[[Path], tuple[str, int]]) -> Measured:
    """``take`` gives digest and size of each file; the key is over all of them, the kind and the name."""
    if files == [Path()]:
        kind, (digest, size) = "file", take(Path())
    else:
        kind, listing, size = "folder", hashlib.sha256(), 0
        for relative in files:
            each, length = take(relative)
            listing.update(os.fsencode(relative.as_posix()) + f"\0{each}\n".encode())
            size += length
        digest = listing.hexdigest()
    # The same bytes may be registered under two names: each has its own entry.
    return Measured(hashlib.sha256(f"{kind}\0{digest}\0{source.name}".encode()).hexdigest(), size)


def _size(path: Path) -> int | None:
    """Of a file or of all files of a folder; ``None`` when there is none."""
    if path.is_dir():
        return sum(item.stat().st_size for item in path.rglob("*") if item.is_file())
    return path.stat().st_size if path.is_file() else None


def _copy(source: Path, target: Path) -> tuple[str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with _refused_when_unreadable(source):
        # Services hard-link to it: nobody may change it in place. A container reads it as another user; on this machine
        # the workspace's own directory keeps others out.
        return copy_hashed(source, target, mode=0o444)


@contextlib.contextmanager
def _refused_when_unreadable(source: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.filename != str(source):
            raise
        raise DeclarationError(f"{source} cannot be kept", [unreadable(source, error)]) from error


def _move(new: Path, target: Path) -> None:
    """Give ``new`` its final name, unless another process was first with equal content."""
    try:
        new.rename(target)
    except OSError:
        if not target.exists():
            raise
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # a database that knows of it must not survive a power cut without it
    finally:
        os.close(descriptor)
