"""Runs in containers: confined, with their packages; their end is known whatever happened to who started them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.run import RunRecord, RunRequest
from azml_magics.engines.run_container import RUN_LABEL
from azml_magics.errors import RunError, StartError
from azml_magics.session import Session
from tests.docker.conftest import MakeImage
from tests.runs.conftest import make_wheel, session_in

LOOK = """\
import json, os, socket, sys
import azml_tiny
from azureml.core import Run

def writable(path):
    try:
        open(path, "w").close()
        return True
    except OSError:
        return False

run = Run.get_context()
run.log("mse", 0.5)
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
open("outputs/model.pkl", "w").write("model")
print(json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "uid": os.getuid(), "capabilities": status["CapEff"].strip(),
    "root": writable("/etc/x"), "tmp": writable("/tmp/x"), "home": writable(os.path.expanduser("~/x")),
    "workspace": os.path.exists("../../../workspace.db"), "packages": azml_tiny.__file__, "run": run.id,
}))
"""

Submit = Callable[..., RunRecord]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "project"
    folder.mkdir()
    with session_in(folder) as opened:
        yield opened


@pytest.fixture
def submit(session: Session, plain_image: MakeImage) -> Submit:
    def run(
        text: str, *arguments: str, environment: Environment | None = None, wait: bool = True, **given: object
    ) -> RunRecord:
        (session.working_directory / "train.py").write_text(text)
        request = RunRequest("train.py", arguments, engine="docker", image=plain_image("bookworm"))
        environment = environment or Environment("none", "3.11")
        return session.runs.submit(replace(request, **given), environment=environment, wait=wait)  # type: ignore[arg-type]

    return run


def write_to_fifo(path: Path, text: str) -> None:
    """Once the script has made it; a plain file that it would not look at is never made instead."""
    deadline = time.monotonic() + 300
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            break
        except OSError:  # not there yet, or nobody reads it yet
            assert time.monotonic() < deadline
            time.sleep(0.05)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def containers(connection: Connection, record: RunRecord) -> list[str]:
    found = connection.client.containers.list(all=True, filters={"label": f"{RUN_LABEL}={record.id}"})
    return [str(container.id) for container in found]


def test_a_container_sees_its_run_and_nothing_else(
    session: Session, submit: Submit, docker_engine: Connection, tmp_path: Path
) -> None:
    wheel = make_wheel(tmp_path, "azml_tiny")
    environment = Environment("tiny", "3.11", parse_requirements(f"azml_tiny @ {wheel.as_uri()}"))
    record = submit(LOOK, "--alpha", "0.5", environment=environment)
    assert (record.state, record.exit_code, record.environment) == ("Completed", 0, "tiny:1")
    (line,) = session.runs.logs(record.id)
    said = json.loads(line)
    assert said["argv"] == ["train.py", "--alpha", "0.5"]
    assert said["cwd"] == str(record.working_directory)
    assert said["uid"] not in (0, None)
    assert int(said["capabilities"], 16) == 0
    assert (said["root"], said["tmp"], said["home"], said["workspace"]) == (False, True, True, False)
    assert said["run"] == record.id
    assert session.runs.metric_values(record.id) == {"mse": 0.5}
    assert session.runs.path(record.id, "outputs/model.pkl").read_text() == "model"
    assert record.started is not None
    assert record.ended is not None
    assert record.created <= record.ended
    assert containers(docker_engine, record) == []


def test_a_script_that_fails_shows_the_users_frames(session: Session, submit: Submit) -> None:
    with pytest.raises(RunError) as caught:
        submit("open('logs/x', 'w').close()\nraise ValueError('no data')\n")
    assert caught.value.exception == "ValueError: no data"
    assert [(frame.file, frame.line) for frame in caught.value.frames] == [("train.py", 2)]
    assert session.runs.files("latest") == ["logs/x", "user_logs/std_log.txt"]


def test_too_much_memory_is_told_as_that(session: Session, submit: Submit) -> None:
    eat = "x = []\nwhile True:\n    x.append(bytearray(10_000_000))\n"
    with pytest.raises(RunError) as caught:
        submit(eat, resources=Resources(memory_gb=0.1))
    assert "more memory than the 0.1 GB it may" in caught.value.brief
    assert "--memory-gb" in caught.value.remedy
    assert session.runs.get("latest").exit_code == 137


def test_cancel_ends_the_container(session: Session, submit: Submit, docker_engine: Connection) -> None:
    record = submit("import time\nprint('begun', flush=True)\ntime.sleep(600)\n", wait=False)
    assert next(session.runs.logs(record.id, follow=True)) == "begun"
    assert session.runs.get(record.id).state == "Running"
    ended = session.runs.cancel(record.id)
    assert ended.state == "Canceled"
    assert list(session.runs.logs(record.id)) == ["begun"]
    assert containers(docker_engine, record) == []


SUBMIT = """\
import sys
from pathlib import Path
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.run import RunRequest
from azml_magics.session import Session

session = Session(Path(sys.argv[1]), working_directory=Path(sys.argv[2]))
request = RunRequest("train.py", engine="docker", image=sys.argv[3], resources=Resources(network=False))
emit = lambda event: print(getattr(event, "text", ""), flush=True)
session.runs.submit(request, environment=Environment("none", "3.11"), emit=emit)
"""


def test_a_container_outlives_who_submitted_it(
    session: Session, plain_image: MakeImage, docker_engine: Connection
) -> None:
    (session.working_directory / "train.py").write_text(
        "import os\nos.mkfifo('outputs/go')\nprint('begun', flush=True)\nprint(open('outputs/go').read())\n"
    )
    command = [sys.executable, "-c", SUBMIT, str(session.workspace.root), str(session.working_directory)]
    with subprocess.Popen([*command, plain_image("bookworm")], stdout=subprocess.PIPE, text=True) as submitter:
        assert submitter.stdout is not None
        assert any(line == "begun\n" for line in submitter.stdout)
        submitter.kill()
    record = session.runs.get("latest")
    assert record.state == "Running"
    write_to_fifo(record.outputs_directory / "go", "go on")
    assert list(session.runs.logs(record.id, follow=True)) == ["begun", "go on"]
    ended = session.runs.get(record.id)
    assert (ended.state, ended.exit_code) == ("Completed", 0)
    assert list(session.runs.logs(record.id)) == ["begun", "go on"]
    assert containers(docker_engine, ended) == []


def test_a_container_that_nobody_wrote_down_is_found(
    session: Session, submit: Submit, docker_engine: Connection
) -> None:
    # It may not end before its row is changed: whoever sees that it has ended removes its container.
    record = submit("import os\nos.mkfifo('outputs/go')\nprint(open('outputs/go').read())\n", wait=False)
    # As if its submitter had been killed between starting it and saying so.
    session.workspace.runs.save(replace(record, state="Preparing", process=None))
    assert session.runs.get(record.id).state == "Running"
    write_to_fifo(record.outputs_directory / "go", "done")
    found = session.runs.wait(record.id)
    assert (found.state, found.exit_code) == ("Completed", 0)
    assert list(session.runs.logs(record.id)) == ["done"]
    assert containers(docker_engine, record) == []


@pytest.mark.parametrize("stated", ["mount", "dynamic"])
def test_nothing_is_installed_when_a_container_starts(
    stated: PackagesStrategy, session: Session, submit: Submit, tmp_path: Path
) -> None:
    requirements = parse_requirements(f"azml_tiny @ {make_wheel(tmp_path, 'azml_tiny').as_uri()}")
    environment = Environment("tiny", "3.11", requirements, image_source=ImageSource(packages=stated))
    record = submit("import azml_tiny\nprint(azml_tiny.__file__)", environment=environment)
    assert list(session.runs.logs(record.id)) == ["/opt/azml/site-packages/azml_tiny.py"]


def test_gpus_that_the_engine_does_not_have(session: Session, submit: Submit) -> None:
    with pytest.raises(StartError) as caught:
        submit("", resources=Resources(gpus="1"))
    assert caught.value.code == "gpu-unavailable"
    assert session.runs.get("latest").state == "Failed"


def test_prune_keeps_what_a_run_uses(session: Session, submit: Submit, tmp_path: Path) -> None:
    from azml_magics.prune.uses import collect_uses

    wheel = make_wheel(tmp_path, "azml_tiny")
    environment = Environment("tiny", "3.11", parse_requirements(f"azml_tiny @ {wheel.as_uri()}"))
    record = submit("import time\nprint('begun', flush=True)\ntime.sleep(600)\n", environment=environment, wait=False)
    next(session.runs.logs(record.id, follow=True))
    mounted = list(session.workspace.packages_directory.rglob("azml_tiny.py"))
    assert len(mounted) == 1
    uses = collect_uses(session.workspace, session.declarations, session.working_directory)
    assert uses.runs_from(mounted[0].parent)
    session.runs.cancel(record.id)
    assert mounted[0].exists()
