"""Runs from the command line and from a notebook's cells: what is printed, what is given back, what is told wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from azml_magics.cli.main import main
from azml_magics.definitions.run import RunDetails
from azml_magics.errors import RunError
from azml_magics.magics.state import STATE

Captured = pytest.CaptureFixture[str]
SCRIPT = """\
import sys
from azureml.core import Run
print("given", sys.argv[1:])
Run.get_context().log("mse", 0.5)
open("outputs/model.pkl", "w").write("model")
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("AZML_WORKSPACE", "AZML_PANEL", "VOILA_KERNEL_ID"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path


def test_the_command_line(here: Path, capsys: Captured) -> None:
    assert main(["run", "submit", "train.py", "--python", "current", "--", "--json", "--verbose", "--help"]) == 0
    written = capsys.readouterr()
    lines = written.out.splitlines()
    assert lines[0] == "given ['--json', '--verbose', '--help']"
    assert lines[1].startswith("run train_")
    assert lines[1].endswith(" is Completed")
    assert "start     done" in written.err
    assert main(["run", "show", "latest", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["arguments"] == ["--json", "--verbose", "--help"]
    assert shown["metrics"]["mse"]["last"] == 0.5
    assert shown["files"] == ["outputs/model.pkl", "user_logs/std_log.txt"]
    for words in (["run", "logs", "latest"], ["run", "logs", shown["id"], "--follow", "--tail", "1"]):
        assert main(words) == 0
        assert capsys.readouterr().out == "given ['--json', '--verbose', '--help']\n"
    assert main(["run", "logs", "latest", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == ["given ['--json', '--verbose', '--help']"]
    register = ["run", "register-model", "latest", "--name", "digits", "--path", "outputs/model.pkl", "--json"]
    assert main(register) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["azml.run_id"] == shown["id"]
    assert main(["run", "download", "latest", "-d", "copies", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == [str(here / "copies" / "model.pkl")]
    assert main(["run", "list", "--experiment", "train"]) == 0
    assert shown["id"] in capsys.readouterr().out
    assert main(["run", "list", "--experiment", "trian"]) == 0
    assert capsys.readouterr().out == "no runs of experiment 'trian'\n"


def test_json_alone_is_printed_where_it_is_asked_for(capsys: Captured) -> None:
    assert main(["run", "submit", "train.py", "--python", "current", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "Completed"


def test_a_run_that_fails_has_an_exit_code_of_its_own(here: Path, capsys: Captured) -> None:
    (here / "train.py").write_text("def load():\n    raise ValueError('no data')\n\nload()\n")
    assert main(["run", "submit", "train.py", "--python", "current"]) == 7
    written = capsys.readouterr()
    assert "  train.py, line 4, in <module>\n" in written.err
    assert "ValueError: no data" in written.out  # as the script printed it
    assert main(["run", "submit", "train.py", "--python", "current", "--json"]) == 7
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["exception"], len(error["frames"])) == ("run-failed", "ValueError: no data", 2)


def test_a_run_in_the_background_is_cancelled_by_another_line(here: Path, capsys: Captured) -> None:
    (here / "train.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    assert main(["run", "submit", "train.py", "--python", "current", "--no-wait", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "Running"
    assert main(["run", "cancel", "latest", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "Canceled"


def test_what_is_not_understood(capsys: Captured) -> None:
    assert main(["run", "submit", "train.py", "--alpha", "0.5"]) == 2
    assert "stands behind --" in capsys.readouterr().err
    assert main(["run", "show", "latest"]) == 2
    assert "azml run submit" in capsys.readouterr().err
    assert main(["run", "--help"]) == 0
    assert "run register-model" in capsys.readouterr().out


@pytest.fixture
def shell(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(here.parent / "ipython"))
    monkeypatch.setenv("AZML_PANEL", "none")
    STATE.__init__()  # type: ignore[misc]  # everything it remembers is its own attributes
    made: Any = InteractiveShell  # not annotated
    shell = made(config=Config({"HistoryManager": {"enabled": False}}))
    assert shell.run_cell("%load_ext azml_magics").success
    yield shell
    STATE.end_jobs()


def test_a_cell_runs_its_script(shell: Any, capsys: Captured) -> None:
    line = "%%run_script train.py --python current --experiment cell -- --alpha 0.5\n"
    ran = shell.run_cell(line + SCRIPT)
    assert ran.success
    assert isinstance(ran.result, RunDetails)
    assert ran.result.record.state == "Completed"
    looks = repr(ran.result)
    assert looks.startswith("run of train.py is Completed\n  experiment   cell\n")
    assert "outputs/model.pkl" in looks
    assert "outputs/model.pkl" in getattr(ran.result, "_repr_html_")()  # noqa: B009  # of its shown form
    assert ran.result.record.id not in looks
    assert "given ['--alpha', '0.5']\n" in capsys.readouterr().out
    again = shell.run_cell("%%azml " + line.removeprefix("%%") + SCRIPT)
    assert again.success
    assert shell.run_cell("run = %azml run submit train.py --python current\n").success
    assert shell.user_ns["run"].record.script == "train.py"
    capsys.readouterr()
    assert shell.run_cell("%azml run logs latest --follow").success
    assert capsys.readouterr().out.endswith("given []\n")


def test_a_cell_that_fails_names_its_own_lines(shell: Any, capsys: Captured) -> None:
    ran = shell.run_cell("%%run_script train.py --python current\n\nraise ValueError('no data')\n")
    assert isinstance(ran.error_in_exec, RunError)
    lines = ran.error_in_exec.lines()
    assert any("%%run_script train.py, line 3, in <module>" in line for line in lines)
    assert "ValueError: no data" in capsys.readouterr().out
    assert shell.run_cell("%%run_script train.py\nx = (\n").error_in_exec.code == "syntax-error"
    assert not shell.run_cell("%%run_script train.py\n").success
