"""Whoever deploys is killed while the service starts: nothing goes on that nobody knows of."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.engines import get_engine
from azml_magics.session import Session
from tests.contracts.test_lifecycle import assert_nothing_runs, request, running
from tests.ends import has_ended

QUICK = "def init(): pass\ndef run(d): return 'quick'\n"
#: Says that it waits, and shows by the end of its channel that it has ended.
WAITING = """
import os, time
def init():
    channel = os.open(os.environ["CHANNEL"], os.O_WRONLY)
    os.write(channel, b"init\\n")
    time.sleep(600)
def run(d): return 1
"""


HERE = pytest.mark.parametrize("variant", ["process"], indirect=True, scope="session")


@contextmanager
def killed_deployer(folder: Path, moment: str, wanted: DeployRequest) -> Iterator[subprocess.Popen[str]]:
    usual = DeployRequest("", "")
    fields = {name: value for name, value in vars(wanted).items() if value != getattr(usual, name)}
    program = Path(__file__).parent / "killed_deployer.py"
    child = subprocess.Popen(
        [sys.executable, str(program), str(folder), moment, json.dumps(fields)], stdout=subprocess.PIPE, text=True
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def assert_all_end(session: Session, name: str) -> None:
    """What is killed together ends one after the other."""
    assert all(has_ended(pid) for pid in running(session, name))
    assert_nothing_runs(session, name)


@pytest.mark.parametrize("moment", ["started", "saving"])
@HERE
def test_a_service_that_nobody_wrote_down_ends(session: Session, contract_folder: Path, moment: str) -> None:
    (contract_folder / "quick.py").write_text(QUICK)
    wanted = request("left", contract_folder / "quick.py", "process")
    with killed_deployer(contract_folder, moment, wanted) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        assert child.wait(300) == -signal.SIGKILL
    assert has_ended(pid)
    assert_all_end(session, "left")
    assert session.stop("left").state == "stopped"


@HERE
def test_where_a_process_hangs_on_nobody_the_next_who_looks_ends_it(session: Session, contract_folder: Path) -> None:
    (contract_folder / "quick.py").write_text(QUICK)
    wanted = request("loose", contract_folder / "quick.py", "process")
    with killed_deployer(contract_folder, "loose", wanted) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        assert child.wait(300) == -signal.SIGKILL
    assert psutil.pid_exists(pid)  # it could not know
    first = session.deploy(wanted)
    assert has_ended(pid)
    assert first.pid != pid
    session.stop("loose")
    assert_nothing_runs(session, "loose")


@pytest.mark.parametrize("preload", ["false", "true"])
@HERE
def test_a_service_in_its_init_ends(session: Session, contract_folder: Path, tmp_path: Path, preload: str) -> None:
    (contract_folder / "waiting.py").write_text(WAITING)
    channel = tmp_path / "channel"
    os.mkfifo(channel)
    variables = (("CHANNEL", str(channel)), ("WORKER_PRELOAD", preload), ("WORKER_COUNT", "2"))
    wanted = request("waits", contract_folder / "waiting.py", "process", environment_variables=variables)
    with killed_deployer(contract_folder, "init", wanted) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        with channel.open() as news:
            assert news.readline() == "init\n"
            child.kill()
            news.read()  # every worker has ended
    assert has_ended(pid)
    assert_all_end(session, "waits")


@HERE
def test_a_service_that_was_written_down_lives_on(session: Session, contract_folder: Path) -> None:
    (contract_folder / "quick.py").write_text(QUICK)
    first = session.deploy(request("known", contract_folder / "quick.py", "process"))
    former = session.workspace.get_service("known").endpoint
    assert former is not None
    # The new one takes the row while the former one still runs, and the other way round it is not.
    variables = (("CHANGED", "yes"),)
    wanted = request("known", contract_folder / "quick.py", "process", environment_variables=variables)
    for moment, survivor_changes in (("saving", False), ("saved", True)):
        with killed_deployer(contract_folder, moment, wanted) as child:
            assert child.stdout is not None
            pid = int(child.stdout.readline())
            assert child.wait(300) == -signal.SIGKILL
        now = session.service("known")
        assert now.state == "running"
        assert (now.pid == pid) == survivor_changes
        assert (now.pid == first.pid) != survivor_changes
        assert session.score("known", ScoringRequest(b"{}")).json() == "quick"
    session.services()  # who looks ends the one that was to be replaced, of which nobody knows any more
    assert first.pid is not None
    assert has_ended(first.pid)
    session.stop("known")
    assert_all_end(session, "known")
    get_engine("process").stop(former)  # it was no longer known when its end would have come
    assert_all_end(session, "known")
