"""What nothing refers to any more, with its size; removing it is left to ``removal``, asking to the doors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from azml_magics.journal.records import list_records, state_of
from azml_magics.plan.dockerfile import TAG_PREFIX
from azml_magics.prune.uses import Uses, collect_uses
from azml_magics.services.orphans import INTERRUPTED, find_orphans
from azml_magics.system.locks import is_locked
from azml_magics.system.sizes import measure_directory

if TYPE_CHECKING:
    from azml_magics.definitions.declarations import Declarations
    from azml_magics.workspace.workspace import Workspace

Kind = Literal[
    "image",
    "virtual environment",
    "conda environment",
    "site-packages",
    "debugger",
    "image facts",
    "interrupted service",
    "service files",
    "invocation files",
    "job record",
    "content",
]
NOTHING_USES = "no service and no environment that is declared or registered last uses it"
#: Below the workspace's ``packages``, the directories that a build marks as complete.
PACKAGES: tuple[tuple[str, Kind], ...] = (
    ("venvs", "virtual environment"),
    ("conda", "conda environment"),
    ("site-packages", "site-packages"),
)


@dataclass(frozen=True)
class Unused:
    """One thing that may go: an image by its name, or a ``path``. ``size_bytes`` is what removing it gives back."""

    kind: Kind
    name: str
    size_bytes: int
    reason: str
    path: Path | None = None

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            "kind": self.kind,
            "name": self.name,
            "size_bytes": self.size_bytes,
            "reason": self.reason,
            "path": None if self.path is None else str(self.path),
        }


@dataclass(frozen=True)
class Pruning:
    """``unused`` is what may go; after a removal ``removed`` is what went and ``kept`` what did not, with the reason.

    ``problem`` says in one line why images and what containers may use were left out.
    """

    unused: tuple[Unused, ...] = ()
    removed: tuple[Unused, ...] = ()
    kept: tuple[Unused, ...] = ()
    problem: str = ""

    @property
    def freed_bytes(self) -> int:
        """What the removal gave back."""
        return sum(item.size_bytes for item in self.removed)

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            "unused": [item.as_dict() for item in self.unused],
            "removed": [item.as_dict() for item in self.removed],
            "kept": [item.as_dict() for item in self.kept],
            "freed_bytes": self.freed_bytes,
            "problem": self.problem or None,
        }


def find_unused(workspace: Workspace, declarations: Declarations, working_directory: Path) -> Pruning:
    """Everything that may go, the largest first; removes nothing."""
    uses = collect_uses(workspace, declarations, working_directory)
    return Pruning(tuple(sorted(list_unused(workspace, uses), key=lambda item: -item.size_bytes)), problem=uses.problem)


def list_unused(workspace: Workspace, uses: Uses) -> Iterator[Unused]:
    """What may go as long as ``uses`` holds."""
    yield from _images(workspace, uses)
    packages = list(_packages(workspace, uses))
    yield from packages
    yield from _debuggers(workspace, {item.path for item in packages})
    yield from _image_facts(workspace, uses)
    yield from _interrupted_services(workspace)
    yield from _service_files(workspace, uses)
    yield from _invocation_files(workspace)
    yield from _job_records(workspace)
    for path in workspace.unused_model_content():
        yield Unused("content", path.name, measure_directory(path).freed_bytes, "no model has it", path)


def _images(workspace: Workspace, uses: Uses) -> Iterator[Unused]:
    """Those built for environments of this workspace, or of one that is gone; others are not ours to remove."""
    from azml_magics.containers.usage import list_own_images

    if uses.connection is None or uses.engine is None:
        return
    for image in list_own_images(uses.connection, TAG_PREFIX):
        is_anothers = image.workspace not in (None, str(workspace.root)) and Path(str(image.workspace)).exists()
        is_used = image.name.removesuffix(":latest") in uses.tags or image.image_id in uses.engine.image_ids
        if not is_anothers and not is_used:
            yield Unused("image", image.name, image.own_bytes, NOTHING_USES)


def _packages(workspace: Workspace, uses: Uses) -> Iterator[Unused]:
    for folder, kind in PACKAGES:
        for path in _directories(workspace.packages_directory / folder):
            if kind == "site-packages" and not uses.knows_containers:
                continue
            if path.name not in uses.keys and not uses.runs_from(path) and not is_locked(path.with_suffix(".lock")):
                yield Unused(kind, path.name, measure_directory(path).freed_bytes, NOTHING_USES, path)


def _image_facts(workspace: Workspace, uses: Uses) -> Iterator[Unused]:
    if uses.engine is None:
        return
    for path in sorted(workspace.images_directory.glob("*.json")):
        try:
            image_id = json.loads(path.read_text(encoding="utf-8"))["image"]
        except (OSError, ValueError, KeyError, TypeError):
            image_id = None
        if image_id not in uses.engine.present:
            yield Unused("image facts", path.name, path.stat().st_size, "its image is not on the engine any more", path)


def _interrupted_services(workspace: Workspace) -> Iterator[Unused]:
    """What was started by somebody who was killed before it was ready; its directory goes when it has ended."""
    for path in find_orphans(workspace):
        if not is_locked(workspace.lock_path(f"service-{path.parent.name}")):
            yield Unused("interrupted service", f"{path.parent.name}/{path.name}", 0, INTERRUPTED, path)


def _service_files(workspace: Workspace, uses: Uses) -> Iterator[Unused]:
    """Directories of former starts: a service's row names the last one, with its log."""
    reason = "a former start of the service"
    for service in _directories(workspace.root / "services") if uses.knows_containers else []:
        if is_locked(workspace.lock_path(f"service-{service.name}")):  # its newest directory is in no row yet
            continue
        interrupted = find_orphans(workspace, service.name)
        for path in _directories(service):
            if path not in interrupted and path not in uses.service_directories and not uses.runs_from(path):
                size = measure_directory(path).freed_bytes
                yield Unused("service files", f"{service.name}/{path.name}", size, reason, path)


def _debuggers(workspace: Workspace, going: set[Path | None]) -> Iterator[Unused]:
    """Of Pythons that nothing here has any more: neither what runs this nor an environment that stays."""
    from azml_magics.build.debugger import FOLDER, python_of
    from azml_magics.system.host import collect_host_facts

    here = [path for folder, _ in PACKAGES[:2] for path in _directories(workspace.packages_directory / folder)]
    pythons = {library.name for path in here if path not in going for library in path.glob("lib/python*")}
    pythons.add(f"python{collect_host_facts().current.minor}")
    for path in _directories(workspace.packages_directory / FOLDER):
        python = python_of(path)
        if (python is None or f"python{python}" not in pythons) and not is_locked(path.with_suffix(".lock")):
            reason = "it was not finished" if python is None else f"no environment has Python {python} any more"
            yield Unused("debugger", path.name, measure_directory(path).freed_bytes, reason, path)


def _invocation_files(workspace: Workspace) -> Iterator[Unused]:
    """Directories of scripts that were run without a service: of each name the last one."""
    from azml_magics.services.invocations import FOLDER, invocation_lock

    for path in _directories(workspace.root / FOLDER):
        if not is_locked(invocation_lock(workspace, path.name)):
            size = measure_directory(path).freed_bytes
            yield Unused("invocation files", path.name, size, "it has ended", path)


def _job_records(workspace: Workspace) -> Iterator[Unused]:
    """Logs and steps of work that has ended: of each name the newest stays."""
    names = set()
    for record in list_records(workspace.root):
        if record.name in names and state_of(record) != "running":
            size = measure_directory(record.directory).freed_bytes
            reason = "a later job has the same name"
            yield Unused("job record", f"{record.name}/{record.id}", size, reason, record.directory)
        names.add(record.name)


def _directories(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []
