"""A run ends when it is told to, with everything it started; it outlives whoever started it, and its end is known."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.run import RunRecord, RunRequest
from azml_magics.errors import CancelledError
from azml_magics.events import Event, StepStarted
from azml_magics.journal.canceling import make_pipe
from azml_magics.session import Session
from azml_magics.system.holding import is_held, wait_until_free
from azml_magics.system.process import find_process
from tests.runs.conftest import Submit, failure_of, printed

#: Starts a child in its group, one in a session of its own and one that its parent leaves; prints their numbers.
FAMILY = """\
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('x', flush=True); time.sleep(600)"
leave = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=-3).pid)"
child = subprocess.Popen(sleep)
deaf = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
deaf.stdout.readline()
orphan = int(subprocess.check_output([sys.executable, "-c", leave, *sleep]))
print(os.getpid(), child.pid, deaf.pid, orphan, flush=True)
"""
HANG = FAMILY + "time.sleep(600)\n"


def wait_for_line(session: Session, record: RunRecord) -> str:
    """The first line of a run that goes on."""
    return next(session.runs.logs(record.id, follow=True))


def processes(line: str) -> list[psutil.Process]:
    return [psutil.Process(int(word)) for word in line.split()]


def have_ended(family: list[psutil.Process]) -> bool:
    """By the system's own news; a process whose number is gone has ended."""
    for process in family:
        try:
            descriptor = os.pidfd_open(process.pid)
        except ProcessLookupError:
            continue
        try:
            if not process.is_running():
                continue
            ended, _, _ = select.select([descriptor], [], [], 60)
            if not ended:
                return False
        finally:
            os.close(descriptor)
    return True


def test_cancel_ends_everything_that_a_run_started(session: Session, run_script: Submit) -> None:
    record = run_script(HANG, wait=False)
    family = processes(wait_for_line(session, record))
    assert session.runs.get(record.id).state == "Running"
    ended = session.runs.cancel("latest")
    assert (ended.state, ended.error) == ("Canceled", None)
    assert have_ended(family)
    assert session.runs.cancel(record.id) == ended
    with pytest.raises(CancelledError):
        session.runs.wait(record.id)


def test_a_script_may_end_by_itself_and_keeps_what_it_writes(session: Session, run_script: Submit) -> None:
    script = """\
import signal, sys, time
def leave(*_):
    open("outputs/checkpoint", "w").write("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(600)
"""
    record = run_script(script, wait=False)
    wait_for_line(session, record)
    ended = session.runs.cancel(record.id)
    assert (ended.state, ended.exit_code) == ("Canceled", 0)
    assert session.runs.path(record.id, "outputs/checkpoint").read_text() == "saved"


def test_interrupting_who_waits_cancels_the_run(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text(HANG)
    cancel = Cancel()
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if printed([event]):
            threading.Thread(target=cancel.request).start()  # as from another thread: the waiting one is busy

    with pytest.raises(CancelledError):
        session.runs.submit(RunRequest("train.py", use_current_python=True), emit=emit, cancel=cancel)
    assert session.runs.get("latest").state == "Canceled"
    assert not any(psutil.pid_exists(int(word)) for word in printed(events)[0].split())


def test_what_a_script_leaves_behind_ends_with_it(session: Session, run_script: Submit) -> None:
    record = run_script(FAMILY)
    assert record.state == "Completed"
    numbers = [int(word) for word in next(session.runs.logs(record.id)).split()]
    assert not any(psutil.pid_exists(number) for number in numbers)


def test_a_run_whose_launcher_is_killed_has_failed_and_nothing_goes_on(session: Session, run_script: Submit) -> None:
    record = run_script(HANG, wait=False)
    family = processes(wait_for_line(session, record))
    known = session.runs.get(record.id).process
    assert known is not None
    assert known.pid is not None
    launcher = find_process(known.pid, known.created)
    assert launcher is not None
    launcher.kill()
    error = failure_of(lambda: session.runs.wait(record.id))
    assert "ended by force" in error.brief
    assert session.runs.get(record.id).state == "Failed"
    assert have_ended(family[:2])


def test_a_script_that_is_killed_says_by_what(run_script: Submit) -> None:
    error = failure_of(lambda: run_script("import os\nos.kill(os.getpid(), 9)"))
    assert "SIGKILL" in error.brief
    assert error.process_exit_code == -9


SUBMIT = """\
import sys
from pathlib import Path
from azml_magics.definitions.run import RunRequest
from azml_magics.session import Session

session = Session(Path(sys.argv[1]), working_directory=Path(sys.argv[2]))
emit = lambda event: print(getattr(event, "text", ""), flush=True)
session.runs.submit(RunRequest("train.py", tuple(sys.argv[3:]), use_current_python=True), emit=emit)
"""
#: Goes on until it can read something from a pipe that somebody made.
LISTEN = """\
import sys
print("begun", flush=True)
word = open(sys.argv[1]).read()
open("outputs/word", "w").write(word)
print("done")
"""


def test_a_run_outlives_who_submitted_it_and_others_know_its_end(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text(LISTEN)
    pipe = folder / "go"
    os.mkfifo(pipe)
    (folder / ".amlignore").write_text("go\n")
    command = [sys.executable, "-c", SUBMIT, str(session.workspace.root), str(folder), str(pipe)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as submitter:
        assert submitter.stdout is not None
        assert any(line == "begun\n" for line in submitter.stdout)
        submitter.kill()
    record = session.runs.get("latest")
    assert record.state == "Running"
    assert list(session.runs.logs(record.id)) == ["begun"]
    with pipe.open("w") as word:
        word.write("go on")
    assert list(session.runs.logs(record.id, follow=True)) == ["begun", "done"]
    other = [sys.executable, "-m", "azml_magics.cli", "run", "list", "--json"]
    variables = {**os.environ, "AZML_WORKSPACE": str(session.workspace.root)}
    listed = json.loads(subprocess.run(other, env=variables, capture_output=True, check=True).stdout)
    assert [(item["id"], item["state"], item["exit_code"]) for item in listed] == [(record.id, "Completed", 0)]
    assert session.runs.path(record.id, "outputs/word").read_text() == "go on"


def test_a_run_whose_submitter_was_killed_before_its_start_has_failed(session: Session, run_script: Submit) -> None:
    record = run_script("")
    unstarted = session.workspace.runs.add(
        RunRecord(
            "lost_1_00000000", "lost", "Preparing", record.request, "train.py", record.directory.parent / "lost",
            record.working_directory, record.created,
        )
    )  # fmt: skip
    unstarted.record_directory.mkdir(parents=True)
    unstarted.alive_path.touch()
    os.close(make_pipe(unstarted.record_directory))
    found = session.runs.get(unstarted.id)
    assert found.state == "Failed"
    assert not any(path.is_fifo() for path in unstarted.record_directory.iterdir())
    assert "before it was started" in (found.error or "")


def test_holding_a_file_is_handed_on_and_ends_with_the_last_holder(tmp_path: Path) -> None:
    from azml_magics.system.holding import hold

    path = tmp_path / "alive"
    assert not is_held(path)
    wait_until_free(path)
    held = hold(path)
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(held,))
    with pytest.raises(BlockingIOError):
        hold(path)
    os.close(held)
    assert is_held(path)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    wait_until_free(path)
    assert not is_held(path)


def test_a_run_that_is_cancelled_before_it_runs_does_not(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text(HANG)

    def cancel_early(event: Event) -> None:
        if isinstance(event, StepStarted) and event.step == "packages":
            session.runs.cancel("latest")

    with pytest.raises(CancelledError):
        session.runs.submit(RunRequest("train.py", use_current_python=True), emit=cancel_early)
    record = session.runs.get("latest")
    assert (record.state, record.process) == ("Canceled", None)


def test_cancel_ends_what_is_built_for_a_run(session: Session, folder: Path, tmp_path: Path) -> None:
    begun, source = tmp_path / "begun", tmp_path / "slow"
    os.mkfifo(begun)
    source.mkdir()
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "slow"\nversion = "1"\n'
    )
    (source / "backend.py").write_text(
        "import signal\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        f"    open({str(begun)!r}, 'w').close()\n"
        "    signal.pause()\n"
    )
    (folder / "train.py").write_text(HANG)
    meant = Environment("slow", None, parse_requirements(f"slow @ {source.as_uri()}"))
    raised: list[BaseException] = []

    def submit() -> None:
        try:
            session.runs.submit(RunRequest("train.py", environment="slow"))
        except BaseException as error:
            raised.append(error)
        finally:  # who waits for the build goes on, also where there was none
            os.close(os.open(begun, os.O_RDWR))

    session.environments.register(meant)
    submitter = threading.Thread(target=submit)
    submitter.start()
    begun.read_bytes()  # until it is being built
    session.runs.cancel("latest")
    submitter.join()
    assert [type(error) for error in raised] == [CancelledError]
    record = session.runs.get("latest")
    assert (record.state, record.process) == ("Canceled", None)


def test_an_interrupt_of_the_command_line_cancels_the_run(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text(HANG)
    command = [sys.executable, "-m", "azml_magics.cli", "run", "submit", "train.py", "--python", "current"]
    variables = {**os.environ, "AZML_WORKSPACE": str(session.workspace.root)}
    with subprocess.Popen(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as submitter:
        assert submitter.stdout is not None
        family = submitter.stdout.readline().split()
        submitter.send_signal(signal.SIGINT)
        _, said = submitter.communicate()
    assert submitter.returncode == 130
    assert "running train.py was cancelled" in said
    assert session.runs.get("latest").state == "Canceled"
    assert not any(psutil.pid_exists(int(word)) for word in family)
