"""``jobs``, ``wait`` and ``cancel``: what runs behind the cells, of this kernel and of any other process."""

from __future__ import annotations

from azml_magics.cells.arguments import Arguments
from azml_magics.definitions.declarations import near_names
from azml_magics.errors import NotFoundError
from azml_magics.jobs import Job
from azml_magics.magics.other_jobs import FollowedJob, follow, newest_elsewhere, running_elsewhere
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.magics.waiting import wait_for
from azml_magics.session import Session
from azml_magics.show.job_commands import job_report, newest_by_name
from azml_magics.show.progress import current_step
from azml_magics.show.results import JobReport, Listing


def list_jobs(_: Arguments, settings: Settings) -> Listing:
    """What other processes run, or ran when the kernel was another one, then the newest job of each name here.

    Without figures only what runs elsewhere: what ran there is not the same from run to run.
    """
    elsewhere = [job_report(record) for record in newest_elsewhere(STATE.session(settings.workspace)).values()]
    others = [each for each in reversed(elsewhere) if settings.frontend.figures or each.state == "running"]
    reports = (*others, *(_report(job) for job in STATE.jobs.values()))
    return Listing("job", reports, none="nothing runs in the background")


def wait(arguments: Arguments, settings: Settings) -> object:
    """Wait for the job of that name and give its result; without a name wait for all and list them."""
    session, name = STATE.session(settings.workspace), arguments.text("name")
    jobs = _get_jobs(session, name)
    for job in jobs:
        wait_for(job)
    return list_jobs(arguments, settings) if name is None else jobs[-1].result()


def cancel(arguments: Arguments, settings: Settings) -> object:
    """Cancel what runs under that name, or with ``--all`` in the workspace, and wait until it has ended."""
    session, name = STATE.session(settings.workspace), arguments.text("name")
    jobs = _get_jobs(session, name)
    for job in jobs:
        job.cancel()
    for job in jobs:
        job.wait()
    return list_jobs(arguments, settings) if name is None else _report(jobs[-1])


def _get_jobs(session: Session, name: str | None) -> list[Job[object]]:
    """What runs under ``name``, here and elsewhere, the newest last; else the last thing that did.

    Without a name what this kernel remembers, and what runs elsewhere.
    """
    if name is None:
        return [*STATE.all_jobs(), *(follow(session, record) for record in running_elsewhere(session))]
    own, others = STATE.jobs.get(name), newest_elsewhere(session)
    running: list[Job[object]] = [follow(session, record) for record in reversed(running_elsewhere(session, name))]
    running += [job for job in STATE.all_jobs() if job.name == name and job.state == "running"]
    if running:
        return running
    if name in others:
        return [follow(session, others[name])]
    if own is None:
        # What a cell did while it ran has been seen; waiting for it is as good where cells do everything themselves.
        records = newest_by_name(session.workspace.root)
        if name in records:
            return [follow(session, records[name])]
        known = {*STATE.jobs, *records}
        remedy = near_names(name, known) if known else "nothing was started in the background"
        raise NotFoundError(f"there is no job {name!r}", remedy=remedy, code="unknown-job")
    return [own]


def _report(job: Job[object]) -> JobReport:
    if isinstance(job, FollowedJob):
        return job_report(job.record)
    step = current_step(job.events) if job.state == "running" else None
    error = None if job.error is None else str(job.error)
    return JobReport(job.name, job.state, step, error, STATE.verb_of(job) or "deploy")
