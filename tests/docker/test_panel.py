"""What a panel shows of a service in a container: its log as it grows, and its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.panel.contents import Contents
from azml_magics.session import Session

SCRIPT = "def init(): print('init was here')\ndef run(raw_data): print('asked'); return raw_data\n"


@pytest.fixture
def session(docker_engine: Connection, tmp_path: Path) -> Iterator[Session]:
    """With the service ``shown``."""
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    opened.stop("shown")


def test_the_log_of_a_container_is_followed_to_its_end(
    session: Session, inference_base: str, docker_engine: Connection
) -> None:
    (session.working_directory / "score.py").write_text(SCRIPT)
    report = session.deploy(DeployRequest("shown", "score.py", engine="docker", image=inference_base))
    contents, changed = Contents(session, None, name="shown"), threading.Event()
    contents.watch(changed.set)

    def texts(source: str) -> str:
        contents.take_news()
        return "\n".join(text for _, origin, text in contents.feed.tail(10_000) if origin == source)

    def wait(source: str, text: str) -> None:
        while text not in texts(source):
            assert changed.wait(120)
            changed.clear()

    wait("init", "init was here")
    session.score("shown", ScoringRequest(b"1"))
    wait("request", "asked")
    times = [time for time, _, _ in contents.feed.tail(10_000)]
    assert times == sorted(times)
    assert times[0] > 1_700_000_000
    assert contents.state()["service_state"] == "running"
    docker_engine.client.containers.get(str(report.container)).kill()
    while contents.state()["service_state"] == "running":
        assert changed.wait(120)
        changed.clear()
        contents.take_news()
    assert contents.state()["service_state"] == "failed"
    contents.close()
    assert "azml-container-log" not in [thread.name for thread in threading.enumerate()]
