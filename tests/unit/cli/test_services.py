"""``azml`` as a program of its own, against real services: what scripts and people see of their life."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """\
import json
def init(): ...
def run(data):
    return {"sum": FACTOR * sum(json.loads(data))}
FACTOR = 1
"""
DEPLOY = ("digits", "--requirements", "requirements.txt", "--entry-script", "score.py")
Azml = Callable[..., subprocess.CompletedProcess[str]]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "azml_magics.cli", *words]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("services")
    (made / "requirements.txt").write_text("# nothing but the server\n")
    (made / "score.py").write_text(SCRIPT)
    return made


@pytest.fixture(scope="module")
def azml(folder: Path) -> Iterator[Azml]:
    """Runs ``azml WORDS`` in the folder; every service is stopped in the end."""

    def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words),
            cwd=folder,
            env=environment(folder),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    yield run
    assert run("stop", "--all").returncode == 0


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "AZML_WORKSPACE": str(folder / ".azml")}


@pytest.fixture(scope="module")
def deployed(azml: Azml) -> dict[str, Any]:
    done = azml("deploy", *DEPLOY, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_deploy_reports_what_was_promised(deployed: dict[str, Any]) -> None:
    assert (deployed["name"], deployed["state"], deployed["engine"]) == ("digits", "running", "process")
    assert deployed["scoring_uri"] == f"http://localhost:{deployed['port']}/score"
    assert deployed["swagger_uri"] == f"http://localhost:{deployed['port']}/swagger.json"
    assert deployed["pid"] > 0
    assert Path(deployed["log_path"]).is_file()
    assert {"check", "plan", "packages", "start", "healthy"} <= deployed["stages"].keys()


def test_services_are_seen_by_other_processes(azml: Azml, deployed: dict[str, Any]) -> None:
    listed = json.loads(azml("services", "--json").stdout)
    assert [service["pid"] for service in listed if service["name"] == "digits"] == [deployed["pid"]]
    assert f"http://localhost:{deployed['port']}/score" in azml("services").stdout


@pytest.mark.usefixtures("deployed")
def test_score_from_words_file_and_stdin(azml: Azml, folder: Path) -> None:
    (folder / "numbers.json").write_text("[1, 2, 3]")
    for words, stdin in ((["[1, 2, 3]"], ""), (["@numbers.json"], ""), (["-"], "[1, 2, 3]")):
        done = azml("score", "digits", "--data", *words, stdin=stdin)
        assert done.returncode == 0
        status, body = done.stdout.splitlines()
        assert status.startswith("200 OK (")
        assert json.loads(body) == {"sum": 6}
        assert done.stderr == ""
    assert json.loads(azml("score", "digits", "--data", "[4]", "--json").stdout)["body"] == {"sum": 4}


@pytest.mark.usefixtures("deployed")
def test_answer_that_is_an_error(azml: Azml) -> None:
    done = azml("score", "digits", "--data", "no json")
    assert done.returncode == 1
    assert done.stdout.startswith("500 Internal Server Error")
    assert "score.py, line 4, in run" in done.stdout
    assert "JSONDecodeError" in done.stdout
    document = json.loads(azml("score", "digits", "--data", "no json", "--json").stdout)
    assert (document["status"], document["frames"][-1]["function"]) == (500, "run")
    history = json.loads(azml("requests", "digits", "--limit", "1", "--json").stdout)
    assert [request["request_id"] for request in history] == [document["request_id"]]


@pytest.mark.usefixtures("deployed")
def test_load_test(azml: Azml) -> None:
    azml("score", "digits", "--data", "[1, 2]")
    before = json.loads(azml("requests", "digits", "--json").stdout)
    done = azml("load-test", "digits", "--requests", "30", "--concurrency", "3")
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.startswith("30 requests to digits, 3 at a time in ")
    assert head.endswith(", no errors")
    assert any("statuses  200: 30" in line for line in lines)
    assert done.stderr.startswith("load      done  (")
    document = json.loads(azml("load-test", "digits", "--requests", "10", "--data", "no json", "--json").stdout)
    assert (document["requests"], document["errors"], document["statuses"]) == (10, 10, {"500": 10})
    assert document["failures"][0].endswith("(10 times)")
    assert json.loads(azml("requests", "digits", "--json").stdout) == before


@pytest.mark.usefixtures("deployed")
def test_load_test_as_an_exit_code(azml: Azml) -> None:
    assert azml("load-test", "digits", "--requests", "2", "--data", "no json").returncode == 1
    for words, code in ((["--requests", "0"], "invalid-value"), (["--concurrency", "1000"], "load-test-size")):
        refused = azml("load-test", "digits", *words)
        assert refused.returncode == 2
        assert f"DeclarationError ({code})" in refused.stderr


@pytest.mark.usefixtures("deployed")
def test_logs(azml: Azml) -> None:
    azml("score", "digits", "--data", "[1]")
    assert "POST /score" in azml("logs", "digits", "--tail", "1").stdout
    assert len(azml("logs", "digits").stdout.splitlines()) > 3


@pytest.mark.usefixtures("deployed")
def test_following_a_log_ends_with_ctrl_c(folder: Path) -> None:
    words = command("logs", "digits", "--follow", "--tail", "1")
    with subprocess.Popen(
        words, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        assert follower.stderr is not None
        assert follower.stdout.readline()
        follower.send_signal(signal.SIGINT)
        assert follower.wait(120) == 130
        assert follower.stderr.read() == ""


@pytest.mark.usefixtures("deployed")
def test_reader_that_goes_away(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("logs", "digits"),
        cwd=folder,
        env=environment(folder),
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.usefixtures("deployed")
def test_reload_and_the_script_that_does_not_load(azml: Azml, folder: Path) -> None:
    try:
        (folder / "score.py").write_text(SCRIPT.replace("FACTOR = 1", "FACTOR = 10"))
        done = azml("reload", "digits")
        assert done.returncode == 0, done.stderr
        assert json.loads(azml("score", "digits", "--data", "[1]", "--json").stdout)["body"] == {"sum": 10}
        (folder / "score.py").write_text(SCRIPT + "raise ValueError('no model')\n")
        broken = azml("reload", "digits", "--json")
        assert broken.returncode == 4
        error = json.loads(broken.stderr)["error"]
        assert error["exception"] == "ValueError: no model"
        assert error["frames"][-1]["line"] == 6
        assert json.loads(azml("score", "digits", "--data", "[1]", "--json").stdout)["body"] == {"sum": 10}
    finally:
        (folder / "score.py").write_text(SCRIPT)
        azml("reload", "digits")


def test_stopped_service(azml: Azml) -> None:
    assert azml("deploy", "short", *DEPLOY[1:]).returncode == 0
    stopped = azml("stop", "short", "--json")
    assert json.loads(stopped.stdout)["state"] == "stopped"
    done = azml("score", "short", "--data", "[1]")
    assert done.returncode == 5
    assert "service 'short' is stopped" in done.stderr
    assert azml("logs", "short").stdout != ""


def test_plain_progress_and_failure_of_init(azml: Azml, folder: Path) -> None:
    (folder / "broken.py").write_text("def init():\n    raise ValueError('no model')\ndef run(data): ...\n")
    done = azml("deploy", "broken", "--requirements", "requirements.txt", "--entry-script", "broken.py")
    assert done.returncode == 4
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("check     done  (")
    assert "ScriptError (init-failed): service 'broken' did not start: broken.py failed in init()" in lines
    assert "  broken.py, line 2, in init" in lines
    assert "azureml_inference_server_http" not in done.stderr


def test_ctrl_c_leaves_nothing_running(azml: Azml, folder: Path) -> None:
    begun = folder / "begun"
    os.mkfifo(begun)
    script = f"import threading\ndef init():\n    open({str(begun)!r}, 'w').close()\n    threading.Event().wait()\n"
    (folder / "slow.py").write_text(script + "def run(data): ...\n")
    words = command("deploy", "slow", "--requirements", "requirements.txt", "--entry-script", "slow.py")
    with subprocess.Popen(
        words, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as deploying:
        begun.read_text()  # returns when init() has opened and closed its end
        deploying.send_signal(signal.SIGINT)
        _, news = deploying.communicate(timeout=300)
    assert deploying.returncode == 130
    assert news.splitlines()[-1] == "deploying slow was cancelled"
    states = {service["name"]: service["state"] for service in json.loads(azml("services", "--json").stdout)}
    assert states.get("slow") == "stopped"


def test_notebook_as_declaration(azml: Azml, folder: Path) -> None:
    cells = [
        '%%environment book\nenvironment_variables: {FACTOR: "7"}',
        "%%entry_script score.py\nimport os\ndef init(): ...\ndef run(data):\n    return int(os.environ['FACTOR'])",
        "%azml deploy book --environment book --entry-script score.py",
    ]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
            for cell in cells
        ],
    }
    (folder / "book.ipynb").write_text(json.dumps(notebook))
    assert azml("check", "book.ipynb").returncode == 0
    done = azml("deploy", "book.ipynb", "--env", "FACTOR=8", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["environment"] == "book:1"
    assert json.loads(azml("score", "book", "--data", "1", "--json").stdout)["body"] == 8


def test_demo(azml: Azml) -> None:
    done = azml("demo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the demo works: ")
    assert '{"count": 4, "sum": 10}' in done.stdout
    assert "azml --help" in done.stdout
    states = {service["name"]: service["state"] for service in json.loads(azml("services", "--json").stdout)}
    assert states["azml-demo"] == "stopped"
