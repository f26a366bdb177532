"""``jobs``, ``wait`` and ``cancel`` by the records of a workspace: whoever does the work, it is found there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.declarations import near_names
from azml_magics.errors import NotFoundError
from azml_magics.show.call import Call
from azml_magics.show.doing import SERVICE_VERBS
from azml_magics.show.progress import current_step
from azml_magics.show.results import JobReport, Listing

if TYPE_CHECKING:
    from azml_magics.journal.records import JobRecord
    from azml_magics.session import Session


def newest_by_name(root: Path) -> dict[str, JobRecord]:
    """Of each name the newest record, the newest first."""
    from azml_magics.journal.records import list_records

    newest: dict[str, JobRecord] = {}
    for record in list_records(root):
        newest.setdefault(record.name, record)
    return newest


def job_report(record: JobRecord) -> JobReport:
    """How the work of ``record`` stands."""
    from azml_magics.journal.following import News
    from azml_magics.journal.outcome import read_outcome
    from azml_magics.journal.records import state_of

    state = state_of(record)
    step = current_step(News(record).read_steps()) if state == "running" else None
    outcome = read_outcome(record)
    error = None if outcome is None or outcome.error is None else outcome.error.brief
    return JobReport(record.name, state, step, error, record.verb)


def job_result(session: Session, record: JobRecord) -> object:
    """What is known of the result of work that is done: the service of a deployment, else how the work ended."""
    if record.verb in SERVICE_VERBS:
        try:
            return session.service(record.name)
        except NotFoundError:  # several services, those of a notebook
            pass
    return job_report(record)


def _jobs(call: Call) -> Listing:
    newest = newest_by_name(call.session.workspace.root).values()
    return Listing("job", tuple(job_report(record) for record in reversed(newest)), none="nothing runs")


def _wait(call: Call) -> object:
    from azml_magics.journal.following import raise_failure

    records = _meant(call)
    for record in records:
        _wait_for(record)
    if call.arguments.text("name") is None:
        return _jobs(call)
    raise_failure(records[-1])
    return job_result(call.session, records[-1])


def _cancel(call: Call) -> object:
    from azml_magics.journal.records import request_cancel

    records = _meant(call)
    for record in records:
        request_cancel(record)
    for record in records:
        _wait_for(record)
    return _jobs(call) if call.arguments.text("name") is None else job_report(records[-1])


def _meant(call: Call) -> list[JobRecord]:
    """What runs (under the name that was given), the newest last; else the last thing that did."""
    from azml_magics.journal.records import list_running

    root, name = call.session.workspace.root, call.arguments.text("name")
    running = [record for record in reversed(list_running(root)) if name in (None, record.name)]
    if running or name is None:
        return running
    known = newest_by_name(root)
    if name not in known:
        remedy = near_names(name, known) if known else "nothing has been deployed or built yet"
        raise NotFoundError(f"there is no job {name!r}", remedy=remedy, code="unknown-job")
    return [known[name]]


def _wait_for(record: JobRecord) -> None:
    from azml_magics.system.holding import wait_until_free

    wait_until_free(record.alive_path)


JOB_COMMANDS: dict[str, Callable[[Call], object]] = {"jobs": _jobs, "wait": _wait, "cancel": _cancel}
