"""Files and folders of the workspace copied out of it: whole or not at all, and as anybody's files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from azml_magics.errors import DeclarationError, Finding, Place, WorkspaceError
from azml_magics.system.copying import copy_file
from azml_magics.system.incoming import incoming, put_in_place
from azml_magics.system.refusals import remedy_for

#: Of the hidden folder that something is made in before it gets its name.
INCOMING = ".azml-incoming-"


@dataclass(frozen=True)
class CopiedOut:
    """``label`` is what was copied, ``path`` where it is now; ``shown`` is that path as the user would write it."""

    label: str
    path: Path
    shown: str
    size_bytes: int


def copy_out(source: Path, directory: Path, *, overwrite: bool = False) -> Path:
    """Copy file or folder ``source`` into ``directory``, which is made when it is not there, under its own name.

    What a killed copy left there is removed. Raises ``DeclarationError`` (``target-exists``, ``target-not-a-folder``)
    and ``WorkspaceError`` when it cannot be written.
    """
    target = directory / source.name
    if directory.exists() and not directory.is_dir():
        finding = Finding("target-not-a-folder", f"{directory} is no folder", "name one", Place(str(directory)))
        raise DeclarationError(f"{source.name} cannot be copied to {directory}", [finding])
    if (target.exists() or target.is_symlink()) and not overwrite:
        remedy = "add --overwrite to replace it, or name another directory"
        finding = Finding("target-exists", f"{target} is there already", remedy, Place(str(target)))
        raise DeclarationError(f"{source.name} cannot be copied to {directory}", [finding])
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with incoming(directory, INCOMING) as new:
            _copy(source, new / source.name)
            put_in_place(new / source.name, target)
    except OSError as error:
        raise WorkspaceError(
            f"{source.name} cannot be copied to {directory}: {error.strerror}",
            remedy=remedy_for(error, "name a directory that can be written"),
            code="target-directory",
        ) from error
    return target


def _copy(source: Path, target: Path) -> None:
    if not source.is_dir():
        copy_file(source, target)
        return
    target.mkdir()
    for entry in sorted(source.iterdir()):
        _copy(entry, target / entry.name)
