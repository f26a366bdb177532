"""Content-addressed files and folders: stored once, read-only, complete or not at all.

A file ``model.pkl`` is kept as ``<store>/<key>/model.pkl``; a folder likewise, with all its files. The key is a digest
over the content and that name.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azml_magics.errors import DeclarationError, WorkspaceError
from azml_magics.system.locks import locked
from azml_magics.workspace.listing import list_files, unreadable

CHUNK_BYTES = 1 << 20
INCOMING = "incoming-"


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
        An interrupted call leaves nothing but a temporary directory, which the next call removes. Raises
        ``DeclarationError`` as :func:`list_files`, and ``WorkspaceError`` when the disk is full.
        """
        files = list_files(source)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._incoming() as incoming:
                digest, size = _copy_all(files, source, incoming / source.name)
                kind = "file" if files == [Path()] else "folder"
                # The same bytes may be registered under two names: each has its own entry.
                key = hashlib.sha256(f"{kind}\0{digest}\0{source.name}".encode()).hexdigest()
                target = self.directory / key
                if not target.exists():
                    _move(incoming, target)
        except OSError as error:
            raise WorkspaceError(
                f"{source} cannot be copied into workspace {self.directory.parent}: {error.strerror}",
                remedy="make room on the disk, or choose another place with AZML_WORKSPACE",
                code="workspace-directory",
            ) from error
        return Stored(key, target / source.name, size)

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A new directory that is ours as long as we live; those of owners that were killed are removed."""
        with contextlib.ExitStack() as stack:
            with locked(self.directory / "incoming.lock"):
                for former in self.directory.glob(f"{INCOMING}*"):
                    # Its owner may move it to its final place at any time.
                    with contextlib.suppress(FileNotFoundError), _held(former) as abandoned:
                        if abandoned:
                            shutil.rmtree(former)
                directory = Path(tempfile.mkdtemp(prefix=INCOMING, dir=self.directory))
                stack.enter_context(_held(directory))
            try:
                yield directory
            finally:
                if directory.exists():
                    shutil.rmtree(directory)


@contextlib.contextmanager
def _held(directory: Path) -> Iterator[bool]:
    """Hold the system's lock on ``directory``, which is free once its holder has ended in whatever way.

    False when another one holds it, and where the file system knows no such locks: nobody is known to have gone there.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except OSError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def _copy_all(files: list[Path], source: Path, target: Path) -> tuple[str, int]:
    """Copy ``files`` of ``source`` and give the digest of all together and their size."""
    if files == [Path()]:
        return _copy(source, target)
    listing = hashlib.sha256()
    size = 0
    for relative in files:
        digest, length = _copy(source / relative, target / relative)
        listing.update(os.fsencode(relative.as_posix()) + f"\0{digest}\n".encode())
        size += length
    return listing.hexdigest(), size


def _copy(source: Path, target: Path) -> tuple[str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    try:
        reader = source.open("rb")
    except OSError as error:
        raise DeclarationError(f"{source} cannot be kept", [unreadable(source, error)]) from error
    with reader, target.open("xb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
            size += len(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    # Services hard-link to it: nobody may change it in place. A container reads it as another user; on this machine the
    # workspace's own directory keeps others out.
    target.chmod(0o444)
    return digest.hexdigest(), size


def _move(incoming: Path, target: Path) -> None:
    """Give ``incoming`` its final name, unless another process was first with equal content."""
    try:
        incoming.rename(target)
    except OSError:
        if not target.exists():
            raise
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # a database that knows of it must not survive a power cut without it
    finally:
        os.close(descriptor)
