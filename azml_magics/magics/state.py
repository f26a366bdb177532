"""What outlives ``%reload_ext``: declarations, sessions, jobs, the last failure. This module is never reloaded."""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.definitions.declarations import Declarations
    from azml_magics.definitions.scoring import ScoringResponse
    from azml_magics.jobs import Job
    from azml_magics.session import Session

#: How long a job that is cancelled because the kernel ends may take to clean up.
EXIT_TIMEOUT_SECONDS = 10.0


class KernelState:
    """What the magics of one process remember.

    ``jobs`` holds the newest job of each name; ``warned_names`` the short magic names that were left to somebody else.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, Job[object]] = {}
        self.last_failure: BaseException | ScoringResponse | None = None
        self.warned_names: set[str] = set()
        self._sessions: dict[str, Session] = {}
        self._declarations: Declarations | None = None

    @property
    def declarations(self) -> Declarations:
        """What the cells declared."""
        from azml_magics.definitions.declarations import Declarations

        if self._declarations is None:
            self._declarations = Declarations()
        return self._declarations

    def session(self, workspace: str = "") -> Session:
        """The session of a workspace directory; empty means the one the current directory belongs to.

        All of them share what the cells declared.
        """
        from azml_magics.session import Session

        if workspace not in self._sessions:
            session = Session(Path(workspace).expanduser().absolute() if workspace else None)
            session.declarations = self.declarations
            self._sessions[workspace] = session
        return self._sessions[workspace]

    def remember_job(self, job: Job[object]) -> None:
        """Keep ``job`` under its name; it is cancelled when the process ends before it."""
        if not self.jobs:
            atexit.register(self.end_jobs)
        self.jobs[job.name] = job

    def end_jobs(self) -> None:
        """Cancel what still runs and wait until it has cleaned up, so that no half-started service is left."""
        running = [job for job in self.jobs.values() if job.state == "running"]
        for job in running:
            job.cancel()
        for job in running:
            job.wait(EXIT_TIMEOUT_SECONDS)


STATE = KernelState()
