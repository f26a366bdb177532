"""What a run left: files by their names in the cloud (``outputs/model.pkl``, ``logs/...``), found and copied out."""

from __future__ import annotations

import os
from pathlib import Path

from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.run import RunRecord
from azml_magics.errors import DeclarationError, Finding, NotFoundError, WorkspaceError
from azml_magics.runs.metrics import artifact_folders
from azml_magics.system.copying import copy_file
from azml_magics.system.incoming import incoming

#: Of the hidden folder that copies are made in before they get their names.
INCOMING = ".azml-incoming-"


def list_run_files(record: RunRecord) -> dict[str, Path]:
    """Name -> file: ``outputs/``, ``logs/``, ``user_logs/``, and what MLflow was given, by the names it was given."""
    found: dict[str, Path] = {}
    for prefix, folder in artifact_folders(record):
        found |= _below(folder, prefix)
    for name, folder in (("outputs", record.outputs_directory), ("logs", record.logs_directory)):
        found |= _below(folder, name)
    if record.log_path.is_file():
        found["user_logs/std_log.txt"] = record.log_path
    return dict(sorted(found.items()))


def get_run_path(record: RunRecord, path: str) -> Path:
    """The file or folder of that name. Raises ``NotFoundError`` (``unknown-run-file``) with near names."""
    wanted = path.replace("\\", "/").strip("/").removeprefix("./")
    tops = {"outputs": record.outputs_directory, "logs": record.logs_directory}
    head, _, rest = wanted.partition("/")
    candidates = [tops[head] / rest] if head in tops else []
    for prefix, folder in artifact_folders(record):
        if not prefix:
            candidates.append(folder / wanted)
        elif head == prefix:
            candidates.append(folder / rest)
    candidates.append(tops["outputs"] / wanted)  # what was uploaded under a name without a folder
    for candidate in candidates:
        if candidate.exists() and ".." not in Path(wanted).parts:
            return candidate
    files = list_run_files(record)
    if wanted in files:
        return files[wanted]
    raise NotFoundError(
        f"run {record.id} has no file or folder {path!r}",
        remedy=near_names(wanted, files) if files else "only what a script writes below outputs/ or logs/ is kept",
        code="unknown-run-file",
    )


def copy_out(source: Path, target: Path, *, overwrite: bool = False) -> list[Path]:
    """Copy a file, or everything in a folder, to ``target``; gives the copies, each of which appears whole.

    A file goes into ``target`` when that is a folder. Raises ``DeclarationError`` (``target-exists``) for a copy over
    what is there, unless told to ``overwrite`` it, ``WorkspaceError`` (``target-directory``) when it cannot be written.
    """
    if source.is_file():
        target = target / source.name if target.is_dir() else target
        directory, pairs = target.parent, [(source, target)]
    else:
        directory, pairs = target, [(path, target / name) for name, path in _below(source, "").items()]
    taken = [str(copy) for _, copy in pairs if copy.exists()]
    if taken and not overwrite:
        finding = Finding("target-exists", f"{taken[0]} is there already", "name another place, or remove it")
        raise DeclarationError("nothing was copied", [finding])
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with incoming(directory, INCOMING) as new:
            for number, (path, _) in enumerate(pairs):
                copy_file(path, new / str(number))
            for number, (_, copy) in enumerate(pairs):
                copy.parent.mkdir(parents=True, exist_ok=True)
                (new / str(number)).replace(copy)
    except OSError as error:
        raise WorkspaceError(
            f"{source.name} cannot be copied to {target}: {error.strerror}",
            remedy="name a directory that can be written, on a disk with room",
            code="target-directory",
        ) from error
    return [copy for _, copy in pairs]


def _below(folder: Path, prefix: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = Path(top) / name
            if path.is_file():
                found["/".join(filter(None, [prefix, path.relative_to(folder).as_posix()]))] = path
    return dict(sorted(found.items()))
