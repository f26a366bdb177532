"""The app root of a service: what ``/var/azureml-app`` is in the cloud, laid out below the service's directory.

Names and places follow AZUREML.md 3.7 to 3.9; starting anything is left to the engines, and so is showing the directory
to a container.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_layout import MODELS
from azml_magics.engines import ServicePlace
from azml_magics.events import Emit, Progress, discard
from azml_magics.events.pace import Pace
from azml_magics.system.copying import copy_file
from azml_magics.system.files import write_atomically
from azml_magics.system.sizes import measure_directory

MANIFEST = "files.json"
#: For a process of ours, and for a container, whose user is another one: the directories around the app keep everybody
#: else out.
PRIVATE, SHARED = (0o700, 0o600), (0o755, 0o644)
#: As the workspace keeps them.
READ_ONLY = 0o444
#: Copying that takes no longer is not worth a word.
SHORT_SECONDS = 0.5


@dataclass(frozen=True)
class Replaced:
    """App-relative names of the files that differ from the former ones, and of those that are gone."""

    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)


class _ModelCopies:
    """How much of what has to be copied is copied; ends at the next piece once the user cancels."""

    def __init__(self, emit: Emit, cancel: Cancel, what: str) -> None:
        self._pace = Pace(emit, quiet_seconds=SHORT_SECONDS)
        self._cancel = cancel
        self._what = what
        self._done = self._total = 0

    def expect(self, path: Path) -> None:
        """``path``, a file or folder, will be copied."""
        self._total += path.stat().st_size if path.is_file() else measure_directory(path).total_bytes

    def copy(self, origin: Path, copy: Path) -> None:
        """One file."""
        copy_file(origin, copy, mode=READ_ONLY, on_piece=self._add)

    def finish(self) -> None:
        """Everything is there."""
        self._pace.finish()

    def _add(self, length: int) -> None:
        self._cancel.check(self._what)
        self._done += length
        self._pace.tell(Progress(self._done, max(self._done, self._total), "bytes", "copying models"))


def lay_out(
    deployment: Deployment,
    place: ServicePlace,
    *,
    shared: bool = False,
    emit: Emit = discard,
    cancel: Cancel | None = None,
) -> Path:
    """Write script, source files and models into a new service directory; returns its ``app``.

    ``shared`` makes them readable for users that can reach the app in another way than through our directory. Copying
    that takes a while is told. Raises ``CancelledError``.
    """
    copies = _ModelCopies(emit, cancel or Cancel(), f"deploying {deployment.name!r}")
    directory_mode, file_mode = SHARED if shared else PRIVATE
    app = place.directory / "app"
    app.mkdir()
    for model in deployment.models:
        target = app / MODELS / model.name / str(model.version)
        target.mkdir(parents=True)
        _link_tree(place.model_paths[model.label], target / model.basename, model.local_path is None, copies)
    copies.finish()
    files = _wanted_files(deployment, place)
    for relative, content in files.items():
        _write(app / relative, content, newer_than=None, mode=file_mode)
    for folder, _, _ in os.walk(app):
        Path(folder).chmod(directory_mode)
    _write_manifest(place.directory, files)
    return app


def contract_variables(deployment: Deployment, app: PurePath) -> dict[str, str]:
    """``AML_APP_ROOT`` and its companions, as the cloud sets them for this deployment with its app at ``app``.

    One model: ``AZUREML_MODEL_DIR`` is the directory of its version; several: the directory of all models; none: unset
    (AZUREML.md 3.8). With a source directory, it keeps its own name below the app root (AZUREML.md 3.7).
    """
    variables = {"AML_APP_ROOT": str(app), "AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True"}
    if deployment.source_directory is None:
        variables["AZUREML_ENTRY_SCRIPT"] = PurePosixPath(deployment.entry_script.path).name
    else:
        folder = deployment.source_directory.name
        variables["AZUREML_SOURCE_DIRECTORY"] = folder
        variables["AZUREML_ENTRY_SCRIPT"] = f"{folder}/{deployment.entry_script.path}"
    if len(deployment.models) == 1:
        model = deployment.models[0]
        variables["AZUREML_MODEL_DIR"] = str(app / MODELS / model.name / str(model.version))
    elif deployment.models:
        variables["AZUREML_MODEL_DIR"] = str(app / MODELS)
    return variables


@contextmanager
def replaced_files(deployment: Deployment, place: ServicePlace, *, shared: bool = False) -> Iterator[Replaced]:
    """Bring script and source files up to date in place; put the former ones back when the body raises.

    Yields what differs. Files the service wrote by itself are left alone.
    """
    mode = (SHARED if shared else PRIVATE)[1]
    app = place.directory / "app"
    wanted = _wanted_files(deployment, place)
    former_names = json.loads((place.directory / MANIFEST).read_text())
    former = {name: (app / name).read_bytes() for name in former_names if (app / name).is_file()}
    current = {
        name: content if isinstance(content, bytes) else content.read_bytes() for name, content in wanted.items()
    }
    changed = [name for name in current if former.get(name) != current[name]]
    removed = [name for name in former if name not in current]
    for name in changed:
        _write(app / name, current[name], newer_than=app / name, mode=mode)
    for name in removed:
        (app / name).unlink()
    _write_manifest(place.directory, current)
    try:
        yield Replaced(tuple(changed), tuple(removed))
    except BaseException:
        for name in changed:
            if name not in former:
                (app / name).unlink(missing_ok=True)
        for name in [name for name in (*changed, *removed) if name in former]:
            _write(app / name, former[name], newer_than=app / name, mode=mode)
        _write_manifest(place.directory, former)
        raise


def _wanted_files(deployment: Deployment, place: ServicePlace) -> dict[str, bytes | Path]:
    """App-relative path -> content; the script as declared wins over the file of the same name."""
    variables = contract_variables(deployment, PurePosixPath())
    folder = variables.get("AZUREML_SOURCE_DIRECTORY")
    files: dict[str, bytes | Path] = {f"{folder}/{name}": path for name, path in place.source_files.items()}
    files[variables["AZUREML_ENTRY_SCRIPT"]] = deployment.entry_script.source.encode()
    return files


def _write(target: Path, content: bytes | Path, *, newer_than: Path | None, mode: int) -> None:
    """Replace ``target`` atomically, with a modification time Python's bytecode cache cannot mistake for the old one.

    A ``.pyc`` is believed when source size and modification time in whole seconds agree: two edits within a second
    would serve stale code.
    """
    former = newer_than.stat().st_mtime if newer_than is not None and newer_than.exists() else None
    missing = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        folder.chmod(SHARED[0] if mode == SHARED[1] else PRIVATE[0])
    write_atomically(target, content if isinstance(content, bytes) else content.read_bytes(), mode=mode)
    if former is not None and target.stat().st_mtime < int(former) + 1:
        os.utime(target, (int(former) + 1, int(former) + 1))


def _write_manifest(directory: Path, files: Mapping[str, object]) -> None:
    write_atomically(directory / MANIFEST, json.dumps(sorted(files)).encode())


def _link_tree(source: Path, target: Path, is_ours: bool, copies: _ModelCopies) -> None:
    """Hard links to the workspace's read-only content, so that a large model takes no space twice; copies elsewhere.

    What is not ours may be written over by its owner at any time: it is copied.
    """

    def link(origin: str, copy: str) -> str:
        try:
            if is_ours:
                os.link(origin, copy)
                return copy
        except OSError:
            copies.expect(Path(origin))
        copies.copy(Path(origin), Path(copy))
        return copy

    if not is_ours:
        copies.expect(source)

    if source.is_dir():
        shutil.copytree(source, target, copy_function=link)
    else:
        link(str(source), str(target))
