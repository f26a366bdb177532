"""Following a run to its end and ending it early, whatever runs it, from this process or another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from azml_magics.definitions.run import RunRecord
from azml_magics.errors import NotFoundError, ToolError
from azml_magics.journal.canceling import request_end
from azml_magics.runs.outcome import run_now
from azml_magics.system.holding import is_held, wait_until_free
from azml_magics.system.logs import follow_lines, read_lines

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


def follow_run(workspace: Workspace, record: RunRecord) -> Iterator[str]:
    """Lines from the first one on, until the run has ended and its end is written down."""
    record = _begun(workspace, record)
    if record.process is not None and record.process.container is not None and not record.is_over:
        from azml_magics.engines import run_container

        yield from run_container.read_lines(record.process, follow=True)
        run_container.wait(record.process)  # the log may end a moment before the container
    else:
        yield from follow_lines(record.log_path, tail=None, ended=lambda: not is_held(record.alive_path))
    run_now(workspace, workspace.runs.get(record.id))


def read_run_log(workspace: Workspace, record: RunRecord, *, tail: int | None, follow: bool) -> Iterator[str]:
    """For somebody who looks: what was printed so far, and with ``follow`` until the end."""
    record = _begun(workspace, record) if follow else record
    if record.is_over or record.interactive:
        yield from read_lines(record.log_path, tail=tail)
    elif record.process is not None and record.process.container is not None:
        yield from _container_lines(record, tail=tail, follow=follow)
    elif follow:
        yield from follow_lines(record.log_path, tail=tail, ended=lambda: not is_held(record.alive_path))
    else:
        yield from read_lines(record.log_path, tail=tail)
    if follow:
        run_now(workspace, workspace.runs.get(record.id))


def cancel_run(workspace: Workspace, record: RunRecord) -> RunRecord:
    """End everything that a run started, then write its end down. One that has ended already stays as it is."""
    record = workspace.runs.get(record.id)  # it may have begun to run since it was read
    if record.is_over or record.interactive:
        return record
    # First the word, then the deed: whoever sees it end in between knows why.
    request_end(record.record_directory)
    process = record.process
    if process is not None and process.container is not None:
        from azml_magics.engines import run_container

        run_container.cancel(process)
    elif process is not None:
        from azml_magics.engines import run_process

        run_process.cancel(process)
    return run_now(workspace, workspace.runs.get(record.id))


def _begun(workspace: Workspace, record: RunRecord) -> RunRecord:
    """A run in a container has a log when it has been started: whoever prepares it holds the file until then."""
    if record.engine == "docker" and record.state == "Preparing":
        wait_until_free(record.alive_path)
        return run_now(workspace, workspace.runs.get(record.id))
    return record


def _container_lines(record: RunRecord, *, tail: int | None, follow: bool) -> Iterator[str]:
    from azml_magics.engines import run_container

    assert record.process is not None
    try:
        yield from run_container.read_lines(record.process, tail=tail, follow=follow)
    except (ToolError, NotFoundError):  # it has just ended, and its log was kept
        yield from read_lines(record.log_path, tail=tail)
