"""Work of a live notebook in a process of its own: kernels that end, other kernels, workers that are killed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.journal.records import JobRecord, find_record, state_of
from azml_magics.system.process import find_process
from tests.unit.magics.kernels import Kernel, running_kernel

SCRIPT = "import json\ndef init(): ...\ndef run(data):\n    return sum(json.loads(data))\n"
#: Its init() says that it has begun, then goes on when it is told to.
GATED = """\
import pathlib
def init():
    pathlib.Path({begun!r}).open('w').close()
    pathlib.Path({go!r}).open().close()
def run(data):
    return 'ready'
"""
ENVIRONMENT = "%%environment digits\nenvironment_variables: {A: '1'}\n"
DEPLOY = "%azml deploy {} --environment digits --entry-script {}"


class Gate:
    """Two named pipes by which a script's init() and a test meet."""

    def __init__(self, folder: Path) -> None:
        self.begun, self.go = folder / "begun", folder / "go"
        os.mkfifo(self.begun)
        os.mkfifo(self.go)

    def declare(self, kernel: Kernel) -> None:
        script = GATED.format(begun=str(self.begun), go=str(self.go))
        assert kernel.run(f"%%entry_script gated.py\n{script}", live=True).error == []

    def wait_until_begun(self) -> None:
        self.begun.open().close()

    def open(self) -> None:
        self.go.open("w").close()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("background")


def prepare(kernel: Kernel) -> None:
    assert kernel.run("%load_ext azml_magics\nfrom pathlib import Path\nimport os").error == []
    assert kernel.run(ENVIRONMENT, live=True).error == []
    assert kernel.run(f"%%entry_script score.py\n{SCRIPT}", live=True).error == []


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[Kernel]:
    with running_kernel(folder) as started:
        prepare(started)
        yield started
        started.run("%azml stop --all")


def jobs(kernel: Kernel) -> list[list[str]]:
    """What ``%azml jobs`` says, a list of words each."""
    return [line.split() for line in kernel.run("%azml jobs", live=True).text.splitlines()]


def record_of(folder: Path, name: str) -> JobRecord:
    record = find_record(folder / ".azml", name)
    assert record is not None
    return record


def test_a_worker_ends_what_a_killed_kernel_began(kernel: Kernel, folder: Path, gate: Gate) -> None:
    with running_kernel(folder) as short_lived:
        prepare(short_lived)
        gate.declare(short_lived)
        assert short_lived.run(DEPLOY.format("orphan", "gated.py"), live=True).error == []
        gate.wait_until_begun()
        short_lived.manager.signal_kernel(signal.SIGKILL)
    assert state_of(record_of(folder, "orphan")) == "running"
    assert ["orphan", "running", "start"] in jobs(kernel)
    assert "orphan" in kernel.run("%azml jobs").text
    waited = kernel.run("%azml wait orphan", live=True, interrupt_at="waiting for orphan")
    assert waited.error[0].startswith("ServiceError (still-running): orphan still runs in the background")
    gate.open()
    scored = kernel.run("%%score orphan\n1", live=True)
    assert scored.text.splitlines()[-1] == '"ready"'
    assert kernel.run("%azml wait orphan", live=True).text.startswith("service orphan is running")
    assert ["orphan", "done"] in jobs(kernel)
    assert "orphan" not in kernel.run("%azml jobs").text


def test_another_kernel_cancels(kernel: Kernel, folder: Path, gate: Gate) -> None:
    gate.declare(kernel)
    assert kernel.run("job = " + DEPLOY.format("shared", "gated.py"), live=True).error == []
    gate.wait_until_begun()
    with running_kernel(folder) as other:
        other.run("%load_ext azml_magics")
        assert other.run("%azml cancel shared", live=True).text.splitlines()[0] == "deployment of shared is cancelled"
    assert kernel.run("await job", live=True).error[0].startswith("CancelledError (cancelled): ")
    assert kernel.run("%%score shared\n1", live=True).error[0].startswith("ServiceError (deploy-failed): ")
    assert state_of(record_of(folder, "shared")) == "cancelled"


@pytest.mark.parametrize(
    ("number", "told", "state"),
    [
        (signal.SIGKILL, "ToolError (job-interrupted): deploying killed was interrupted", "interrupted"),
        (signal.SIGTERM, "CancelledError (cancelled): deploying 'killed' was cancelled", "cancelled"),
    ],
)
def test_a_killed_worker_is_told_and_stands_in_nobodys_way(
    number: int, told: str, state: str, kernel: Kernel, folder: Path, gate: Gate
) -> None:
    gate.declare(kernel)
    assert kernel.run("job = " + DEPLOY.format("killed", "gated.py"), live=True).error == []
    gate.wait_until_begun()
    record = record_of(folder, "killed")
    assert find_process(record.process_id, None) is not None
    os.kill(record.process_id, number)
    assert kernel.run("job.result()", live=True).error[0].startswith(told)
    assert state_of(record) == state
    assert "killed" in [job[0] for job in jobs(kernel)]
    again = kernel.run(DEPLOY.format("killed", "score.py") + " --wait", live=True)
    assert again.error == []
    assert kernel.run("%%score killed\n[4]", live=True).text.splitlines()[-1] == "4"


def test_a_standby_that_was_killed_is_replaced(kernel: Kernel) -> None:
    kernel.run("from azml_magics.magics.state import STATE\nSTATE.workers.prepare()", live=True)
    kernel.run("standby = STATE.workers._standby._process\nstandby.kill(); standby.wait()", live=True)
    assert kernel.run("job = " + DEPLOY.format("replaced", "score.py"), live=True).error == []
    assert kernel.run("job.result().state", live=True).text == "'running'"


def test_the_worker_is_where_the_cell_is(kernel: Kernel, folder: Path) -> None:
    """Folder and variables may have changed since the worker on standby was started; they are never written down."""
    moved = folder / "moved"
    moved.mkdir()
    script = "import os\ndef init(): ...\ndef run(data):\n    return os.environ.get('LC_AZML')\n"
    (moved / "moved.py").write_text(script)
    kernel.run(f"os.chdir({str(moved)!r})\nos.environ.update(LC_AZML='here', TOKEN='hunter2-hunter2')", live=True)
    try:
        started = kernel.run("job = " + DEPLOY.format("moved", "moved.py"), live=True)
        assert started.error == []
        assert kernel.run("%%score moved\n1", live=True).text.splitlines()[-1] == '"here"'
        assert kernel.run("os.getpid()", live=True).text != str(record_of(folder, "moved").process_id)
    finally:
        kernel.run(f"os.chdir({str(folder)!r})\ndel os.environ['LC_AZML'], os.environ['TOKEN']", live=True)
    files = [path for path in (folder / ".azml").rglob("*") if path.is_file()]
    assert [path.name for path in files if b"hunter2-hunter2" in path.read_bytes()] == []


def test_what_only_python_declared_stays_in_the_kernel(kernel: Kernel, folder: Path) -> None:
    declare = (
        "from azml_magics.definitions.entry_script import EntryScript\nfrom azml_magics.magics.state import STATE\n"
    )
    kernel.run(f"{declare}STATE.session().declare(EntryScript('own.py', {SCRIPT!r}));", live=True)
    try:
        assert kernel.run("job = " + DEPLOY.format("own", "own.py"), live=True).error == []
        assert kernel.run("job.result().state", live=True).text == "'running'"
        assert kernel.run("os.getpid()", live=True).text == str(record_of(folder, "own").process_id)
    finally:
        kernel.run("del STATE.declarations.entry_scripts['own.py']", live=True)


def test_a_failure_reads_as_in_the_cell(kernel: Kernel) -> None:
    kernel.run(
        "%%entry_script broken.py\ndef init():\n    raise ValueError('no model')\ndef run(data): ...\n", live=True
    )
    here = kernel.run(DEPLOY.format("broken", "broken.py") + " --wait", live=True)
    assert kernel.run("job = " + DEPLOY.format("broken", "broken.py"), live=True).error == []
    behind = kernel.run("job.result()", live=True)
    assert behind.error == here.error
    assert re.fullmatch(r"  cell In \[\d+\], line 3, in init", behind.error[1])
    why = kernel.run("%azml why", live=True).text
    assert "end of the log:" in why
    assert "ValueError: no model" in why


def test_builds_do_not_block_the_cell(kernel: Kernel, folder: Path) -> None:
    begun = kernel.run("job = %azml environment build digits", live=True)
    assert begun.error == []
    assert kernel.run("(await job).kind", live=True).text == "'venv'"
    assert record_of(folder, "digits").verb == "environment build"
    built = kernel.run("%azml environment build digits --wait", live=True)
    assert built.text.splitlines()[0].startswith("environment digits")
    assert kernel.run(DEPLOY.format("packed", "score.py") + " --wait", live=True).error == []
    written = kernel.run(
        "job = %azml package packed --output image --base local/base:1\njob.result().files > 3", live=True
    )
    assert written.error == []
    assert written.text == "True"


def test_interrupting_a_cell_that_waits_cancels(kernel: Kernel, folder: Path, gate: Gate) -> None:
    gate.declare(kernel)
    kernel.run(
        f"import threading, signal\ndef interrupt():\n    Path({str(gate.begun)!r}).open().close()\n"
        "    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)\n"
        "threading.Thread(target=interrupt, daemon=True).start()",
        live=True,
    )
    interrupted = kernel.run(DEPLOY.format("waiting", "gated.py") + " --wait", live=True)
    assert interrupted.error[0] == "CancelledError (cancelled): deploying waiting was cancelled"
    shown = interrupted.updates[-1]["text/plain"].splitlines()
    assert shown[0] == "deploying waiting was cancelled"
    assert "start cancelled" in [" ".join(line.split()[:2]) for line in shown]
    assert state_of(record_of(folder, "waiting")) == "cancelled"
    assert kernel.run("%%score waiting\n1", live=True).error[0].startswith("ServiceError (service-not-running): ")
