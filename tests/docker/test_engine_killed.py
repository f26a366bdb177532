"""The engine is killed while a service runs: the next command tells the truth, and the one after it recovers."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ToolError
from azml_magics.session import Session
from tests.docker.private_engine import PrivateEngine

SCRIPT = "def init(): print('init was here')\ndef run(raw_data): return 'answer'\n"


@pytest.fixture
def session(
    private_engine: PrivateEngine, inference_base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Session:
    private_engine.copy(inference_base)
    monkeypatch.setenv("DOCKER_HOST", private_engine.address)
    (tmp_path / "score.py").write_text(SCRIPT)
    return Session(tmp_path / ".azml", working_directory=tmp_path)


def test_while_serving(session: Session, private_engine: PrivateEngine, inference_base: str) -> None:
    # That engine has no network, which is no hindrance here.
    limits = Resources(network=False)
    wanted = DeployRequest("survivor", "score.py", engine="docker", image=inference_base, resources=limits)
    session.deploy(wanted)
    private_engine.kill()

    (report,) = session.services()
    assert report.state == "unknown"
    assert report.error is not None
    assert private_engine.address in report.error
    for command in (
        lambda: session.score("survivor", ScoringRequest(b"{}")),
        lambda: session.reload("survivor"),
        lambda: session.stop("survivor"),
        lambda: session.deploy(wanted),
    ):
        with pytest.raises(ToolError) as caught:
            command()
        assert caught.value.code == "docker-unavailable"
        assert caught.value.remedy
    assert any("init was here" in line for line in session.logs("survivor"))

    private_engine.start()
    (report,) = session.services()
    assert report.state in ("running", "failed")  # whether it lives on is the engine's business (live restore)
    again = session.deploy(wanted)
    assert again.state == "running"
    assert session.score("survivor", ScoringRequest(b"{}")).json() == "answer"
    running = private_engine.connect().client.containers.list()
    assert [container.id for container in running] == [again.container]
    session.stop("survivor")
    assert private_engine.connect().client.containers.list(all=True) == []
