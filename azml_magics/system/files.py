"""Reading and writing files: atomically, privately, and with errors that name the file and what is near."""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place


def write_atomically(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace ``path`` in one step: a reader sees the old content or the new one, after a crash too."""
    write_stream(path, [content], mode=mode)


def write_stream(path: Path, pieces: Iterable[bytes], *, mode: int = 0o600) -> None:
    """As :func:`write_atomically`, for content that need not be in memory all at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def read_bytes(path: Path, *, what: str = "file", code: str = "file-not-found") -> bytes:
    """The content of a file the user named.

    Raises ``NotFoundError`` with near names when there is none; ``what`` is what the user calls it.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise missing(path, what=what, code=code) from error
    except PermissionError as error:
        raise NotFoundError(f"{what} {path} cannot be read", remedy="check its permissions", code=code) from error
    except (OSError, ValueError) as error:  # a name that is too long, a null byte in it, a broken disk
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise NotFoundError(f"{what} {path} cannot be read: {reason}", remedy="check the path", code=code) from error


def read_text(path: Path, *, what: str = "file", code: str = "file-not-found") -> str:
    """As :func:`read_bytes`, decoded; raises ``DeclarationError`` (``not-utf8``) naming the line that is not UTF-8."""
    content = read_bytes(path, what=what, code=code)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(str(path), content[: error.start].count(b"\n") + 1)
        finding = Finding(
            "not-utf8",
            f"byte {error.start} (0x{content[error.start]:02x}) is not UTF-8",
            "save the file with UTF-8 encoding",
            place,
        )
        raise DeclarationError(f"{what} {path} is not text", [finding]) from error


def missing(path: Path, *, what: str, code: str) -> NotFoundError:
    """The error for a path that is not there: it offers near names of the same directory."""
    if path.is_dir():
        return NotFoundError(f"{what} {path} is a directory", remedy="name a file in it", code=code)
    if path.is_symlink():
        return NotFoundError(f"{what} {path} is a link to nothing", remedy="bring back what it names", code=code)
    folder = path.parent
    if not folder.is_dir():
        remedy = f"there is no directory {folder}"
    else:
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
        near = difflib.get_close_matches(path.name, names, n=3)
        remedy = "did you mean " + " or ".join(near) + "?" if near else f"look in {folder}"
    return NotFoundError(f"{what} {path} does not exist", remedy=remedy, code=code)
