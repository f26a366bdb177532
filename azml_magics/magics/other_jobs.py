"""Jobs of other processes (a former kernel's, another notebook's, a terminal's), found by their records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.events import Emit
from azml_magics.jobs import Job
from azml_magics.journal.following import follow_job
from azml_magics.journal.records import JobRecord, list_running
from azml_magics.magics.state import STATE
from azml_magics.show.job_commands import job_result, newest_by_name

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
    newest = newest_by_name(session.workspace.root)
    return {
        name: record
        for name, record in newest.items()
        if record.process_id != os.getpid() and STATE.is_news(name, record.id)
    }


class FollowedJob(Job[object]):
    """A job that lasts as long as that of ``record`` and ends as it does; a deployment gives the service's report."""

    def __init__(self, session: Session, record: JobRecord) -> None:
        def work(emit: Emit, cancel: Cancel) -> object:
            follow_job(record)(emit, cancel)
            return job_result(session, record)

        super().__init__(record.name, work)
        self.record = record


def follow(session: Session, record: JobRecord) -> FollowedJob:
    """The job of ``record``, which is followed from now on."""
    job = FollowedJob(session, record)
    job.start()
    return job
