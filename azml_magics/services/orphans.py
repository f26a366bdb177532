"""What a killed deployment left running: marked while it starts, ended by the next one who holds the service's lock.

Processes end by themselves (``system/lifeline.py``) where the system knows of such a thing; containers never do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment
from azml_magics.errors import CancelledError, ToolError
from azml_magics.events import Emit, Note, discard
from azml_magics.system.files import write_atomically
from azml_magics.system.locks import is_locked

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

#: In the directory of a start that nobody has written down yet: the deployment.
MARK = "starting.json"
INTERRUPTED = "its deployment was interrupted before the service was ready"


@contextmanager
def marked(directory: Path, deployment: Deployment) -> Iterator[None]:
    """Within the block, who finds ``directory`` and holds the service's lock knows that we were killed."""
    from azml_magics.workspace.deployment_codec import deployment_to_dict

    mark = directory / MARK
    write_atomically(mark, json.dumps(deployment_to_dict(deployment)).encode())
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


@contextmanager
def held_service(workspace: Workspace, name: str, *, emit: Emit, cancel: Cancel | None = None) -> Iterator[None]:
    """The service's lock, with nothing there that nobody knows of; an engine that cannot be asked now is told."""
    with workspace.service_lock(name, cancel=cancel):
        try:
            end_orphans(workspace, name)
        except ToolError as error:
            emit(Note(f"what an interrupted deployment of {name!r} left cannot be ended now: {error.brief}"))
        yield


def end_all_orphans(workspace: Workspace) -> None:
    """Of every service that nobody works on at the moment. What cannot be ended now is known as failed all the same."""
    at_once = Cancel()
    at_once.request()
    for name in {directory.parent.name for directory in find_orphans(workspace)}:
        if is_locked(workspace.lock_path(f"service-{name}")):
            continue
        with suppress(CancelledError), held_service(workspace, name, emit=discard, cancel=at_once):
            pass


def find_orphans(workspace: Workspace, name: str = "*") -> list[Path]:
    """The directories of starts of ``name`` that are not written down; of all services without one."""
    return sorted(mark.parent for mark in (workspace.root / "services").glob(f"{name}/*/{MARK}"))


def end_orphans(workspace: Workspace, name: str) -> None:
    """End what was started and never written down; the caller sees to it that nobody deploys ``name``.

    A service that is not known at all becomes known as failed, with its log. Raises ``ToolError`` when its engine
    cannot be asked: the next call tries again.
    """
    from azml_magics.engines import get_engine
    from azml_magics.workspace.deployment_codec import deployment_from_dict

    for directory in find_orphans(workspace, name):
        deployment = deployment_from_dict(json.loads((directory / MARK).read_bytes()))
        record = workspace.find_service(name) or workspace.save_failed_service(deployment, directory, INTERRUPTED)
        if record.directory != directory or record.state != "running":
            get_engine(deployment.engine).end_orphan(directory)
        (directory / MARK).unlink()
