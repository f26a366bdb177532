"""Listing a source directory as it is deployed: ignore files honoured, nothing from outside the directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place

#: Never part of a deployment, whatever the ignore file says.
ALWAYS_IGNORED = (
    ".git/", ".azml/", "__pycache__/", ".ipynb_checkpoints/", ".venv/", "node_modules/", "*.pyc",
    ".amlignore", ".gitignore",
)  # fmt: skip
#: The first of these that exists is honoured (AZUREML.md 3.10).
IGNORE_FILES = (".amlignore", ".gitignore")
#: Of what stands in the way, so many are told: a home directory has hundreds.
NAMED_FINDINGS = 5
#: A directory with more in it is not what was meant, but a disk or a whole home; listing it would take minutes.
ENTRIES_LIMIT = 100_000


def list_source_files(directory: Path) -> dict[str, Path]:
    """Relative path with forward slashes -> absolute file, sorted. Links to what lies inside are followed.

    Raises ``NotFoundError`` (``source-directory-missing``), and ``DeclarationError`` with links that leave it, lead
    nowhere or go round in circles, folders that cannot be read, and (``too-many-files``) for one that holds more than
    :data:`ENTRIES_LIMIT` of them. Sockets and pipes are left out.
    """
    from pathspec import GitIgnoreSpec, PathSpec

    if not directory.is_dir():
        raise NotFoundError(
            f"source directory {directory} does not exist",
            remedy="--source-dir names a directory that holds the entry script",
            code="source-directory-missing",
        )
    directory = directory.absolute()
    of_files = GitIgnoreSpec.from_lines([*_ignore_lines(directory), *ALWAYS_IGNORED])
    # For a folder itself the last matching line counts; GitIgnoreSpec gives lines for its content precedence.
    is_ignored_folder = PathSpec(of_files.patterns).match_file
    findings: list[Finding] = []
    files = {
        relative: path
        for relative, path in _limited(_walk(directory, directory, is_ignored_folder, findings), directory)
        if not of_files.match_file(relative) and _is_inside(directory, path, findings) and path.is_file()
    }
    if findings:
        raise DeclarationError("the source directory cannot be copied", _told(findings, directory))
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
            return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return []


def _limited(found: Iterator[tuple[str, Path]], directory: Path) -> Iterator[tuple[str, Path]]:
    for number, entry in enumerate(found):
        if number == ENTRIES_LIMIT:
            message = f"{directory} holds more than {ENTRIES_LIMIT:,} files"
            remedy = "name a smaller folder with --source-dir, or whole folders in .amlignore"
            finding = Finding("too-many-files", message, remedy, Place(str(directory)))
            raise DeclarationError("the source directory cannot be copied", [finding])
        yield entry


def _walk(
    top: Path, folder: Path, is_ignored_folder: Callable[[str], bool], findings: list[Finding]
) -> Iterator[tuple[str, Path]]:
    """Everything below ``folder`` that is no folder, as (path relative to ``top``, path)."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        message = f"the folder {folder.relative_to(top)} cannot be read: {error.strerror}"
        findings.append(Finding("source-unreadable", message, "name it in .amlignore", Place(str(top))))
        return
    for path in entries:
        relative = path.relative_to(top).as_posix()
        if not _is_directory(path):
            yield relative, path
        elif not is_ignored_folder(f"{relative}/") and _is_inside(top, path, findings):
            yield from _walk(top, path, is_ignored_folder, findings)


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a link into what may not be looked at
        return False


def _told(findings: list[Finding], directory: Path) -> list[Finding]:
    """The first few, and what to do about many at once."""
    if len(findings) <= NAMED_FINDINGS:
        return findings
    rest = len(findings) - NAMED_FINDINGS
    message = f"{rest} more links and folders in it cannot be taken"
    remedy = "name a smaller folder with --source-dir, or whole folders in .amlignore"
    return [*findings[:NAMED_FINDINGS], Finding("link-leaves-source", message, remedy, Place(str(directory)))]


def _is_inside(top: Path, path: Path, findings: list[Finding]) -> bool:
    """Whether ``path`` may be deployed; a link that may not is added to ``findings``."""
    if not path.is_symlink():
        return True
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # older Pythons raise RuntimeError for a link to itself
        fault, remedy = "leads nowhere", "remove it, or name it in .amlignore"
    else:
        if not target.is_relative_to(top.resolve()):
            fault = f"leads to {target}, outside the source directory"
            remedy = "copy what it leads to into the source directory, or name the link in .amlignore"
        elif path.parent.resolve().is_relative_to(target):
            fault, remedy = "leads to a folder that holds it", "remove it, or name it in .amlignore"
        else:
            return True
    findings.append(Finding("link-leaves-source", f"the link {path.relative_to(top)} {fault}", remedy, Place(str(top))))
    return False
