"""The source of a run as it was when the run was asked for: kept once by content, and copied for the run to work in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.events import Emit, Note
from azml_magics.system.copying import copy_hashed, hash_file
from azml_magics.system.files import write_atomically
from azml_magics.system.sources import list_source_files

#: The cloud's limit for a snapshot, and where a local run of SDK v1 gave up (AZUREML.md 3.10).
LIMIT_BYTES = 300_000_000
WARNING_BYTES = 25_000_000
#: Written by a run itself: what a former one left there is no source.
WRITTEN_FOLDERS = ("outputs/", "logs/", "mlruns/")
SNAPSHOT, WORK, MANIFEST = "snapshot", "work", "snapshot.json"
WRITTEN = ("outputs", "logs")
#: How many files are copied at once.
COPIES_AT_ONCE = 8
#: How many of the biggest files are named.
NAMED_FILES = 3


@dataclass(frozen=True)
class Source:
    """What is copied: files by their path in the source directory; ``script`` is among them, its text perhaps ours."""

    directory: Path
    script: str
    files: Mapping[str, Path]
    text: str | None = None


def collect_source(directory: Path, script: str, text: str | None, *, workspace: Path, emit: Emit) -> Source:
    """The files below ``directory`` that a run gets, but for those of the workspace.

    ``text`` is the script's where it was written in a cell.
    Raises ``DeclarationError`` (``snapshot-too-large`` and what :func:`list_source_files` finds), ``NotFoundError``.
    """
    listed = list_source_files(directory)
    files = {
        name: path
        for name, path in listed.items()
        if not name.startswith(WRITTEN_FOLDERS) and not path.is_relative_to(workspace)
    }
    if text is not None:
        files.pop(script, None)
    elif script not in files:
        if not (directory / script).is_file():
            from azml_magics.system.files import missing

            raise missing(directory / script, what="script", code="script-missing")
        message = f"script {script} is among what the ignore file of {directory} leaves out"
        finding = Finding("script-ignored", message, "take it out of .amlignore or .gitignore", Place(script))
        raise DeclarationError("the run has no script", [finding])
    sizes = {name: size for name, path in files.items() if (size := _size(path)) is not None}
    total = sum(sizes.values())
    biggest = sorted(sizes, key=lambda name: -sizes[name])[:NAMED_FILES]
    named = ", ".join(f"{name} ({sizes[name] / 1e6:,.1f} MB)" for name in biggest)
    if total > LIMIT_BYTES:
        finding = Finding(
            "snapshot-too-large",
            f"{directory} holds {total / 1e6:,.0f} MB in {len(files)} files, more than a snapshot may have "
            f"({LIMIT_BYTES / 1e6:,.0f} MB); the biggest: {named}",
            "name them in .amlignore, name a smaller --source-dir, or run in place with --no-snapshot",
            Place(str(directory)),
        )
        raise DeclarationError("the source cannot be copied for the run", [finding])
    if total > WARNING_BYTES:
        emit(Note(f"the source is {total / 1e6:,.0f} MB, copied for every run; the biggest: {named}"))
    return Source(directory, script, files, text)


def take_snapshot(source: Source, run_directory: Path, store: Path) -> None:
    """Fill ``snapshot`` (read-only, shared by content) and ``work`` (the run's own copy) of a run.

    The manifest beside them says what each file was, so that what the run changed is known later.
    """
    snapshot, work = run_directory / SNAPSHOT, run_directory / WORK
    for folder in (snapshot, work):
        folder.mkdir(mode=0o700)
    manifest: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=run_directory, prefix=".") as place:
        files = dict(source.files)
        if source.text is not None:
            files[source.script] = Path(place) / "script.py"
            files[source.script].write_text(source.text, encoding="utf-8")

        def take(number: int, name: str) -> None:
            path = files[name]
            # Since it was listed, another program may have removed it: a lock, a journal, a download.
            with contextlib.nullcontext() if name == source.script else _unless_gone(path):
                stored = _stored(path, store, Path(place) / str(number))
                manifest[name] = _place(stored, path, snapshot / name, work / name)

        # Each waits for the disk, and many wait no longer than one.
        with ThreadPoolExecutor(COPIES_AT_ONCE, "azml-snapshot") as pool:
            list(pool.map(take, range(len(files)), files))
    write_atomically(run_directory / MANIFEST, json.dumps(dict(sorted(manifest.items())), indent=1).encode())
    for written in WRITTEN:
        (work / written).mkdir(mode=0o700, exist_ok=True)
        (run_directory / written).symlink_to(Path(WORK) / written)


def make_written(folder: Path) -> None:
    """The folders that a run writes to, where it has no source of its own beside them."""
    for name in WRITTEN:
        (folder / name).mkdir(mode=0o700)


def drop_unchanged(run_directory: Path) -> None:
    """Remove from ``work`` what is in the snapshot as it was: only what the run wrote or changed is left there."""
    try:
        manifest = json.loads((run_directory / MANIFEST).read_text())
    except (OSError, ValueError):
        return
    work = run_directory / WORK
    for name, known in manifest.items():
        path = work / name
        try:
            status = path.lstat()
            if [status.st_size, status.st_mtime_ns] == [known["size"], known["modified"]]:
                path.unlink()
        except OSError:
            continue
    kept = (work, work / "outputs", work / "logs")
    for top, _, _ in os.walk(work, topdown=False):
        if Path(top) not in kept:
            try:
                Path(top).rmdir()
            except OSError:  # something is in it
                continue


@contextlib.contextmanager
def _unless_gone(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        if path.exists():
            raise


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _stored(path: Path, store: Path, incoming: Path) -> Path:
    """The file of ``store`` with the content of ``path``, which everybody shares and nobody writes to."""
    kept = _kept(store, hash_file(path))
    if not kept.exists():
        digest, _ = copy_hashed(path, incoming, mode=0o444)
        kept = _kept(store, digest)  # of what was copied: the file may have changed since
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        incoming.replace(kept)
    return kept


def _kept(store: Path, digest: str) -> Path:
    return store / digest[:2] / digest


def _place(stored: Path, source: Path, snapshot: Path, work: Path) -> dict[str, object]:
    for target in (snapshot, work):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(stored, snapshot)
    except OSError:  # a file system without hard links, or one with as many as it takes
        shutil.copyfile(stored, snapshot)
    shutil.copyfile(stored, work)
    shutil.copystat(source, work)
    work.chmod(0o700 if os.access(source, os.X_OK) else 0o600)
    status = work.stat()
    return {"sha256": stored.name, "size": status.st_size, "modified": status.st_mtime_ns}
