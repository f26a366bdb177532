"""Records of work: what is on disk while it runs, after it, and when whoever did it is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.errors import BuildError, CancelledError, NotFoundError, ToolError
from azml_magics.events import Emit, Event, LogLine, Note, StepFinished, StepStarted, discard
from azml_magics.jobs import Job, Work
from azml_magics.journal.canceling import is_end_requested
from azml_magics.journal.following import News, follow_job
from azml_magics.journal.news_writer import NewsWriter
from azml_magics.journal.outcome import read_outcome
from azml_magics.journal.recording import recorded
from azml_magics.journal.records import (
    JobRecord,
    find_by_id,
    find_record,
    get_record,
    jobs_directory,
    list_records,
    list_running,
    new_job_id,
    request_cancel,
    state_of,
)
from azml_magics.journal.removal import remove_old_records, remove_record

LIMIT_SECONDS = 120
#: Does recorded work until it is told to end; says on its output that it has begun.
CHILD = """\
import sys, threading
from pathlib import Path
from azml_magics.events import LogLine, StepStarted, StepFinished, discard
from azml_magics.cancel import Cancel
from azml_magics.journal.recording import recorded

def work(emit, cancel):
    emit(StepStarted("plan"))
    emit(LogLine("builder", "begun"))
    emit(StepFinished("plan", "done", 1.0))
    asked = threading.Event()
    cancel.add_hook(asked.set)
    print("begun", flush=True)
    if sys.argv[2] == "wait":
        asked.wait()
        cancel.check("deploying digits")
    return 1

recorded(work, Path(sys.argv[1]), verb="deploy", name="digits", doing="deploying digits")(discard, Cancel())
"""


def do(work: Work[object], root: Path, name: str = "digits", *, emit: Emit = discard) -> object:
    return recorded(work, root, verb="deploy", name=name, doing=f"deploying {name}")(emit, Cancel())


def get(root: Path, name: str = "digits") -> JobRecord:
    record = find_record(root, name)
    assert record is not None
    return record


def open_below(folder: Path) -> list[str]:
    """The files in ``folder`` that this process has open; none where the system does not tell."""
    found = []
    for descriptor in Path("/proc/self/fd").glob("*"):
        with suppress(FileNotFoundError):  # closed meanwhile by a thread of a test before
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(str(folder))]


@contextmanager
def child(root: Path, mode: str = "wait") -> Iterator[subprocess.Popen[str]]:
    """Another process that does recorded work, which has begun."""
    command = [sys.executable, "-c", CHILD, str(root), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            yield process
        finally:
            process.kill()


def test_what_is_on_disk(tmp_path: Path) -> None:
    told: list[Event] = []

    def work(emit: Emit, cancel: Cancel) -> object:
        emit(StepStarted("plan", "new"))
        emit(LogLine("builder", "line"))
        record = get(tmp_path)
        assert [state_of(record), list_running(tmp_path)] == ["running", [record]]
        assert not remove_record(record)
        emit(StepFinished("plan", "done", 0.5))
        return 7

    assert do(work, tmp_path, emit=told.append) == 7
    record = get(tmp_path)
    assert told == [StepStarted("plan", "new"), LogLine("builder", "line"), StepFinished("plan", "done", 0.5)]
    assert (record.verb, record.name, record.doing) == ("deploy", "digits", "deploying digits")
    assert (record.process_id, state_of(record), list_running(tmp_path)) == (os.getpid(), "done", [])
    outcome = read_outcome(record)
    assert outcome is not None
    assert (outcome.state, outcome.error, outcome.ended >= record.created) == ("done", None, True)
    lines = [json.loads(line) for line in News(record).read_all()]
    assert lines[1][1:] == ["builder", "line"]
    assert [line["event"] for line in (lines[0], lines[2])] == ["StepStarted", "StepFinished"]
    assert record.directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in record.directory.iterdir()} == {0}
    assert get_record(tmp_path, record.id) == record
    assert find_by_id(tmp_path, "other") is None
    with pytest.raises(NotFoundError, match="no record of job 'other'"):
        get_record(tmp_path, "other")


@pytest.mark.parametrize("error", [BuildError("no wheel"), CancelledError("was cancelled"), KeyboardInterrupt()])
def test_failures_are_raised_and_written(error: BaseException, tmp_path: Path) -> None:
    def work(emit: Emit, cancel: Cancel) -> object:
        raise error

    with pytest.raises(type(error)) as caught:
        do(work, tmp_path)
    assert caught.value is error
    assert state_of(get(tmp_path)) == ("cancelled" if isinstance(error, CancelledError) else "failed")


def test_any_process_reads_follows_and_cancels(tmp_path: Path) -> None:
    with child(tmp_path) as process:
        record = get(tmp_path)
        assert (state_of(record), record.process_id) == ("running", process.pid)
        job = Job("digits", follow_job(record)).start()
        other = Job("digits", follow_job(record)).start()
        job.cancel()
        for each in (job, other):
            with pytest.raises(CancelledError, match="deploying digits was cancelled"):
                each.result()
            assert each.events == (StepStarted("plan"), StepFinished("plan", "done", 1.0))
        assert process.wait(LIMIT_SECONDS) == 1
    assert state_of(record) == "cancelled"
    request_cancel(record)
    assert state_of(record) == "cancelled"


def test_work_that_was_killed_is_interrupted(tmp_path: Path) -> None:
    with child(tmp_path) as process:
        record = get(tmp_path)
        job = Job("digits", follow_job(record)).start()
        process.kill()
        with pytest.raises(ToolError, match="was interrupted") as caught:
            job.result()
    assert caught.value.code == "job-interrupted"
    assert (state_of(record), list_running(tmp_path)) == ("interrupted", [])
    request_cancel(record)
    assert not is_end_requested(record.directory)


def test_following_what_has_ended(tmp_path: Path) -> None:
    with child(tmp_path, "end") as process:
        assert process.wait(LIMIT_SECONDS) == 0
    told: list[Event] = []
    follow_job(get(tmp_path))(told.append, Cancel())
    assert told == [StepStarted("plan"), StepFinished("plan", "done", 1.0)]


def test_work_is_done_where_no_record_can_be_written(tmp_path: Path) -> None:
    told: list[Event] = []
    (tmp_path / "jobs").write_text("somebody's file")
    assert do(lambda emit, cancel: 7, tmp_path, emit=told.append) == 7
    (note,) = told
    assert isinstance(note, Note)
    assert note.text.startswith("deploying digits is not recorded: ")


def test_a_record_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    do(lambda emit, cancel: None, tmp_path, "first")
    taken = get(tmp_path, "first").id
    told: list[Event] = []
    work = recorded(lambda emit, cancel: 7, tmp_path, verb="deploy", name="b", doing="deploying b", job_id=taken)
    assert work(told.append, Cancel()) == 7
    assert [type(event) for event in told] == [Note]
    assert [path.name for path in jobs_directory(tmp_path).iterdir()] == [taken]
    assert open_below(tmp_path) == []


def test_news_after_the_end_get_into_no_other_file(tmp_path: Path) -> None:
    late: list[Emit] = []
    do(lambda emit, cancel: late.append(emit), tmp_path)
    with (tmp_path / "other").open("wb") as other:  # as likely as not it gets the number that is free now
        copies = [os.dup(other.fileno()) for _ in range(8)]
        late[0](Note("late"))
        late[0](LogLine("builder", "late"))
        for copy in copies:
            os.close(copy)
    assert (tmp_path / "other").read_bytes() == b""
    assert list(News(get(tmp_path)).read_all()) == []


def test_a_full_disk_ends_the_writing(tmp_path: Path) -> None:
    def work(emit: Emit, cancel: Cancel) -> object:
        news = get(tmp_path).news_path
        writer = NewsWriter(Path("/dev/full"))
        writer.write(Note("lost"))
        writer.write(LogLine("builder", "lost too"))
        writer.close()
        assert writer.problem is not None
        assert news.exists()
        return 7

    assert do(work, tmp_path) == 7


def test_log_lines_are_written_together_and_others_at_once(tmp_path: Path) -> None:
    def work(emit: Emit, cancel: Cancel) -> object:
        news = News(get(tmp_path))
        emit(LogLine("builder", "0"))
        emit(Note("now"))
        assert len(news.read()) == 2
        for number in range(5000):
            emit(LogLine("builder", str(number)))
        return None

    do(work, tmp_path)
    lines = [json.loads(line) for line in News(get(tmp_path)).read_all()]
    assert [line[2] for line in lines[2:]] == [str(number) for number in range(5000)]


def test_events_of_many_threads_are_whole_lines(tmp_path: Path) -> None:
    def work(emit: Emit, cancel: Cancel) -> object:
        def tell(source: str) -> None:
            for number in range(300):
                emit(Note(f"{source} {number}") if number % 7 == 0 else LogLine("builder", f"{source} {number}"))

        threads = [threading.Thread(target=tell, args=(source,)) for source in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return None

    do(work, tmp_path)
    texts = [
        line[2] if isinstance(line, list) else line["text"] for line in map(json.loads, News(get(tmp_path)).read_all())
    ]
    for source in "abc":
        assert [text for text in texts if text[0] == source] == [f"{source} {number}" for number in range(300)]


def test_news_come_in_complete_lines(tmp_path: Path) -> None:
    do(lambda emit, cancel: None, tmp_path)
    record = get(tmp_path)
    news = News(record)
    with record.news_path.open("ab") as file:
        for piece, expected in ((b"one\ntw", [b"one"]), (b"o", []), (b"\n", [b"two"]), (b"", [])):
            file.write(piece)
            file.flush()
            assert news.read() == expected
        file.write(b"x" * 100 + b"\nrest\n")
    assert news.read(limit=10) == [b"x" * 100]
    assert News(record, offset=4).read() == [b"two", b"x" * 100, b"rest"]
    remove_record(record)
    assert news.read() == []


def test_news_of_tomorrow_are_told_as_a_note(tmp_path: Path) -> None:
    do(lambda emit, cancel: emit(Note("known")), tmp_path)
    record = get(tmp_path)
    with record.news_path.open("a") as file:
        file.write('{"at": 1, "event": "OfTomorrow"}\n')
    told: list[Event] = []
    follow_job(record)(told.append, Cancel())
    assert [type(event) for event in told] == [Note, Note]


def test_the_newest_records_stay(tmp_path: Path) -> None:
    with child(tmp_path):
        for name in ("a", "b", "c", "d"):
            do(lambda emit, cancel: None, tmp_path, name)
        half, new = jobs_directory(tmp_path) / ".half", jobs_directory(tmp_path) / ".new"
        half.mkdir()
        new.mkdir()
        os.utime(half, (0, 0))
        remove_old_records(tmp_path, keep=2)
        assert [record.name for record in list_records(tmp_path)] == ["d", "c", "digits"]
        assert not half.exists()
        assert list(jobs_directory(tmp_path).glob(".*")) == [new]


def test_a_broken_record_does_not_hide_the_others(tmp_path: Path) -> None:
    do(lambda emit, cancel: None, tmp_path)
    for content in ("", "{}", "[]", '{"id": 1}'):
        directory = jobs_directory(tmp_path) / new_job_id()
        directory.mkdir()
        (directory / "job.json").write_text(content)
    (jobs_directory(tmp_path) / new_job_id() / "job.json").mkdir(parents=True)
    (jobs_directory(tmp_path) / "file").write_text("")
    assert [record.name for record in list_records(tmp_path)] == ["digits"]
    assert list_records(tmp_path / "nowhere") == []
    assert list_running(tmp_path) == []
