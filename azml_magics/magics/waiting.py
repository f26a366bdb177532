"""Later cells wait for a deployment that still runs, so that "Run All" does what it says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from azml_magics.cells.arguments import Arguments
from azml_magics.errors import AzmlError, NotFoundError, ServiceError
from azml_magics.jobs import Job
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.show.doing import DEPLOYING_VERBS

#: Verbs that need what a deployment leaves; without a name (``stop --all``) they need all of them.
WAITING_VERBS = frozenset(
    {"score", "invoke", "reload", "update", "package", "strategies", "stop", "logs", "requests", "load-test"}
)
_NOT_THERE = ("unknown-service", "service-not-running")


@contextmanager
def service_ready(arguments: Arguments, settings: Settings) -> Iterator[None]:
    """Wait for the jobs that the verb's service comes from before the block runs, also for those of other processes.

    Nothing waits for other builds. When the block then finds no running service because such a job failed, it is the
    job's failure that is raised.
    """
    jobs = _awaited(arguments, settings) if arguments.verb.name in WAITING_VERBS else []
    for job in jobs:
        wait_for(job)
    try:
        yield
    except (NotFoundError, ServiceError) as error:
        failed = next((job for job in jobs if isinstance(job.error, AzmlError)), None)
        if failed is None or error.code not in _NOT_THERE:
            raise
        assert isinstance(failed.error, AzmlError)
        raise ServiceError(
            f"service {failed.name!r} was not deployed: {failed.error.brief}",
            remedy=failed.error.remedy or "%azml why shows everything",
            code="deploy-failed",
        ) from failed.error


def _awaited(arguments: Arguments, settings: Settings) -> list[Job[object]]:
    from azml_magics.magics.other_jobs import follow, running_elsewhere

    name, session = arguments.text("name"), STATE.session(settings.workspace)
    own = [job for job in STATE.jobs.values() if name in (None, job.name) and STATE.verb_of(job) in DEPLOYING_VERBS]
    elsewhere = [record for record in running_elsewhere(session, name) if record.verb in DEPLOYING_VERBS]
    return [*own, *(follow(session, record) for record in elsewhere)]


def wait_for(job: Job[object]) -> None:
    """Wait until ``job`` has ended and say so; an interrupt ends the waiting, not the job."""
    if job.wait(0):
        return
    try:
        sys.stdout.write(f"waiting for {job.name} ...\n")  # whoever reads it may interrupt at once
        job.wait()
    except KeyboardInterrupt:
        raise ServiceError(
            f"{job.name} still runs in the background; only the waiting was interrupted",
            remedy=f"%azml cancel {job.name} ends it, %azml wait {job.name} waits again",
            code="still-running",
        ) from None
