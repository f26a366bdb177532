"""The source directory and the entry script of a request: what a cell declared, else the file; else what is offered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from azml_magics.definitions.declarations import Declarations, near_names
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.errors import NotFoundError
from azml_magics.resolve.environment import refusal


def resolve_source_directory(request: DeployRequest, working_directory: Path) -> Path | None:
    """The folder that is deployed whole, if one is. Raises ``NotFoundError`` (``source-directory-missing``)."""
    if request.source_directory is None:
        return None
    directory = (working_directory / request.source_directory).resolve()
    if not directory.is_dir():
        raise NotFoundError(
            f"source directory {request.source_directory!r} does not exist in {working_directory}",
            remedy="--source-dir names a folder that holds the entry script",
            code="source-directory-missing",
        )
    return directory


def resolve_entry_script(
    request: DeployRequest, declarations: Declarations, source: Path | None, working_directory: Path
) -> EntryScript:
    """The declared script of that path, else the file; its path relative to ``source`` when there is one."""
    from azml_magics.system.files import read_text

    written = request.entry_script
    name = PurePosixPath(written.replace("\\", "/")).as_posix()
    declared = declarations.entry_scripts.get(written) or declarations.entry_scripts.get(name)
    if declared is not None:
        if source is None:
            return declared
        outer = _relative(working_directory / name, source)
        return replace(declared, path=outer or _inside(request, source / name, source))
    folders = ([source] if source else []) + [working_directory]
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if file is None:
        raise _script_missing(request, declarations, folders)
    path = _inside(request, file, source) if source else _relative(file, working_directory) or file.name
    return EntryScript(path, read_text(file, what="entry script"), file=file.resolve())


def find_redeclared(deployment: Deployment, declarations: Declarations) -> EntryScript | None:
    """The declared script a running one came from: with a source directory its cell may have named it from outside."""
    path = deployment.entry_script.path
    if path in declarations.entry_scripts:
        return declarations.entry_scripts[path]
    if deployment.source_directory is None:
        return None
    whole = (deployment.source_directory / path).as_posix()
    named = [name for name in declarations.entry_scripts if whole.endswith(f"/{name}")]
    return declarations.entry_scripts[max(named, key=len)] if named else None


def _relative(file: Path, folder: Path) -> str | None:
    """``file`` as a path inside ``folder`` with forward slashes, or ``None``; neither needs to exist."""
    resolved, base = file.resolve(), folder.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else None


def _inside(request: DeployRequest, file: Path, source: Path) -> str:
    path = _relative(file, source)
    if path is None:
        raise refusal(
            request,
            "entry-script-outside",
            f"entry script {request.entry_script!r} is outside the source directory {request.source_directory!r}",
            "move it into the folder, or name a folder that holds both",
        )
    return path


def _script_missing(request: DeployRequest, declarations: Declarations, folders: list[Path]) -> NotFoundError:
    files = {entry.name for folder in folders for entry in folder.glob("*.py")}
    offered = near_names(request.entry_script, {*declarations.entry_scripts, *files})
    return NotFoundError(
        f"entry script {request.entry_script!r} is neither declared in a cell nor a file in "
        + " or ".join(str(folder) for folder in folders),
        remedy=offered if offered.startswith("did you mean") else "declare it in a cell: %%entry_script score.py",
        code="entry-script-missing",
    )
