"""``recorded``: any long work with a record of it on disk; looking at records is left to ``records`` and ``following``.

Whoever does the work is the only one who writes its record, but for the file by which others ask for its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.events import Emit, Event, Note
from azml_magics.jobs import T, Work
from azml_magics.journal.canceling import CancelListener, make_pipe, remove_pipe
from azml_magics.journal.news_writer import NewsWriter
from azml_magics.journal.outcome import outcome_of, write_outcome
from azml_magics.journal.records import KEYS, JobRecord, jobs_directory, new_job_id
from azml_magics.journal.removal import KEPT_RECORDS, remove_directory, remove_old_records
from azml_magics.system.files import write_atomically
from azml_magics.system.holding import hold


def recorded(work: Work[T], root: Path, *, verb: str, name: str, doing: str, job_id: str | None = None) -> Work[T]:
    """``work``, of which the workspace ``root`` keeps a record; it gives, raises and emits what ``work`` does.

    Any process may ask for its end by :func:`azml_magics.journal.records.request_cancel`. Where no record can be
    written the work is done all the same, with a note.
    """

    def run(emit: Emit, cancel: Cancel) -> T:
        try:
            recording = Recording(root, verb=verb, name=name, doing=doing, job_id=job_id)
        except OSError as error:
            emit(Note(f"{doing} is not recorded: {error}"))
            return work(emit, cancel)
        return recording.run(work, emit, cancel)

    return run


class Recording:
    """The record of work that is about to begin. Raises ``OSError`` where it cannot be written."""

    def __init__(self, root: Path, *, verb: str, name: str, doing: str, job_id: str | None = None) -> None:
        job_id = job_id or new_job_id()
        directory = jobs_directory(root) / job_id
        self.record = JobRecord(job_id, verb, name, doing, directory, time.time(), os.getpid())
        # Before there is a record: one that could not be kept for that would say that it runs.
        remove_old_records(root, keep=KEPT_RECORDS - 1)
        self._alive, self._pipe, self._writer = self._write_record(root)

    def run(self, work: Work[T], emit: Emit, cancel: Cancel) -> T:
        """Do ``work``, to be called once."""
        record, problem = self.record, None
        writer = self._writer
        listener = CancelListener(record.directory, self._pipe, cancel)

        def tell(event: Event) -> None:
            writer.write(event)
            emit(event)

        try:
            return work(tell, cancel)
        except BaseException as error:
            problem = error
            raise
        finally:
            listener.close()
            remove_pipe(record.directory)
            writer.close()
            self._write_end(problem, writer.problem, emit)

    def _write_end(self, error: BaseException | None, news_problem: OSError | None, emit: Emit) -> None:
        try:
            write_outcome(self.record, outcome_of(error, time.time()))
        except OSError as failure:  # a full disk: the record will say that the work was interrupted
            news_problem = news_problem or failure
        finally:
            os.close(self._alive)
        if news_problem is not None:
            emit(Note(f"the record of {self.record.doing} is not complete: {news_problem}"))

    def _write_record(self, root: Path) -> tuple[int, int, NewsWriter]:
        """Make the directory, complete and held before anybody can see it; gives what is open of it."""
        record = self.record
        folder = jobs_directory(root)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hidden = folder / f".{record.id}"
        hidden.mkdir(mode=0o700)
        with contextlib.ExitStack() as undo:
            undo.callback(remove_directory, hidden)
            alive = hold(hidden / record.alive_path.name)
            undo.callback(os.close, alive)
            about = {key: getattr(record, key) for key in KEYS}
            write_atomically(hidden / "job.json", json.dumps(about, ensure_ascii=False).encode(errors="replace"))
            writer = NewsWriter(hidden / record.news_path.name)
            undo.callback(writer.close)
            pipe = make_pipe(hidden)
            undo.callback(os.close, pipe)
            hidden.rename(record.directory)
            undo.pop_all()
        return alive, pipe, writer
