"""``Contents``: what a panel shows: a job, the services, a log; sending is left to ``pump``, doing to ``actions``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.journal.following import watch_record
from azml_magics.journal.records import JobRecord
from azml_magics.panel.job_source import JobSource
from azml_magics.panel.log_feed import LogFeed
from azml_magics.panel.outline import State, error_state, finding_state
from azml_magics.panel.services import collect_services

if TYPE_CHECKING:
    from azml_magics.panel.actions import Actions
    from azml_magics.panel.pump import Pump
    from azml_magics.session import Session

IDLE_NAME = "services"


class Contents:
    """Of one workspace; ``record`` is the job, ``service`` the service that is selected."""

    def __init__(self, session: Session, record: JobRecord | None, service: str | None) -> None:
        self.session = session
        self._lock = threading.RLock()
        self._job = None if record is None else JobSource(record)
        self._selected = service
        self._services: list[State] = []
        self._services_changed = True
        self._pump: Pump | None = None
        self._actions: Actions | None = None
        self._stops: list[Callable[[], None]] = []
        self._feed = self._new_feed()

    @property
    def title(self) -> str:
        """The name of what it shows."""
        if self._job is not None:
            return self._job.record.name
        return self._selected or IDLE_NAME

    @property
    def selected(self) -> str | None:
        """The service whose log is shown."""
        return self._selected

    @property
    def services(self) -> list[State]:
        """The services, as a page is told them."""
        return self._services

    @property
    def job(self) -> JobSource | None:
        """The job, if there is one."""
        return self._job

    @property
    def feed(self) -> LogFeed:
        """The log."""
        return self._feed

    def attach(self, pump: Pump) -> None:
        """Tell ``pump`` from now on when something has happened."""
        from azml_magics.panel.actions import Actions

        self._pump = pump
        self._actions = Actions(self, pump)
        pump.start()
        if self._job is not None:
            self._stops.append(watch_record(self._job.record, pump.wake))

    def receive(self, message: State) -> None:
        """The page says something."""
        if self._actions is not None:
            self._actions.receive(message)

    def take_news(self) -> bool:
        """Take in what happened since; True when there is more to take."""
        with self._lock:
            more = self._job is not None and self._job.take_news(self._feed)
            if self._services_changed:
                self._services_changed = False
                self._services, _ = collect_services(self.session)
            return more

    def services_changed(self, *_: object) -> None:
        """Ask for the services again."""
        self._services_changed = True
        if self._pump is not None:
            self._pump.wake()

    def select(self, service: str | None) -> None:
        """Show the log of ``service``."""
        with self._lock:
            self._selected = service
        if self._pump is not None:
            self._pump.wake()

    def state(self) -> State:
        """All but the log, JSON-ready."""
        with self._lock:
            job = self._job
            outline = job.outline if job else None
            return {
                "title": self.title,
                "doing": job.record.doing if job else "",
                "verdict": job.verdict if job else "idle",
                "summary": "",
                "job": job.record.id if job else None,
                "cancellable": job is not None and job.verdict == "running",
                "started": job.record.created if job else None,
                "ended": job.ended if job else None,
                "steps": outline.steps() if outline else [],
                "error": error_state(job.error) if job and job.error else None,
                "findings": [finding_state(finding) for finding in outline.findings] if outline else [],
                "notes": list(outline.notes) if outline else [],
                "log": {
                    "feed": self._feed.name,
                    "path": str(self._feed.path) if self._feed.path else None,
                    "sources": self._feed.sources,
                    "dropped": self._feed.first,
                },
                "services": [dict(service) for service in self._services],
                "selected": self._selected,
            }

    def close(self) -> None:
        """End what was begun for it."""
        for stop in self._stops:
            stop()
        if self._actions is not None:
            self._actions.close()
        self._feed.close()

    def _new_feed(self) -> LogFeed:
        if self._job is not None:
            return LogFeed(f"job:{self._job.record.id}", self._job.record.news_path)
        return LogFeed(IDLE_NAME)
