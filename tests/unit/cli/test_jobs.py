"""``azml jobs``, ``wait`` and ``cancel``: what another process does in the workspace."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.cli.main import main
from azml_magics.errors import BuildError
from azml_magics.events import Emit, StepStarted, discard
from azml_magics.jobs import Job
from azml_magics.journal.recording import recorded

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AZML_WORKSPACE", raising=False)


def begin(root: Path, name: str) -> Job[int]:
    """Recorded work that goes on until it is cancelled."""
    begun = threading.Event()

    def work(emit: Emit, cancel: Cancel) -> int:
        asked = threading.Event()
        cancel.add_hook(asked.set)
        emit(StepStarted("build"))
        begun.set()
        asked.wait()
        cancel.check(f"deploying {name}")
        return 1

    job = Job(name, recorded(work, root, verb="deploy", name=name, doing=f"deploying {name}")).start()
    begun.wait()
    return job


def test_jobs_are_listed_cancelled_and_awaited(tmp_path: Path, capsys: Captured) -> None:
    assert main(["jobs"]) == 0
    assert capsys.readouterr().out == "nothing runs\n"
    job = begin(tmp_path / ".azml", "digits")
    assert main(["jobs"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["digits", "running", "build"]
    assert main(["cancel", "digits"]) == 0
    assert capsys.readouterr().out == "deployment of digits is cancelled\n  error  deploying digits was cancelled\n"
    assert job.state == "cancelled" or job.wait()
    assert main(["wait", "digits"]) == 130
    assert "deploying digits was cancelled" in capsys.readouterr().err
    assert main(["wait", "digist"]) == 2
    assert "did you mean digits?" in capsys.readouterr().err


def test_all_of_them(tmp_path: Path, capsys: Captured) -> None:
    jobs = [begin(tmp_path / ".azml", name) for name in ("one", "two")]
    assert main(["cancel"]) == 2
    assert "write cancel NAME or cancel --all" in capsys.readouterr().err
    assert main(["cancel", "--all", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["state"]) for each in listed] == [("one", "cancelled"), ("two", "cancelled")]
    assert all(job.wait() for job in jobs)
    assert main(["wait"]) == 0


def test_what_failed_fails_whoever_waits(tmp_path: Path, capsys: Captured) -> None:
    def work(emit: Emit, cancel: Cancel) -> int:
        raise BuildError("no wheel", remedy="choose another")

    root = tmp_path / ".azml"
    job = Job("digits", recorded(work, root, verb="environment build", name="digits", doing="building digits")).start()
    job.wait()
    assert main(["wait", "digits"]) == 3
    assert "choose another" in capsys.readouterr().err
    recorded(lambda emit, cancel: 1, root, verb="environment build", name="done", doing="building done")(
        discard, Cancel()
    )
    assert main(["wait", "done"]) == 0
    assert capsys.readouterr().out == "environment build of done is done\n"
