"""What a service logs while it starts or reloads comes as events, each line once and in its order, on every engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.server_log import ServerState, classify_server_line
from azml_magics.errors import CancelledError, ScriptError
from azml_magics.events import Event, LogLine, StepFinished
from azml_magics.session import Session

SCRIPT = """\
import sys, time
print("importing")
def init():
    print("loading model")
    print("raw", file=sys.stderr, flush=True)
    print("loaded")
    {end}
def run(data):
    print("in run")
    return 1
"""


class Heard:
    """Events as they come; wakes whoever waits for a line."""

    def __init__(self, on_line: Callable[[LogLine], None] = lambda _line: None) -> None:
        self.events: list[Event] = []
        self._on_line = on_line

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, LogLine):
            self._on_line(event)

    def lines(self, *sources: str) -> list[str]:
        """What the log says."""
        return [event.text for event in self.events if isinstance(event, LogLine) and event.source in sources]


def messages(lines: Iterable[str]) -> list[str]:
    """Lines of a log as they are told: without their time stamps."""
    state, shown = ServerState(), []
    for line in lines:
        told, state = classify_server_line(line, state)
        shown.append(told.message)
    return shown


def script_of(folder: Path, name: str, *, end: str = "pass") -> Path:
    path = folder / f"{name}.py"
    path.write_text(SCRIPT.format(end=end))
    return path


def request(name: str, script: Path, engine: str) -> DeployRequest:
    return DeployRequest(name, str(script), requirements_file="requirements.txt", engine=engine)


def test_a_start_is_told_line_by_line(session: Session, engine: str, contract_folder: Path) -> None:
    heard = Heard()
    session.deploy(request("told", script_of(contract_folder, "told"), engine), emit=heard)
    assert heard.lines("init") == ["importing", "loading model", "raw", "loaded"]
    told = heard.lines("server", "init")
    whole = messages(session.logs("told"))
    begin = whole.index(told[0])
    assert told == whole[begin : begin + len(told)], "each line once, in its order"
    assert any("ready for serving traffic" in line for line in told)
    last = max(n for n, event in enumerate(heard.events) if isinstance(event, LogLine))
    over = next(n for n, event in enumerate(heard.events) if isinstance(event, StepFinished) and event.step == "start")
    assert last < over, "nothing comes when the step is over"

    script_of(contract_folder, "told", end="print('again')")
    heard = Heard()
    session.reload("told", emit=heard)
    assert heard.lines("init") == ["importing", "loading model", "raw", "loaded", "again"]
    assert heard.lines("request") == []

    script_of(contract_folder, "told", end="raise ValueError('no model')")
    heard = Heard()
    with pytest.raises(ScriptError):
        session.reload("told", emit=heard)
    assert "ValueError: no model" in heard.lines("init")
    session.stop("told")


def test_lines_come_while_init_runs(session: Session, engine: str, contract_folder: Path) -> None:
    script = script_of(contract_folder, "cancelled", end="time.sleep(60)")
    cancel = Cancel()
    heard = Heard(lambda line: cancel.request() if line.text.endswith("loaded") else None)
    with pytest.raises(CancelledError):
        session.deploy(request("cancelled", script, engine), emit=heard, cancel=cancel)
    assert heard.lines("init")[-1].endswith("loaded")
    assert not [thread for thread in threading.enumerate() if thread.name == "azml-told-log"]


def test_a_huge_line_and_odd_bytes(session: Session, engine: str, contract_folder: Path) -> None:
    script = contract_folder / "huge.py"
    script.write_text(
        "import os\n"
        "def init():\n"
        "    os.write(2, b'x' * 5_000_000 + b'\\n')\n"
        "    os.write(2, b'caf\\xe9 \\x1b[31mred\\x00\\x07<b>\\n')\n"
        "    os.write(2, b' ' * 5_000_000 + b'\\n')\n"
        "    raise ValueError('y' * 5_000_000)\n"
        "def run(data): return 1\n"
    )
    heard = Heard()
    with pytest.raises(ScriptError) as caught:
        session.deploy(request("huge", script, engine), emit=heard)
    assert caught.value.exception.startswith("ValueError: yyy")
    assert sum(map(len, [*caught.value.log_tail, *caught.value.details, *caught.value.lines()])) < 500_000
    told = heard.lines("init")
    assert max(map(len, told)) < 21_000
    assert told[0].startswith("x" * 20_000)
    assert told[0].endswith("(a line of 5,000,000 bytes)")
    assert told[1] == "caf� \x1b[31mred\x00\x07<b>"
    whole = list(session.logs("huge"))
    assert told[-1].startswith("azureml_inference_server_http") or told[-1] == "", "to the end of the traceback"
    assert "x" * 5_000_000 in whole, "the log holds it all"
    assert "ValueError: " + "y" * 5_000_000 in whole
