"""``invoke --debug``: an editor attaches, stops in ``run()``, looks at a variable and goes on."""

from __future__ import annotations

import io
import json
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.scoring import Invocation, ScoringRequest
from azml_magics.errors import CancelledError, DeclarationError
from azml_magics.events import Event, Note
from azml_magics.jobs import Job
from azml_magics.services.invocations import Debug
from azml_magics.session import Session
from tests.contracts.debug_client import DebugClient

SCRIPT = """\
def init():
    pass


def run(data):
    doubled = data * 2
    return doubled
"""
#: The line after the value is there.
RETURN_LINE = 7


def configuration_of(note: str) -> dict[str, Any]:
    """The settings for VS Code that a note ends with."""
    found = json.loads(note[note.index("{") :])
    assert isinstance(found, dict)
    return found


def debug(client: DebugClient, configuration: dict[str, Any], script: Path) -> str:
    """Stop where the value is returned; gives what the debugger shows of it."""
    client.ask("initialize", adapterID="test", pathFormat="path", linesStartAt1=True)
    attached = client.send("attach", **{key: configuration[key] for key in ("request", "pathMappings")})
    client.wait_for("initialized")
    found = client.ask("setBreakpoints", source={"path": str(script)}, breakpoints=[{"line": RETURN_LINE}])
    assert [point["line"] for point in found["breakpoints"]] == [RETURN_LINE]
    client.ask("configurationDone")
    client.answer(attached)
    thread = client.wait_for("stopped")["threadId"]
    frame = client.ask("stackTrace", threadId=thread)["stackFrames"][0]
    assert (frame["name"], frame["line"], frame["source"]["path"]) == ("run", RETURN_LINE, str(script))
    shown = client.ask("evaluate", expression="doubled", frameId=frame["id"])["result"]
    client.ask("continue", threadId=thread)
    client.wait_for("terminated")
    return str(shown)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("debugging")
    (folder / "requirements.txt").write_text("azureml-inference-server-http\n")
    return Session(folder / ".azml", working_directory=folder)


@pytest.mark.parametrize("from_cell", [False, True], ids=["file", "cell"])
def test_a_breakpoint_in_run_is_hit(session: Session, from_cell: bool) -> None:
    path = "cell.py" if from_cell else "file.py"
    if from_cell:
        session.declare(EntryScript(path, SCRIPT, Origin("cell In [1]", 1)))
    else:
        (session.working_directory / path).write_text(SCRIPT)
    deployment = session.define(DeployRequest("debugged", path, requirements_file="requirements.txt"))
    notes: queue.SimpleQueue[str] = queue.SimpleQueue()

    def tell(event: Event) -> None:
        if isinstance(event, Note):
            notes.put(event.text)

    def work(emit: Any, cancel: Any) -> Invocation:
        return session.invoke(deployment, ScoringRequest(b"21"), debug=Debug(), emit=emit, cancel=cancel)

    job = Job("debugged", work, listeners=[tell])
    job.add_end_listener(lambda: notes.put("it ended"))
    job.start()
    note = notes.get(timeout=600)
    assert "waiting for a debugger on 127.0.0.1:" in note, job.result()
    configuration = configuration_of(note)
    app = session.workspace.root / "invocations" / "debugged" / "app"
    script = app / path if from_cell else session.working_directory / path
    assert str(script) in note
    with DebugClient(configuration["connect"]["port"]) as client:
        assert debug(client, configuration, script) == "'2121'"
    assert job.result().json() == "2121"


def test_cancelling_while_nobody_attaches_leaves_nothing_behind(session: Session) -> None:
    (session.working_directory / "file.py").write_text(SCRIPT)
    deployment = session.define(DeployRequest("left", "file.py", requirements_file="requirements.txt"))
    cancel = Cancel()
    listening: list[psutil.Process] = []

    def tell(event: Event) -> None:
        if isinstance(event, Note) and "waiting for a debugger" in event.text:
            packages = str(session.workspace.packages_directory)
            listening.extend(
                process for process in psutil.process_iter() if packages in " ".join(_command_line(process))
            )
            threading.Thread(target=cancel.request).start()

    with pytest.raises(CancelledError):
        session.invoke(deployment, ScoringRequest(b"1"), debug=Debug(), emit=tell, cancel=cancel)
    assert len(listening) >= 2  # the script's process and the one that editors connect to
    assert psutil.wait_procs(listening, timeout=120)[1] == []


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended since it was listed
        return []


def test_a_taken_port_is_told_before_anything_runs(session: Session) -> None:
    (session.working_directory / "file.py").write_text(SCRIPT)
    deployment = session.define(DeployRequest("taken", "file.py", requirements_file="requirements.txt"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DeclarationError) as caught:
            session.invoke(deployment, ScoringRequest(b"1"), debug=Debug(taken.getsockname()[1]))
    assert caught.value.code == "port-taken"


def test_the_command_line_says_how_to_attach(session: Session) -> None:
    folder = session.working_directory
    (folder / "file.py").write_text(SCRIPT)
    definition = ["--requirements", "requirements.txt", "--entry-script", "file.py"]
    command = [sys.executable, "-m", "azml_magics.cli", "invoke", "shown", *definition, "--data", "4", "--debug"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        note = []
        for line in process.stderr:
            note.append(line)
            if line.rstrip() == "}":
                break
        configuration = configuration_of("".join(note))
        with DebugClient(configuration["connect"]["port"]) as client:
            assert debug(client, configuration, folder / "file.py") == "'44'"
        assert process.stdout.readline().startswith("200 OK")
        assert process.stdout.readline() == '"44"\n'
        process.communicate()
    assert process.returncode == 0


class _Screen(io.StringIO):
    """What a front end without updates shows; tells when a debugger is awaited."""

    def __init__(self, notes: queue.SimpleQueue[str]) -> None:
        super().__init__()
        self._notes = notes

    def write(self, text: str) -> int:
        if "waiting for a debugger" in text:
            self._notes.put(text)
        return super().write(text)


def test_a_cell_says_how_to_attach_while_it_runs(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    folder = session.working_directory
    (folder / "file.py").write_text(SCRIPT)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AZML_PANEL", "none")
    make_shell: Any = InteractiveShell
    shell = make_shell(config=Config({"HistoryManager": {"enabled": False}}))
    assert shell.run_cell("%load_ext azml_magics").success
    notes: queue.SimpleQueue[str] = queue.SimpleQueue()
    shown: list[str] = []

    def attach() -> None:
        configuration = configuration_of(notes.get(timeout=600))
        with DebugClient(configuration["connect"]["port"]) as client:
            shown.append(debug(client, configuration, folder / "file.py"))

    editor = threading.Thread(target=attach)
    editor.start()
    monkeypatch.setattr("sys.stdout", _Screen(notes))
    definition = "--requirements requirements.txt --entry-script file.py"
    found = shell.run_cell(f"%azml invoke celled {definition} --data 5 --debug;")
    editor.join()
    assert (found.success, shown) == (True, ["'55'"])
