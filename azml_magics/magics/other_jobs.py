"""Jobs of other processes (a former kernel's, another notebook's, a terminal's), found by their records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.errors import NotFoundError
from azml_magics.events import Emit, Event
from azml_magics.jobs import Job
from azml_magics.journal.event_codec import decode_event
from azml_magics.journal.following import News, follow_job
from azml_magics.journal.outcome import read_outcome
from azml_magics.journal.records import JobRecord, list_records, list_running, state_of
from azml_magics.magics.state import STATE
from azml_magics.show.progress import current_step
from azml_magics.show.results import JobReport

if TYPE_CHECKING:
    from azml_magics.session import Session


def running_elsewhere(session: Session, name: str | None = None) -> list[JobRecord]:
    """Records of what runs in the workspace (under ``name``) and was not begun by this kernel, the newest first."""
    found = list_running(session.workspace.root)
    return [record for record in found if not STATE.knows(record.id) and name in (None, record.name)]


def newest_elsewhere(session: Session) -> dict[str, JobRecord]:
    """Of each name the newest record, unless this kernel has begun something of that name later.

    What cells of this kernel did while they ran is left out: it has been seen.
    """
    newest: dict[str, JobRecord] = {}
    for record in list_records(session.workspace.root):
        if record.process_id != os.getpid():
            newest.setdefault(record.name, record)
    return {name: record for name, record in newest.items() if STATE.is_news(name, record.id)}


def follow(session: Session, record: JobRecord) -> Job[object]:
    """A job that lasts as long as that of ``record`` and ends as it does; a deployment gives the service's report."""

    def work(emit: Emit, cancel: Cancel) -> object:
        follow_job(record)(emit, cancel)
        if record.verb in ("deploy", "update"):
            try:
                return session.service(record.name)
            except NotFoundError:  # several services, those of a notebook
                pass
        return report(record)

    return Job(record.name, work).start()


def report(record: JobRecord) -> JobReport:
    """How it stands."""
    state = state_of(record)
    step = current_step(_steps(record)) if state == "running" else None
    outcome = read_outcome(record)
    error = None if outcome is None or outcome.error is None else outcome.error.brief
    return JobReport(record.name, state, step, error)


def _steps(record: JobRecord) -> list[Event]:
    """Everything told but the log."""
    events = []
    for line in News(record).read_all():
        if line.startswith(b'{"at"') and b'"event":"Step' in line:
            _, event = decode_event(line)
            events.append(event)
    return events
