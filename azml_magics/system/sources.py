"""Listing a source directory as it is deployed: ignore files honoured, nothing from outside the directory."""

from __future__ import annotations

import os
from pathlib import Path

from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place

#: Never part of a deployment, whatever the ignore file says.
ALWAYS_IGNORED = (
    ".git/", ".azml/", "__pycache__/", ".ipynb_checkpoints/", ".venv/", "node_modules/", "*.pyc",
    ".amlignore", ".gitignore",
)  # fmt: skip
#: The first of these that exists is honoured (AZUREML.md 3.10).
IGNORE_FILES = (".amlignore", ".gitignore")


def list_source_files(directory: Path) -> dict[str, Path]:
    """Relative path with forward slashes -> absolute file, sorted.

    Raises ``NotFoundError`` (``source-directory-missing``), and ``DeclarationError`` for a link that leaves it.
    """
    from pathspec import PathSpec

    if not directory.is_dir():
        raise NotFoundError(
            f"source directory {directory} does not exist",
            remedy="--source-dir names a directory that holds the entry script",
            code="source-directory-missing",
        )
    spec = PathSpec.from_lines("gitignore", [*_ignore_lines(directory), *ALWAYS_IGNORED])
    files: dict[str, Path] = {}
    for folder, folders, names in os.walk(directory):
        relative = Path(folder).relative_to(directory)
        folders[:] = sorted(name for name in folders if not spec.match_file(f"{(relative / name).as_posix()}/"))
        for name in sorted(names):
            key = (relative / name).as_posix()
            if not spec.match_file(key):
                files[key] = _inside(directory, Path(folder) / name)
    return dict(sorted(files.items()))


def importable_modules(directory: Path) -> frozenset[str]:
    """Names that Python can import when ``directory`` is on its path: files, packages and plain folders with files."""
    if not directory.is_dir():
        return frozenset()
    names = set()
    for entry in directory.iterdir():
        if entry.suffix == ".py" and entry.stem.isidentifier():
            names.add(entry.stem)
        elif entry.is_dir() and entry.name.isidentifier() and any(entry.glob("*.py")):
            names.add(entry.name)
    return frozenset(names)


def _ignore_lines(directory: Path) -> list[str]:
    for name in IGNORE_FILES:
        path = directory / name
        if path.is_file():
            return path.read_text(errors="replace").splitlines()
    return []


def _inside(directory: Path, path: Path) -> Path:
    if path.is_symlink() and not path.resolve().is_relative_to(directory.resolve()):
        finding = Finding(
            "link-leaves-source",
            f"{path.relative_to(directory)} is a link to {path.resolve()}, outside the source directory",
            "copy the file into the source directory, or name it in .amlignore",
            Place(str(directory)),
        )
        raise DeclarationError("the source directory cannot be deployed", [finding])
    return path
