"""Environments as directories of Azure's SDK v1: saved whole or not at all, and loaded; their text is ``codecs``'."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azml_magics.definitions.codecs.azure_v1 import (
    CONDA_FILE,
    DOCKERFILE,
    ENVIRONMENT_FILE,
    FILES,
    AzureReading,
    check_azure_files,
    is_reference,
    parse_azure_json,
    read_environment_document,
    render_azure_files,
)
from azml_magics.definitions.environment import Environment
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place, WorkspaceError
from azml_magics.system.files import read_text, write_atomically
from azml_magics.system.incoming import incoming, put_in_place
from azml_magics.system.refusals import remedy_for

#: What directories of Azure's v2 hold instead.
V2_FILE = "environment.yml"
#: What a save that was killed leaves beside the directory, until the next one.
TEMPORARY = ".azml-saving-"


@dataclass(frozen=True)
class SavedEnvironment:
    """``files`` are the names in ``directory``; ``findings`` say what of the environment they do not hold."""

    environment: Environment
    directory: Path
    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def save_environment(environment: Environment, directory: Path, *, overwrite: bool = False) -> SavedEnvironment:
    """Write Azure's files for ``environment`` into ``directory``, which appears with all of them or not at all.

    With ``overwrite`` an existing directory is changed: its other files stay, what a former environment left and this
    one does not have (``BaseDockerfile``) goes. Raises ``DeclarationError`` (``directory-exists``), ``WorkspaceError``
    (``directory-not-written``).
    """
    files = render_azure_files(environment)
    target = Path(os.path.realpath(directory))
    if target.exists() and not (overwrite and target.is_dir()):
        what = "directory" if target.is_dir() else "file"
        remedy = "choose another one, or overwrite it (--overwrite)" if target.is_dir() else "choose another name"
        finding = Finding("directory-exists", f"{what} {directory} exists", remedy, Place(str(directory)))
        raise DeclarationError(f"environment {environment.label} was not saved", [finding])
    try:
        _write(files, target)
    except OSError as error:
        raise WorkspaceError(
            f"environment {environment.label} was not saved in {directory}: {error.strerror or error}",
            remedy=remedy_for(error, "check that the folder around it may be written"),
            code="directory-not-written",
        ) from error
    return SavedEnvironment(environment, directory, tuple(files), tuple(check_azure_files(environment)))


def load_environment(directory: Path) -> AzureReading | str:
    """The environment in ``directory``; ``NAME`` or ``NAME:VERSION`` where its file only refers to a registered one.

    Raises ``NotFoundError`` (``environment-file-missing``), ``DeclarationError`` with everything that is wrong.
    """
    path = directory / ENVIRONMENT_FILE
    if not path.exists() and (directory / V2_FILE).is_file():
        raise NotFoundError(
            f"environment file {path} does not exist",
            remedy=f"{V2_FILE} in it is of Azure's v2: azml environment register --file {directory / V2_FILE}",
            code="environment-file-missing",
        )
    document = parse_azure_json(
        read_text(path, what="environment file", code="environment-file-missing"), source=ENVIRONMENT_FILE
    )
    name, version = document.get("name"), document.get("version")
    if is_reference(document) and isinstance(name, str):
        return name if version is None else f"{name}:{version}"
    return read_environment_document(
        document,
        source=ENVIRONMENT_FILE,
        conda_text=_read_beside(directory, CONDA_FILE),
        dockerfile=_read_beside(directory, DOCKERFILE),
    )


def _read_beside(directory: Path, name: str) -> str | None:
    path = directory / name
    return read_text(path) if path.exists() else None


def _write(files: Mapping[str, str], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with incoming(target.parent, TEMPORARY) as made:
        for name, text in files.items():
            write_atomically(made / name, text.encode())
        others = [path for path in target.iterdir() if path.name not in FILES] if target.is_dir() else []
        if all(map(_can_be_linked, others)) and not _is_in_use(target):
            for path in others:
                os.link(path, made / path.name)
            if target.is_dir():
                shutil.copymode(target, made)
            put_in_place(made, target)
            return
        # Folders cannot be in two places, and who works in this one would be left in the former: file by file, the one
        # that says which others count at last.
        for name in [name for name in FILES if name not in files and name != ENVIRONMENT_FILE]:
            (target / name).unlink(missing_ok=True)
        for name in sorted(files, key=lambda name: name == ENVIRONMENT_FILE):
            (made / name).replace(target / name)


def _can_be_linked(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_in_use(target: Path) -> bool:
    return Path.cwd().is_relative_to(target)
