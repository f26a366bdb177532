"""Packages from an index with a password, installed when a container starts: the password stays nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest, StartMode
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import StartError
from azml_magics.events import Event, LogLine
from azml_magics.session import Session
from tests.docker.private_index import PrivateIndex
from tests.unit.build.wheelhouse import add_wheel

USER, PASSWORD = "reader", "s3cret-of-the-index"
#: Everything the script can find out about how its packages came.
SCRIPT = """\
import glob, os
import azml_hidden

def init(): ...

def run(data):
    texts = {name: open(name).read() for name in glob.glob("/run/azml/*.*") + glob.glob("/opt/azml/*.txt")}
    return [azml_hidden.__name__, dict(os.environ), texts]
"""
STARTS: tuple[StartMode, ...] = ("azml", "image")


@pytest.fixture
def index(docker_engine: Connection, tmp_path: Path) -> Iterator[PrivateIndex]:
    """An index that containers reach."""
    add_wheel(tmp_path / "private", "azml-hidden", "1.5")
    gateway = docker_engine.client.api.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]
    with PrivateIndex(gateway, tmp_path / "private", USER, PASSWORD) as served:
        yield served


@pytest.fixture
def session(docker_engine: Connection, tmp_path: Path) -> Iterator[Session]:
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    yield opened
    for report in opened.services():
        if report.state == "running":
            opened.stop(report.name)
    opened.workspace.close()


def wanted(session: Session, index: PrivateIndex, image: str, start: StartMode, credentials: str) -> DeployRequest:
    address = f"http://{credentials}@{index.host}:{index.port}/simple"
    lines = f"--index-url {address}\n--trusted-host {index.host}\nazml-hidden==1.5\n"
    session.declare(EnvironmentDraft("private", requirements=parse_requirements(lines)))
    return DeployRequest(
        "private",
        "score.py",
        environment="private",
        engine="docker",
        image=image,
        packages="dynamic",
        start=start,
        skip_checks=True,
    )


@pytest.mark.parametrize("credentials", [f"{USER}:{PASSWORD}", "${INDEX_USER}:${INDEX_PASSWORD}"])
@pytest.mark.parametrize("start", STARTS)
def test_a_password_reaches_pip_and_stays_nowhere(
    session: Session,
    index: PrivateIndex,
    inference_base: str,
    docker_engine: Connection,
    monkeypatch: pytest.MonkeyPatch,
    start: StartMode,
    credentials: str,
) -> None:
    monkeypatch.setenv("INDEX_USER", USER)
    monkeypatch.setenv("INDEX_PASSWORD", PASSWORD)
    events: list[Event] = []
    report = session.deploy(wanted(session, index, inference_base, start, credentials), emit=events.append)
    assert any(allowed for _, allowed in index.asked)
    seen = session.score("private", ScoringRequest(b"{}")).json()
    assert isinstance(seen, list)
    assert seen[0] == "azml_hidden"
    directory = session.workspace.root / "services" / "private" / "1"
    told = {
        "what the script sees": json.dumps(seen),
        "the container": json.dumps(docker_engine.client.api.inspect_container(str(report.container))),
        "the log": "\n".join(session.logs("private")),
        "events": "\n".join(event.text for event in events if isinstance(event, LogLine)),
        **{str(path): path.read_text(errors="replace") for path in directory.rglob("*") if path.is_file()},
    }
    assert {place for place, text in told.items() if PASSWORD in text} == set()


@pytest.mark.parametrize("start", STARTS)
def test_a_wrong_password_is_told_without_it(
    session: Session, index: PrivateIndex, inference_base: str, start: StartMode
) -> None:
    with pytest.raises(StartError) as caught:
        session.deploy(wanted(session, index, inference_base, start, f"{USER}:wr0ng-{PASSWORD}"))
    assert (caught.value.process_exit_code, caught.value.code) == (95, "extra-packages-failed")
    shown = "\n".join([*caught.value.lines(), *caught.value.log_tail, *session.logs("private")])
    assert "azml-hidden" in shown
    assert PASSWORD not in shown
    directory = session.workspace.root / "services" / "private" / "1"
    kept = {str(path): path.read_text(errors="replace") for path in directory.rglob("*") if path.is_file()}
    assert {place for place, text in kept.items() if PASSWORD in text} == set()
