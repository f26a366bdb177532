"""Private wheels of a workspace: checked, kept by their content, named in requirements by where they are kept."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.private_wheel import PrivateWheel, not_a_wheel, parse_wheel_file_name
from azml_magics.errors import DeclarationError, Finding

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


def add_wheel(workspace: Workspace, path: Path, *, exist_ok: bool = False) -> PrivateWheel:
    """Copy the wheel ``path`` into ``workspace``; other content under the same name is kept beside it.

    Raises ``NotFoundError`` (``wheel-missing``) where there is no such file, ``DeclarationError`` (``invalid-wheel``)
    for one that is no wheel, and (``wheel-exists``) for one that is kept already unless that is ``exist_ok``.
    """
    from azml_magics.system.copying import hash_file
    from azml_magics.system.files import missing

    if not path.is_file():
        raise missing(path, what="wheel", code="wheel-missing")
    project, version = parse_wheel_file_name(path.name)
    _check_archive(path)
    store = workspace.wheels
    if not exist_ok and store.holds(path):
        finding = Finding(
            "wheel-exists",
            f"{path.name} is in the workspace already, with this very content",
            "add it with --exist-ok (exist_ok=True) to get its requirement again",
        )
        raise DeclarationError(f"{path.name} was not added", [finding])
    kept = store.add(path).path
    requirement = f"{project} @ {kept.as_uri()}#sha256={hash_file(kept)}"
    return PrivateWheel(project, version, path.name, requirement)


def _check_archive(path: Path) -> None:
    """A wheel is a ZIP file whose folder ``NAME-VERSION.dist-info`` says what it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError) as error:
        raise not_a_wheel(path.name, f"it cannot be read as a ZIP file ({error})") from error
    folders = {name.partition("/")[0] for name in names if name.partition("/")[0].endswith(".dist-info")}
    if not any({f"{folder}/METADATA", f"{folder}/WHEEL"} <= names for folder in folders):
        raise not_a_wheel(path.name, "it has no .dist-info folder with METADATA and WHEEL")
