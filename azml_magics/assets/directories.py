"""A new directory with many files: it appears with all of them or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.system.copying import copy_file
from azml_magics.system.incoming import made_whole

#: Of the hidden folder that a directory is made in, beside its place.
INCOMING = ".azml-writing-"
#: What a file holds, or the file or folder it is copied from.
Content: TypeAlias = bytes | Path


def write_directory(target: Path, files: Mapping[str, Content], *, marker: str, overwrite: bool = False) -> None:
    """Write ``files`` (path inside -> content) into ``target``, which must be new or empty.

    With ``overwrite`` a directory that holds a file ``marker`` is replaced as a whole; anything else is never removed.
    Raises ``DeclarationError`` (``directory-exists``), ``WorkspaceError`` (``directory-not-written``).
    """
    _refuse_others(target, marker, overwrite=overwrite)
    with made_whole(target, INCOMING) as new:
        for name, content in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            _write(new / name, content)


def _refuse_others(target: Path, marker: str, *, overwrite: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if target.is_dir() and (not any(target.iterdir()) or (overwrite and (target / marker).is_file())):
        return
    if target.is_dir() and (target / marker).is_file():
        remedy = "add --overwrite to replace all of it, or name another directory"
    else:
        remedy = "name a directory that is new or empty: what is there is never removed"
    finding = Finding("directory-exists", f"{target} exists", remedy, Place(str(target)))
    raise DeclarationError(f"{target} was not written", [finding])


def _write(target: Path, content: Content) -> None:
    if isinstance(content, bytes):
        target.write_bytes(content)
    elif content.is_dir():
        target.mkdir(exist_ok=True)
        for entry in sorted(content.iterdir()):
            _write(target / entry.name, entry)
    else:
        copy_file(content, target)
