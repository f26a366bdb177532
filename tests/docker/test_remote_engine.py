"""An engine that is reached over TCP: it sees no directory of this machine, so everything is copied in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection, connect
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ScriptError, ToolError
from azml_magics.session import Session
from tests.docker.tcp_engine import behind_tcp

SCRIPT = """\
import os, helper
def init():
    global weights
    weights = open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.txt")).read()
def run(raw_data): return [weights, helper.VALUE, sorted(os.listdir(os.path.dirname(__file__)))]
"""


@pytest.fixture
def remote_engine(docker_engine: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """The machine's own engine behind a TCP port of the loopback interface."""
    with behind_tcp(docker_engine) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        connection = connect()
        assert connection.is_remote
        yield connection


@pytest.fixture
def session(remote_engine: Connection, tmp_path: Path) -> Iterator[Session]:
    source = tmp_path / "src"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT)
    (source / "helper.py").write_text("VALUE = 1\n")
    (source / "other.py").write_text("")
    (tmp_path / "weights.txt").write_text("seven")
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    opened.models.register(Path("weights.txt"), name="weights")
    yield opened
    for report in opened.services():
        if report.state != "stopped":
            opened.stop(report.name)


def wanted(image: str, **options: object) -> DeployRequest:
    return DeployRequest(
        "far-away",
        "score.py",
        source_directory="src",
        models=("weights",),
        engine="docker",
        image=image,
        **options,  # type: ignore[arg-type]
    )


def test_files_are_copied_in_and_a_reload_brings_them_up_to_date(
    session: Session, inference_base: str, remote_engine: Connection
) -> None:
    report = session.deploy(wanted(inference_base))
    mounts = remote_engine.client.api.inspect_container(str(report.container))["Mounts"]
    assert {mount["Type"] for mount in mounts} == {"volume"}
    files = ["__pycache__", "helper.py", "other.py", "score.py"]
    assert answer(session) == ["seven", 1, [name for name in files if name != "__pycache__"]]
    (session.working_directory / "src" / "helper.py").write_text("VALUE = 2\n")
    (session.working_directory / "src" / "other.py").unlink()
    session.reload("far-away")
    assert answer(session) == ["seven", 2, ["helper.py", "score.py"]]
    (session.working_directory / "src" / "helper.py").write_text("VALUE = 1 / 0\n")
    with pytest.raises(ScriptError, match="keeps serving"):
        session.reload("far-away")
    assert answer(session)[1] == 2
    volumes = [mount["Name"] for mount in mounts]
    session.stop("far-away")
    left = {volume.name for volume in remote_engine.client.volumes.list()}
    assert left.isdisjoint(volumes)


def answer(session: Session) -> list[object]:
    value = session.score("far-away", ScoringRequest(b"{}")).json()
    assert isinstance(value, list)
    return [*value[:2], [name for name in value[2] if name != "__pycache__"]]


@pytest.mark.parametrize("packages", ["dynamic", "mount"])
def test_packages_get_there_too(session: Session, inference_base: str, packages: PackagesStrategy) -> None:
    (session.working_directory / "requirements.txt").write_text("six==1.17.0\n")
    (session.working_directory / "src" / "helper.py").write_text("import six\nVALUE = six.__version__\n")
    session.deploy(wanted(inference_base, requirements_file="requirements.txt", packages=packages))
    assert answer(session)[1] == "1.17.0"


def test_a_container_without_network_cannot_be_reached_there(session: Session, inference_base: str) -> None:
    with pytest.raises(ToolError) as caught:
        session.deploy(wanted(inference_base, resources=Resources(network=False)))
    assert caught.value.code == "no-network-remote"
