"""How a run ended: what launcher, container and script left, made into the run's final state by whoever looks first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from azml_magics.definitions.run import RunRecord, RunState
from azml_magics.errors import AzmlError, ToolError
from azml_magics.journal.canceling import is_end_requested, remove_pipe
from azml_magics.runs.failure import describe_exit, failure_text
from azml_magics.runs.snapshot import drop_unchanged
from azml_magics.runs.told import read_told
from azml_magics.system.holding import is_held
from azml_magics.system.locks import locked

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Ending:
    """What is known of the end of a run; ``exit_code`` is ``None`` when nobody could write it down."""

    exit_code: int | None = None
    started: datetime | None = None
    ended: datetime | None = None
    out_of_memory: bool = False


def run_now(workspace: Workspace, record: RunRecord) -> RunRecord:
    """``record`` as things are now: one whose process has ended gets its final state."""
    if record.is_over or record.interactive:
        return record
    try:
        if _goes_on(record):
            return record
        record = _with_container(workspace, record)
        with locked(record.directory / "end.lock", what=f"looking at run {record.id}"):
            record = workspace.runs.get(record.id)  # somebody else may have been first, or it has begun to run
            if record.is_over or _goes_on(record):
                return record
            return _ended(workspace, record)
    except ToolError:  # the engine cannot be asked: it is as it was last seen
        return record


def is_canceled(record: RunRecord) -> bool:
    """Whether somebody asked for its end."""
    return is_end_requested(record.record_directory)


def finish(workspace: Workspace, record: RunRecord, state: RunState, error: str | None = None) -> RunRecord:
    """The final state of a run without a process: one that did not get so far, or an interactive one."""
    ended = replace(record, state=state, error=error, ended=datetime.now(timezone.utc), process=None)
    drop_unchanged(record.directory)
    return workspace.runs.save(ended, unless_over=True)


def _goes_on(record: RunRecord) -> bool:
    if is_held(record.alive_path):
        return True
    if record.process is None or record.process.container is None:
        return False
    from azml_magics.engines import run_container

    found = run_container.look(record.process)
    return found is not None and found.running


def _with_container(workspace: Workspace, record: RunRecord) -> RunRecord:
    """As it is, or with the container that was started without anybody having been able to write it down."""
    if record.engine != "docker" or record.process is not None:
        return record
    from azml_magics.engines import run_container

    process = run_container.find(record.id)
    if process is None:
        return record
    return workspace.runs.save(replace(record, state="Running", process=process), unless_over=True)


def _ended(workspace: Workspace, record: RunRecord) -> RunRecord:
    ending = _read_ending(record)
    told = read_told(record)
    canceled = is_canceled(record)
    error: str | None = None
    state: RunState = "Completed"
    if canceled:
        state = "Canceled"
    elif record.process is None and ending.exit_code is None:
        state, error = "Failed", "whoever submitted it ended before it was started"
    elif ending.exit_code != 0:
        state, error = "Failed", failure_text(record) or describe_exit(record, ending.exit_code, ending.out_of_memory)
    elif told.failure is not None:
        state, error = "Failed", f"the script said so: {told.failure or 'Run.fail()'}"
    now = datetime.now(timezone.utc)
    # Before anybody can see how it ended: a run that has completed has its models and words.
    workspace.runs.add_words(record.id, tags=told.tags, properties=told.properties)
    if state == "Completed":
        error = _register_models(workspace, record, told.models)
    ended = replace(
        record,
        state=state,
        error=error,
        exit_code=ending.exit_code,
        started=ending.started or record.started,
        ended=ending.ended or now,
    )
    drop_unchanged(record.directory)
    remove_pipe(record.record_directory)  # of one that was killed while packages were built
    return workspace.runs.save(ended, unless_over=True)


def _read_ending(record: RunRecord) -> Ending:
    if record.process is not None and record.process.container is not None:
        return _container_ending(record)
    try:
        result = json.loads((record.record_directory / "result.json").read_text())
        started, ended = (datetime.fromtimestamp(result[key], timezone.utc) for key in ("started", "ended"))
        return Ending(int(result["exit_code"]), started, ended)
    except (OSError, ValueError, KeyError, TypeError):
        if record.process is not None:
            from azml_magics.engines import run_process

            run_process.end_remains(record.process)
        return Ending()


def _container_ending(record: RunRecord) -> Ending:
    from azml_magics.engines import run_container

    assert record.process is not None
    found = run_container.look(record.process)
    if found is None:
        return Ending()
    run_container.put_away(record.process, record.log_path)
    return Ending(found.exit_code, found.started, found.ended, found.out_of_memory)


def _register_models(workspace: Workspace, record: RunRecord, models: tuple[dict[str, object], ...]) -> str | None:
    """What the script asked to be registered; what cannot be is given, and told in the run's log.

    Whoever is killed meanwhile leaves it to the next one: equal models are the same version.
    """
    from azml_magics.runs.models import register_told_model

    refused = []
    for model in models:
        try:
            register_told_model(workspace, record, model)
        except AzmlError as error:  # noqa: PERF203  # the others are registered all the same
            refused.append(f"model {model.get('name')} was not registered: {error.brief}")
    if not refused:
        return None
    with record.log_path.open("a", encoding="utf-8") as log:
        log.writelines(f"{line}\n" for line in refused)
    return "; ".join(refused)
