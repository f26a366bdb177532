"""What the system refuses, as an error that says what to do about it; what was being done is left to the caller."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from azml_magics.errors import WorkspaceError

#: Whatever was being done, these have causes and remedies of their own.
_REMEDIES = {
    errno.ENOSPC: "make room on that disk (azml prune removes what nothing refers to), or name a place on another one",
    errno.EDQUOT: "make room within your quota, or name a place on another disk",
    errno.EFBIG: "take smaller files: the disk, or a limit of this shell (ulimit -f), has none of that size",
    errno.EROFS: "that disk can only be read: name a place on another one",
}


def remedy_for(error: OSError, otherwise: str) -> str:
    """What to do about ``error``: its own remedy for a full disk or one that can only be read, else ``otherwise``."""
    return _REMEDIES.get(error.errno or 0, otherwise)


@contextlib.contextmanager
def disks_explained(doing: str) -> Iterator[None]:
    """Raise ``WorkspaceError`` (``disk``), saying that ``doing`` stopped, where the disk is to blame.

    It is full, can only be read, or takes no files of that size. Anything else goes on as it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _REMEDIES:
            raise
        where = f" ({error.filename})" if error.filename else ""
        raise WorkspaceError(
            f"{doing} stopped: {error.strerror}{where}", remedy=remedy_for(error, ""), code="disk"
        ) from error
