"""Removing records of work that has ended, and what a process that was killed left of one it had only begun."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

from azml_magics.journal.records import JobRecord, jobs_directory, list_records, state_of
from azml_magics.system.holding import is_held

#: So many records a workspace keeps.
KEPT_RECORDS = 50
#: A record is written within this time, or whoever wrote it is gone.
UNFINISHED_SECONDS = 60.0


def remove_old_records(root: Path, *, keep: int = KEPT_RECORDS) -> None:
    """Remove records of work that has ended, but for the newest ``keep`` ones, and unfinished ones nobody holds."""
    for record in list_records(root)[keep:]:
        remove_record(record)
    for hidden in jobs_directory(root).glob(".*"):
        with contextlib.suppress(FileNotFoundError):  # somebody else was faster
            # One that has just been made may be about to be held.
            is_left = hidden.stat().st_mtime < time.time() - UNFINISHED_SECONDS
            if is_left and not is_held(hidden / "alive"):
                remove_directory(hidden)


def remove_record(record: JobRecord) -> bool:
    """Remove the record of work that has ended; False, and nothing happens, when it still runs."""
    if state_of(record) == "running":
        return False
    gone = record.directory.with_name(f".{record.id}")
    with contextlib.suppress(FileNotFoundError):  # somebody else was faster
        record.directory.rename(gone)
        remove_directory(gone)
    return True


def remove_directory(directory: Path) -> None:
    """Remove it with all it holds; what others remove meanwhile is gone all the same."""
    shutil.rmtree(directory, ignore_errors=True)
