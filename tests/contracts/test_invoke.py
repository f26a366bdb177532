"""Scripts run once with no server: recorded server cases, broken scripts, news, cancelling."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import CancelledError, DeclarationError, PreflightError, ScoringError, ScriptError, StartError
from azml_magics.events import Event, LogLine, discard
from azml_magics.services.invocations import Invoker, invocation_lock
from azml_magics.session import Session
from azml_magics.system.locks import locked
from tests.contracts.recorded import NOT_APPLICABLE, REQUIREMENTS, Case, normalised_body, read_cases, request_body
from tests.contracts.test_broken_scripts import SCRIPTS
from tests.ends import has_ended
from tests.require import require

CASES = [case for case in read_cases() if case.name not in NOT_APPLICABLE]
SERVED = [case for case in CASES if case.exit_code is None and case.name != "workers2_init_count"]
REFUSED = [case for case in CASES if case.exit_code == 3]
#: Each request is a process of its own here, so of many requests to one script every sixth is replayed.
EVERY = 6
#: Requests whose answers show what is always sent: a content type, an id.
BARE = {("requests", "env"), ("run_request_headers", "headers"), ("inference_schema_numpy", "no-ct")}


def selected(case: Case) -> list[dict[str, Any]]:
    chosen = case.requests if len(case.requests) < EVERY else case.requests[::EVERY]
    return [request for request in chosen if (case.name, request["label"]) not in BARE]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("invoke")
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    opened = Session(folder / ".azml", working_directory=folder)
    yield opened
    for report in opened.services():
        if report.state == "running":
            opened.stop(report.name)


def define(session: Session, script: str, **changes: Any) -> Deployment:
    """A deployment of the text ``script``."""
    (session.working_directory / "score.py").write_text(script)
    request = {"requirements_file": "requirements.txt", **changes}
    return session.define(DeployRequest("once", "score.py", **request))


def define_case(session: Session, case: Case, folder: Path) -> Deployment:
    source = folder / "app"
    for name, text in case.files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    variables = case.variables(source)
    script, source_directory = case.entry_script, source if len(case.files) > 1 else None
    if variables.get("AZUREML_SOURCE_DIRECTORY") == "src":
        script, source_directory = "score.py", source / variables.pop("AZUREML_SOURCE_DIRECTORY")
    return session.define(
        DeployRequest(
            "once",
            script if source_directory else str(source / script),
            requirements_file="requirements.txt",
            source_directory=None if source_directory is None else str(source_directory),
            environment_variables=tuple(sorted(variables.items())),
            skip_checks=True,
        )
    )


@pytest.mark.parametrize("case", SERVED, ids=lambda case: case.name)
def test_recorded_answers(session: Session, case: Case, tmp_path: Path) -> None:
    deployment = define_case(session, case, tmp_path)
    app = session.workspace.root / "invocations" / "once" / "app"
    for recorded in selected(case):
        request = ScoringRequest(request_body(recorded["body"]) or b"", tuple(recorded["headers"].items()))
        invoker = Invoker(session.workspace, session.check, discard, Cancel())
        answer = invoker.invoke(deployment, request, method=recorded["method"], path=recorded["path"])
        expected = recorded["response"]
        text = answer.body.hex() if expected["body_encoding"] == "hex" else answer.body.decode()
        where = f"{case.name}/{recorded['label']}"
        assert (answer.status, normalised_body(text, app, 5001)) == (expected["status"], expected["body"]), where


@pytest.mark.parametrize("case", REFUSED[::3], ids=lambda case: case.name)
def test_recorded_refusals(session: Session, case: Case, tmp_path: Path) -> None:
    with pytest.raises(StartError) as caught:
        session.invoke(define_case(session, case, tmp_path), ScoringRequest(b"1"))
    assert caught.value.process_exit_code == case.exit_code


def test_how_many_recorded_requests_are_replayed() -> None:
    if not CASES:
        require("vectors")
    replayed = sum(len(selected(case)) for case in SERVED)
    print(f"recorded requests replayed without a server: {replayed} of {sum(len(case.requests) for case in CASES)}")
    assert replayed > 25


@pytest.mark.parametrize("name", ["init raises", "import fails", "run(*args)", "no run"])
def test_documented_broken_scripts(session: Session, name: str) -> None:
    script, code, _, told = SCRIPTS[name]
    deployment = define(session, script, skip_checks=True)
    with pytest.raises(ScriptError) as caught:
        session.invoke(deployment, ScoringRequest(b"1"))
    assert told in caught.value.exception
    if code is not None:
        with pytest.raises(PreflightError):
            session.invoke(define(session, script), ScoringRequest(b"1"))


def test_failures_are_told_by_the_line_of_the_cell(session: Session) -> None:
    text = "def init():\n    pass\n\n\ndef run(data):\n    return 1 / int(data)\n"
    session.declare(EntryScript("cell.py", text, Origin("cell In [7]", 1)))
    deployment = session.define(DeployRequest("once", "cell.py", requirements_file="requirements.txt"))
    answer = session.invoke(deployment, ScoringRequest(b"0"))
    assert answer.status == 500
    assert answer.traceback[-1] != ""
    assert [(str(frame.origin), frame.function, frame.text) for frame in answer.frames] == [
        ("cell In [7], line 7", "run", "return 1 / int(data)")
    ]
    session.declare(EntryScript("cell.py", text.replace("pass", "open('nothing')"), Origin("cell In [8]", 1)))
    deployment = session.define(DeployRequest("once", "cell.py", requirements_file="requirements.txt"))
    with pytest.raises(ScriptError) as caught:
        session.invoke(deployment, ScoringRequest(b"0"))
    assert caught.value.code == "init-failed"
    assert [str(frame.origin) for frame in caught.value.frames] == ["cell In [8], line 3"]


def test_what_the_script_prints_and_where_it_runs(session: Session) -> None:
    script = (
        "import logging, os, sys\nprint('imported')\n"
        "def init():\n    sys.stderr.write('raw\\n')\n    logging.getLogger('azmlinfsrv.mine').info('logged')\n"
        "def run(data):\n    print('two\\nlines')\n"
        "    return [os.getcwd() == os.environ['AML_APP_ROOT'], os.environ['GREETING'],"
        " sorted(name for name in os.environ if name.startswith('AZML_'))]\n"
    )
    deployment = define(session, script, environment_variables=(("GREETING", "hello"),))
    news: list[Event] = []
    answer = session.invoke(deployment, ScoringRequest(b""), emit=news.append)
    assert answer.json() == [True, "hello", []]
    assert answer.printed == ("imported", "raw", "logged", "two", "lines")
    assert any(isinstance(event, LogLine) and "two" in event.text for event in news)
    assert session.services() == []


def test_a_script_that_ends_its_process(session: Session) -> None:
    deployment = define(session, "import os\ndef init(): pass\ndef run(data): os._exit(9)\n")
    with pytest.raises(ScoringError) as caught:
        session.invoke(deployment, ScoringRequest(b"1"))
    assert caught.value.code == "worker-ended"
    assert "exit code 9" in caught.value.brief


def test_threads_of_the_script_do_not_keep_it_alive(session: Session) -> None:
    script = (
        "import atexit, threading\n"
        "def init():\n    threading.Thread(target=threading.Event().wait).start()\n"
        "    atexit.register(lambda: open('at-exit', 'w').close())\n"
        "def run(data): return data\n"
    )
    assert session.invoke(define(session, script), ScoringRequest(b"1")).json() == "1"
    assert (session.workspace.root / "invocations" / "once" / "app" / "at-exit").exists()


def test_init_may_take_longer_than_a_request(session: Session) -> None:
    """gunicorn does not end workers that have not begun to serve: the limit is one of requests."""
    script = "import time\ndef init(): time.sleep(1.5)\ndef run(data): return data\n"
    deployment = define(session, script, environment_variables=(("WORKER_TIMEOUT", "1"),))
    assert session.invoke(deployment, ScoringRequest(b"1")).status == 200


def test_cancelling_ends_everything_the_script_started(session: Session) -> None:
    script = (
        "import subprocess, threading\ndef init(): pass\n"
        "def run(data):\n    child = subprocess.Popen(['sleep', '1000'])\n"
        "    print('child', child.pid)\n    threading.Event().wait()\n"
    )
    deployment = define(session, script)
    cancel, children = Cancel(), []

    def tell(event: Event) -> None:
        if isinstance(event, LogLine) and "child " in event.text:
            children.append(psutil.Process(int(event.text.split()[-1])))
            threading.Thread(target=cancel.request).start()

    with pytest.raises(CancelledError):
        session.invoke(deployment, ScoringRequest(b"1"), emit=tell, cancel=cancel)
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert (len(gone), alive) == (1, [])


def test_who_waits_for_another_one_is_told(session: Session) -> None:
    deployment = define(session, "def init(): ...\ndef run(data): return 1\n")
    cancel, begun = Cancel(), threading.Event()
    over, told = threading.Event(), []

    def invoke_too() -> None:
        with locked(invocation_lock(session.workspace, "once")):
            begun.set()
            over.wait()

    def emit(event: Event) -> None:
        told.append(event)
        cancel.request()

    other = threading.Thread(target=invoke_too)
    other.start()
    begun.wait()
    try:
        with pytest.raises(CancelledError):
            session.invoke(deployment, ScoringRequest(b"1"), emit=emit, cancel=cancel)
    finally:
        over.set()
        other.join()
    assert ["once is being invoked in another notebook or terminal" in str(event) for event in told] == [True]


#: Starts one that goes on printing where the script prints, and one in a session of its own.
LEAVES = """\
import subprocess, sys
def init():
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    print(subprocess.Popen(command).pid, subprocess.Popen(command, start_new_session=True).pid)
def run(data): return 1
"""


def test_what_a_script_leaves_behind_ends_with_it(session: Session) -> None:
    invocation = session.invoke(define(session, LEAVES), ScoringRequest(b"1"))
    assert invocation.status == 200
    assert all(has_ended(int(word)) for word in " ".join(invocation.printed).split())


INVOKE = """\
import sys
from pathlib import Path
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.session import Session

session = Session(Path(sys.argv[1]), working_directory=Path(sys.argv[2]))
deployment = session.define(DeployRequest("killed", "score.py", requirements_file="requirements.txt"))
session.invoke(deployment, ScoringRequest(b"1"))
"""


def test_whoever_is_killed_leaves_no_script_behind(session: Session, tmp_path: Path) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    define(session, f"import os, signal\ndef init():\n    open({str(pipe)!r}, 'w').write(str(os.getpid()))\n"
                    "    signal.pause()\ndef run(data): ...\n")  # fmt: skip
    command = [sys.executable, "-c", INVOKE, str(session.workspace.root), str(session.working_directory)]
    with subprocess.Popen(command) as invoker:
        script = int(pipe.read_text())
        invoker.kill()
    assert has_ended(script)


def test_a_service_is_invoked_as_it_was_asked_for_with_its_script_now(session: Session) -> None:
    (session.working_directory / "served.py").write_text("def init(): pass\ndef run(data): return 1\n")
    request = DeployRequest("served", "served.py", requirements_file="requirements.txt")
    session.deploy(request)
    (session.working_directory / "served.py").write_text("def init(): pass\ndef run(data): return 2\n")
    assert session.invoke(session.define_again("served", {}), ScoringRequest(b"")).json() == 2
    assert session.score("served", ScoringRequest(b"")).json() == 1
    session.stop("served")


def test_containers_are_not_for_this(session: Session) -> None:
    deployment = define(session, "def init(): pass\ndef run(data): return 1\n", engine="docker")
    with pytest.raises(DeclarationError) as caught:
        session.invoke(deployment, ScoringRequest(b"1"))
    assert caught.value.code == "invoke-engine"
    assert "--engine process" in caught.value.remedy


def test_the_command_line(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from azml_magics.cli.main import main

    monkeypatch.chdir(session.working_directory)
    Path("line.py").write_text("def init(): print('here')\ndef run(data): return data\n")
    definition = ["--requirements", "requirements.txt", "--entry-script", "line.py"]
    assert main(["invoke", "lines", *definition, "--data", "[1]", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["body"], found["printed"], found["status"]) == ("[1]", ["here"], 200)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"[2]")))
    assert main(["invoke", "lines", *definition, "--data", "-"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ['"[2]"', "printed:", "  here"]
    Path("line.py").write_text("def init(): pass\ndef run(data): raise KeyError(data)\n")
    assert main(["invoke", "lines", *definition, "--data", "3"]) == 1
    assert "KeyError" in capsys.readouterr().out


def test_a_cell_with_the_request_below_its_line(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from azml_magics.magics.state import STATE

    monkeypatch.chdir(session.working_directory)
    monkeypatch.setenv("AZML_PANEL", "none")
    STATE.__init__()  # type: ignore[misc]  # everything it remembers is its own attributes
    make_shell: Any = InteractiveShell
    shell = make_shell(config=Config({"HistoryManager": {"enabled": False}}))
    assert shell.run_cell("%load_ext azml_magics").success
    script = "def init():\n    print('here')\n\n\ndef run(data):\n    return {'you': 1 / int(data)}\n"
    shell.run_cell(f"%%entry_script cell.py\n{script}")
    line = "celled --requirements requirements.txt --entry-script cell.py"
    found = shell.run_cell(f"%%invoke {line}\n4")
    assert repr(found.result).splitlines() == ["200 OK", '{"you": 0.25}', "printed:", "  here"]
    failed = shell.run_cell(f"%azml invoke {line} --data 0")
    assert failed.success
    assert "  cell %%entry_script cell.py, line 7, in run" in repr(failed.result).splitlines()
    assert "ZeroDivisionError" in repr(shell.run_cell("%azml why").result)
    assert shell.run_cell(f"%invoke {line} --data 1").result.json() == {"you": 1.0}
    broken = shell.run_cell("%%entry_script cell.py\ndef init():\n    open('no')\ndef run(data): return 1\n")
    assert broken.success
    refused = shell.run_cell(f"%%invoke {line}\n4")
    assert isinstance(refused.error_in_exec, ScriptError)
