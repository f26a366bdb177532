"""What outlives ``%reload_ext``: declarations, sessions, jobs, the last failure. This module is never reloaded."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.background.hiring import Workers
    from azml_magics.background.request import DeclaredCell
    from azml_magics.definitions.declarations import Declarations, Declared
    from azml_magics.definitions.scoring import ScoringResponse
    from azml_magics.jobs import Job
    from azml_magics.session import Session

#: How long a job that is cancelled because the kernel ends may take to clean up.
EXIT_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class OwnJob:
    """A job that this kernel began; ``outlives`` says whether another process does it, which goes on without us."""

    job: Job[object]
    id: str
    verb: str
    outlives: Callable[[], bool]


class KernelState:
    """What the magics of one process remember; ``warned_names`` are short names that were left to somebody else."""

    def __init__(self) -> None:
        self.last_failure: BaseException | ScoringResponse | None = None
        self.warned_names: set[str] = set()
        self._jobs: list[OwnJob] = []
        self._sessions: dict[str, Session] = {}
        self._declarations: Declarations | None = None
        self._cells: dict[tuple[str, str], tuple[DeclaredCell, Declared]] = {}
        self._workers: Workers | None = None
        self._knows_exit = False

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

    # what another process needs to know -------------------------------------------------------------------------------

    @property
    def workers(self) -> Workers:
        """Processes for work that outlives the kernel."""
        from azml_magics.background.hiring import Workers

        if self._workers is None:
            self._end_at_exit()
            self._workers = Workers()
        return self._workers

    def dismiss_workers(self) -> None:
        """End the process that stands by; those that work go on."""
        if self._workers is not None:
            self._workers.dismiss()

    def remember_cell(self, cell: DeclaredCell, value: Declared) -> None:
        """Keep the cell that declared ``value``; one that declares the same thing again takes its place."""
        self._cells[cell.kind, getattr(value, "path", "") or getattr(value, "name", "")] = cell, value

    def declared_cells(self) -> tuple[DeclaredCell, ...] | None:
        """The cells that declared all that is declared now; ``None`` when something was declared without a cell."""
        known = self.declarations
        cells = {id(value): cell for cell, value in self._cells.values()}
        values: list[object] = [
            *known.requirements.values(),
            *known.environments.values(),
            *known.entry_scripts.values(),
            *known.dockerfiles.values(),
            *known.read_environments.values(),
        ]
        if any(id(value) not in cells for value in values):
            return None
        return tuple(cells[id(value)] for value in values)

    # jobs -------------------------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> dict[str, Job[object]]:
        """The newest job of each name."""
        return {own.job.name: own.job for own in self._jobs}

    def all_jobs(self) -> list[Job[object]]:
        """Every job that runs and the newest of each name, the oldest first."""
        return [own.job for own in self._jobs]

    def verb_of(self, job: Job[object]) -> str:
        """What was said to begin ``job``."""
        return next((own.verb for own in self._jobs if own.job is job), "")

    def knows(self, job_id: str) -> bool:
        """Whether this kernel began that job, and remembers it."""
        return any(own.id == job_id for own in self._jobs)

    def is_news(self, name: str, job_id: str) -> bool:
        """Whether that job of another process is newer than any of the same name that this kernel began."""
        return all(own.id < job_id for own in self._jobs if own.job.name == name)

    def remember_job(self, job: Job[object], *, job_id: str, verb: str, outlives: Callable[[], bool]) -> None:
        """Keep ``job`` under its name; it is cancelled when the process ends before it, unless it ``outlives`` that."""
        self._end_at_exit()
        going = [own for own in self._jobs if own.job.name != job.name or own.job.state == "running"]
        self._jobs = [*going, OwnJob(job, job_id, verb, outlives)]

    def end_jobs(self) -> None:
        """Cancel what still runs here and wait until it has cleaned up, so that no half-started service is left."""
        running = [own.job for own in self._jobs if own.job.state == "running" and not own.outlives()]
        for job in running:
            job.cancel()
        for job in running:
            job.wait(EXIT_TIMEOUT_SECONDS)
        self.dismiss_workers()

    def _end_at_exit(self) -> None:
        if not self._knows_exit:
            self._knows_exit = True
            atexit.register(self.end_jobs)
            # What a cell forks has a copy of the jobs, but they are not its own to end.
            os.register_at_fork(after_in_child=partial(atexit.unregister, self.end_jobs))


STATE = KernelState()
