"""``Contents``: what a panel shows: a job, the services, a log; sending is left to ``pump``, doing to ``actions``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.errors import AzmlError
from azml_magics.journal.following import watch_record
from azml_magics.journal.records import JobRecord, find_by_id
from azml_magics.panel.job_source import JobSource
from azml_magics.panel.log_feed import LogFeed
from azml_magics.panel.newest_job import find_newest_job
from azml_magics.panel.outline import State
from azml_magics.panel.page_state import head_state, job_state
from azml_magics.panel.service_follower import ServiceFollower
from azml_magics.panel.services import Services, collect_services
from azml_magics.panel.watched_files import WatchedFiles
from azml_magics.show.doing import SERVICE_VERBS
from azml_magics.system.exits import ExitWatch

if TYPE_CHECKING:
    from azml_magics.session import Session

#: What is shown when there is neither a job nor a service of the name.
IDLE_NAME = "services"


def _nobody() -> None:
    """Whom to wake, before there is anybody."""


class Contents:
    """Of one workspace: the job ``record`` until it has ended, with ``follows`` the newest job called ``name``.

    Without a name that is the newest job of all.
    """

    def __init__(
        self, session: Session, record: JobRecord | None, *, name: str | None = None, follows: bool = False
    ) -> None:
        self.session = session
        self._root = session.workspace.root
        self._name = record.name if record is not None and not follows else name
        self._follows = follows
        self._wanted_job: str | None = None
        self._lock = threading.RLock()
        self._wake: Callable[[], object] = _nobody
        self._stop_job: Callable[[], None] | None = None
        self._files = WatchedFiles(self._root)
        self._problem = ""
        self._services = Services()
        self._exits: ExitWatch | None = None
        self._job: JobSource | None = None
        self._selected: str | None = None
        self._feed = LogFeed(IDLE_NAME)
        self._follower: ServiceFollower | None = None
        self._other: ServiceFollower | None = None
        if record is not None:
            self._show_job(record)
        elif name is not None:
            self.select(name)

    # read -----------------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The name of what it shows."""
        return self._job.record.name if self._job else self._selected or IDLE_NAME

    @property
    def selected(self) -> str | None:
        """The service whose log is shown."""
        return self._selected

    @property
    def services(self) -> tuple[State, ...]:
        """The services, as a page is told them."""
        return self._services.states

    @property
    def job(self) -> JobSource | None:
        """The job, if there is one."""
        return self._job

    @property
    def feed(self) -> LogFeed:
        """The log."""
        return self._other.feed if self._other else self._feed

    def state(self) -> State:
        """All but the log, JSON-ready."""
        with self._lock:
            feed = self.feed
            head = head_state(self._name, self._job, self._services, self._root)
            # The workspace's page is about what runs, not about what ran last.
            job = None if head["about"] == "workspace" else self._job
            return {
                **head,
                **({"summary": self._problem} if self._problem else {}),
                **job_state(job),
                "log": {"feed": feed.name, "path": str(feed.path) if feed.path else None},
                "services": [dict(service) for service in self._services.states],
                "selected": self._selected,
            }

    # follow -----------------------------------------------------------------------------------------------------------

    def watch(self, wake: Callable[[], object]) -> None:
        """Call ``wake`` from now on whenever :meth:`take_news` may find something."""
        with self._lock:
            self._wake = wake
            self._exits = ExitWatch(self.services_changed)
            self._files.forget()  # what happened before is looked for once more
            if self._job is not None:
                self._stop_job = watch_record(self._job.record, self._wake_up)
            self._watch_directories()

    def take_news(self) -> bool:
        """Take in what happened since; True when there is more to take. What goes wrong is told in the summary."""
        with self._lock:
            try:
                more, self._problem = self._take_news(), ""
            except (AzmlError, OSError, ValueError) as error:  # the workspace is gone, the disk is full
                more, self._problem = False, f"not everything can be shown: {error}"
            return more

    def services_changed(self) -> None:
        """Something happened to a service that no file tells."""
        self._files.forget()
        self._wake_up()

    def show_job(self, job_id: str) -> None:
        """Show that job as soon as it has a record."""
        with self._lock:
            self._wanted_job = job_id
            self._files.forget()
        self._wake_up()

    def select(self, service: str | None) -> None:
        """Show the log of ``service``; that of the job again when it is the job's, or without a name."""
        with self._lock:
            self._selected = service
            own = self._job.record.name if self._job else None
            is_own = service == own and self._follower is not None
            if service is None or is_own:
                self._leave_other()
            elif self._other is None or self._other.service != service:
                self._leave_other()
                self._other = self._followed(service, LogFeed(f"service:{service}"))
                self._watch_directories()
        self._wake_up()

    def close(self) -> None:
        """End what was begun for it."""
        for stop in (self._stop_job, self._files.close, self._exits.close if self._exits else None):
            if stop is not None:
                stop()
        with self._lock:
            self._stop_job = None
            self._wake = _nobody
            if self._follower is not None:
                self._follower.close()
            self._leave_other()
            self._feed.close()

    # inside -----------------------------------------------------------------------------------------------------------

    def _wake_up(self) -> None:
        self._wake()

    def _take_news(self) -> bool:
        if self._files.have_changed():
            self._look_around()
        job = self._job
        was_running = job is not None and job.verdict == "running"
        more = job is not None and job.take_news(self._feed)
        if self._follows and was_running and job is not None and job.verdict != "running":
            # One that only used the service gives way to the one that the service came from; no file tells that.
            self._files.forget()
            return True
        if not more and self._follower is None:
            self._follow_service()
        for follower in (self._follower, self._other):
            more = (follower is not None and follower.take_news()) or more
        return more

    def _look_around(self) -> None:
        """Jobs or services have changed."""
        newer = self._find_newer_job()
        if newer is not None:
            self._show_job(newer)
        self._services = collect_services(self.session.workspace)
        if self._exits is not None:
            self._exits.watch(self._services.processes)
        for follower in (self._follower, self._other):
            if follower is not None:
                follower.look()
        self._watch_directories()

    def _find_newer_job(self) -> JobRecord | None:
        current = self._job.record.id if self._job else ""
        if self._wanted_job is not None:
            found = find_by_id(self._root, self._wanted_job)
            self._wanted_job = self._wanted_job if found is None else None
        elif self._follows or (self._name is not None and (self._job is None or self._job.verdict != "running")):
            found = find_newest_job(self._root, self._name)
        else:
            found = None
        return found if found is not None and found.id != current else None

    def _show_job(self, record: JobRecord) -> None:
        if self._stop_job is not None:
            self._stop_job()
            self._stop_job = None
        if self._follower is not None:
            self._follower.close()
            self._follower = None
        self._feed.close()
        self._leave_other()
        self._selected = None
        self._job = JobSource(record)
        self._feed = LogFeed(f"job:{record.id}", record.news_path)
        if self._wake is not _nobody:
            self._stop_job = watch_record(record, self._wake_up)

    def _follow_service(self) -> None:
        """Once the job is done, the log of its service goes on where what the job told of it ended."""
        job = self._job
        if job is None or job.verdict != "done" or job.record.verb not in SERVICE_VERBS:
            return
        name, told = job.record.name, job.outline.told_lines
        self._follower = self._followed(name, self._feed, skip=told, since=job.ended)
        if self._selected is None:
            self._selected = name
        self._watch_directories()

    def _followed(self, service: str, feed: LogFeed, *, skip: int = 0, since: float | None = None) -> ServiceFollower:
        return ServiceFollower(
            self.session.workspace,
            service,
            feed,
            wake=self._wake_up,
            end=self.services_changed,
            skip=skip,
            since=since,
        )

    def _leave_other(self) -> None:
        if self._other is not None:
            self._other.close()
            self._other.feed.close()
            self._other = None

    def _watch_directories(self) -> None:
        """The workspace's own files, its jobs, and the services whose logs are read."""
        if self._wake is not _nobody:
            followers = (each for each in (self._follower, self._other) if each is not None)
            self._files.watch((each.directory for each in followers if each.directory is not None), self._wake_up)
