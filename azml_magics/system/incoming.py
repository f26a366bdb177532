"""New files and folders that appear whole or not at all: made in a hidden place of their own, then renamed.

What a killed process left there is removed by the next one that makes something beside it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from azml_magics.errors import WorkspaceError
from azml_magics.system.refusals import remedy_for

#: Of ``renameat2`` and of macOS' ``renamex_np``: both names change places.
_EXCHANGE, _CURRENT_DIRECTORY = 2, -100


@contextlib.contextmanager
def incoming(directory: Path, prefix: str) -> Iterator[Path]:
    """A new folder in ``directory``, ours as long as we live; those called ``prefix`` whose owners were killed go.

    What is still in it at the end is removed. Raises ``OSError``.
    """
    with contextlib.ExitStack() as stack:
        # Nobody may take a folder for abandoned between its making and its locking.
        with _held(directory, wait=True):
            _sweep(directory, prefix)
            own = Path(tempfile.mkdtemp(prefix=prefix, dir=directory))
            stack.enter_context(_held(own))
        try:
            yield own
        finally:
            if own.exists():
                shutil.rmtree(own)


def remove_abandoned(directory: Path, prefix: str) -> None:
    """Remove what :func:`incoming` made for owners that were killed, as it does itself. Raises ``OSError``."""
    if any(directory.glob(f"{prefix}*")):
        with _held(directory, wait=True):
            _sweep(directory, prefix)


def put_in_place(new: Path, target: Path) -> None:
    """Give ``new`` the name ``target``; what had that name has the name of ``new`` then, where something had.

    At no time ``target`` is missing, as far as the system can exchange names in one step. Raises ``OSError``.
    """
    if not target.exists() and not target.is_symlink():
        new.rename(target)
    elif not _exchange(new, target):
        aside = new.with_name(f"{new.name}.former")
        target.rename(aside)
        new.rename(target)
        aside.rename(new)


@contextlib.contextmanager
def made_whole(target: Path, prefix: str) -> Iterator[Path]:
    """A new folder that becomes ``target`` when the body ends well, in place of what had that name.

    Raises ``WorkspaceError`` (``directory-not-written``) for what the system refuses, and leaves ``target`` as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with incoming(target.parent, prefix) as made:
            new = made / "new"
            new.mkdir()
            yield new
            put_in_place(new, target)
    except OSError as error:
        raise WorkspaceError(
            f"{target} cannot be written: {error.strerror or error}",
            remedy=remedy_for(error, "check that the folder around it may be written"),
            code="directory-not-written",
        ) from error


def _sweep(directory: Path, prefix: str) -> None:
    for former in directory.glob(f"{prefix}*"):
        # Its owner may move it to its final place at any time.
        with contextlib.suppress(FileNotFoundError), _held(former) as abandoned:
            if abandoned:
                shutil.rmtree(former)


def _exchange(first: Path, second: Path) -> bool:
    """Whether both could change names in one step."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(first), os.fsencode(second)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(*names, _EXCHANGE)
        else:
            here = _CURRENT_DIRECTORY
            failed = library.renameat2(here, names[0], here, names[1], _EXCHANGE)
    except AttributeError:
        return False
    number = ctypes.get_errno()
    if failed and number not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(number, os.strerror(number), str(first), None, str(second))
    return not failed


@contextlib.contextmanager
def _held(directory: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold the system's lock on ``directory``, which is free once its holder has ended in whatever way.

    False when another one holds it, and where the file system knows no such locks: nobody is known to have gone there.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            held = True
        except OSError:
            held = False
        yield held
    finally:
        os.close(descriptor)
