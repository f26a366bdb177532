"""``%azml`` in a terminal: progress line by line, one result, and what settings change."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import parse_command
from azml_magics.errors import AzmlError, BuildError, CancelledError, NotFoundError, ServiceError
from azml_magics.events import Emit
from azml_magics.jobs import Job
from azml_magics.journal.records import new_job_id
from azml_magics.magics import waiting
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.show.frontend import TERMINAL

Captured = pytest.CaptureFixture[str]
LIMIT_SECONDS = 120
SETTINGS = Settings("", TERMINAL, {})


def error_of(shell: Any, cell: str) -> AzmlError:
    error = shell.run_cell(cell).error_in_exec
    assert isinstance(error, AzmlError), error
    return error


def test_demo_in_a_terminal(shell: Any, capsys: Captured) -> None:
    demo = shell.run_cell("demo = %azml demo\ndemo").result
    assert demo.response.json() == {"count": 4, "sum": 10}
    assert repr(demo).startswith("the demo works")
    written = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "  done  (" in line]
    assert written == ["check", "plan", "packages", "start", "healthy", "score", "stop"]
    assert STATE.declarations.environments == {}
    assert repr(shell.run_cell("%azml services").result).splitlines() == [
        *("no service runs", "1 stopped service: services --all"),
    ]
    listed = shell.run_cell("%azml services --all").result
    assert repr(listed).splitlines()[-1].split()[:2] == ["azml-demo", "stopped"]


def test_settings_replace_defaults_but_not_what_is_said() -> None:
    defaults = {"wait_seconds": 7.0, "timeout_seconds": 3.0}
    deploy = "deploy digits --python current --entry-script score.py"
    assert parse_command(deploy).filled(defaults).seconds("wait_seconds") == 7.0
    said = parse_command(f"{deploy} --wait-seconds 9").filled(defaults)
    assert said.seconds("wait_seconds") == 9.0
    assert "timeout_seconds" not in said.by_dest
    assert parse_command("score digits --data 1").filled(defaults).seconds("timeout_seconds") == 3.0


def test_standard_input_is_refused(shell: Any) -> None:
    error = error_of(shell, "%azml score digits --data -")
    assert error.code == "no-stdin"
    assert "%%score" in error.remedy


def remember(job: Job[object]) -> None:
    """As a deployment of this kernel."""
    STATE.remember_job(job, job_id=new_job_id(), verb="deploy", outlives=lambda: False)


def finished_job(name: str, error: Exception | None = None) -> Job[object]:
    def work(emit: Emit, cancel: Cancel) -> object:
        if error is not None:
            raise error
        return None

    job: Job[object] = Job(name, work)
    job.start().wait()
    remember(job)
    return job


def test_failure_of_the_job_explains_the_missing_service(shell: Any) -> None:
    finished_job("digits", BuildError("no wheel", remedy="choose another"))
    error = error_of(shell, "%azml logs digits")
    assert isinstance(error, ServiceError)
    assert (error.code, error.remedy) == ("deploy-failed", "choose another")
    assert isinstance(error.__cause__, BuildError)
    assert "no wheel" in error.brief
    assert isinstance(error_of(shell, "%azml logs other"), NotFoundError)


def test_other_errors_are_not_blamed_on_the_job(shell: Any) -> None:
    finished_job("digits")
    assert error_of(shell, "%azml logs digits").code == "unknown-service"
    finished_job("digits", ZeroDivisionError("a bug"))
    assert error_of(shell, "%azml logs digits").code == "unknown-service"


def test_waits_for_jobs_of_that_name_only(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    class Screen(io.StringIO):
        """Lets the job end once it is said that it is waited for."""

        def write(self, text: str) -> int:
            if text == "waiting for digits ...\n":
                go.set()
            return len(text)

    def work(emit: Emit, cancel: Cancel) -> object:
        assert go.wait(LIMIT_SECONDS)
        return None

    job: Job[object] = Job("digits", work)
    remember(job.start())
    assert error_of(shell, "%azml logs other").code == "unknown-service"
    with waiting.service_ready(parse_command("services"), SETTINGS):
        assert job.state == "running"
    monkeypatch.setattr("sys.stdout", Screen())
    with waiting.service_ready(parse_command("stop --all"), SETTINGS):
        assert job.wait(0)


def test_jobs_are_listed_and_cancelled(shell: Any) -> None:
    begun = threading.Event()

    def work(emit: Emit, cancel: Cancel) -> object:
        asked = threading.Event()
        cancel.add_hook(asked.set)
        begun.set()
        assert asked.wait(LIMIT_SECONDS)
        cancel.check("deploying")
        return None

    remember(Job("digits", work).start())
    assert begun.wait(LIMIT_SECONDS)
    assert repr(shell.run_cell("%azml jobs").result).splitlines()[-1].split() == ["digits", "running"]
    shell.run_cell("%azml cancel --all")
    assert STATE.jobs["digits"].state == "cancelled"
    assert isinstance(error_of(shell, "%azml wait digits"), CancelledError)
    assert repr(shell.run_cell("%azml wait").result).splitlines()[-1].split()[:2] == ["digits", "cancelled"]


@pytest.mark.parametrize(("answer", "remains"), [("", True), ("no", True), ("Yes", False)])
def test_prune_asks_before_it_removes(
    answer: str, remains: bool, shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    unused = tmp_path / ".azml" / "packages" / "venvs" / "abc"
    unused.mkdir(parents=True)
    assert error_of(shell, "%azml prune").code == "cannot-ask"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert error_of(shell, "%azml prune --json").code == "cannot-ask"
    done = shell.run_cell("%azml prune")
    assert "1 thing may go" in capsys.readouterr().out
    assert unused.exists() == remains
    assert (done.error_in_exec is not None) == remains
