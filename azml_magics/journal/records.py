"""Records of long work: one directory each below the workspace's ``jobs``; writing them is left to ``recording``.

Whoever does the work holds the file ``alive``, so that a record tells running work from interrupted work whatever
happened to the process; how the work ended stands in ``outcome.json``.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from azml_magics.errors import NotFoundError
from azml_magics.journal.canceling import request_end
from azml_magics.journal.outcome import read_outcome
from azml_magics.system.holding import is_held

RecordState = Literal["running", "done", "failed", "cancelled", "interrupted"]
FOLDER = "jobs"
OUTCOME = "outcome.json"
#: The fields of ``job.json``.
KEYS = ("id", "verb", "name", "doing", "created", "process_id")


@dataclass(frozen=True)
class JobRecord:
    """One piece of long work: ``doing`` says it in words, ``name`` is what ``wait`` and ``cancel`` call it.

    ``created`` counts seconds since the epoch; ``process_id`` is that of whoever does the work.
    """

    id: str
    verb: str
    name: str
    doing: str
    directory: Path
    created: float
    process_id: int

    @property
    def news_path(self) -> Path:
        """Every event, one to a line."""
        return self.directory / "news.jsonl"

    @property
    def alive_path(self) -> Path:
        """Held by whoever does the work."""
        return self.directory / "alive"

    @property
    def outcome_path(self) -> Path:
        """How it ended; there once it has."""
        return self.directory / OUTCOME


def jobs_directory(root: Path) -> Path:
    """Where a workspace's records are."""
    return root / FOLDER


def new_job_id() -> str:
    """An id that nobody else has; in the order of their ids, records are in the order of time."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(3)}"


def list_records(root: Path) -> list[JobRecord]:
    """Every record of the workspace ``root``, the newest first."""
    folder = jobs_directory(root)
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    ordered = sorted((name for name in names if not name.startswith(".")), reverse=True)
    return [record for name in ordered if (record := find_by_id(root, name)) is not None]


def list_running(root: Path) -> list[JobRecord]:
    """Those of work that goes on now, the newest first; quick, because of ended work no record is read."""
    folder = jobs_directory(root)
    going = sorted((path.name for path in folder.glob("[!.]*") if not _has_outcome(path)), reverse=True)
    records = (find_by_id(root, name) for name in going)
    return [record for record in records if record is not None and state_of(record) == "running"]


def find_by_id(root: Path, job_id: str) -> JobRecord | None:
    """The record ``job_id``; ``None`` when there is none (any more), or when it is none of ours."""
    directory = jobs_directory(root) / job_id
    try:
        about = json.loads((directory / "job.json").read_bytes())
        return JobRecord(directory=directory, **{key: about[key] for key in KEYS})
    except OSError:  # removed since it was listed, or something of somebody else's: another user's job, a file
        return None
    except (ValueError, KeyError, TypeError):  # a broken disk: about that job nothing is known, about the others all is
        return None


def get_record(root: Path, job_id: str) -> JobRecord:
    """The record ``job_id``; ``NotFoundError`` (``unknown-job``) when there is none (any more)."""
    record = find_by_id(root, job_id)
    if record is None:
        raise NotFoundError(
            f"there is no record of job {job_id!r}",
            remedy="%azml jobs lists what is known; records of old jobs are removed",
            code="unknown-job",
        )
    return record


def find_record(root: Path, name: str) -> JobRecord | None:
    """The newest record of work called ``name``."""
    return next((record for record in list_records(root) if record.name == name), None)


def state_of(record: JobRecord) -> RecordState:
    """How it stands now; ``interrupted`` when whoever did the work is gone without having said how it ended."""
    outcome = read_outcome(record)
    if outcome is None and is_held(record.alive_path):
        return "running"
    outcome = outcome or read_outcome(record)  # it may have ended between the two questions
    return outcome.state if outcome else "interrupted"


def request_cancel(record: JobRecord) -> None:
    """Ask whoever does the work to end it, from any process; work that has ended stays as it is."""
    if state_of(record) == "running":
        request_end(record.directory)


def _has_outcome(directory: Path) -> bool:
    try:
        (directory / OUTCOME).stat()
    except OSError:  # not yet, or nothing that we may look into
        return False
    return True
