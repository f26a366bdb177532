"""``update`` on every engine: what was asked for before, with changes, on its port; a failed one changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import StartError
from azml_magics.session import Session
from tests.contracts.conftest import another

GREETING = "import os\ndef init(): pass\ndef run(d): return os.environ.get('GREETING')\n"
BROKEN = "def init(): raise RuntimeError('half done')\ndef run(d): return 1\n"


@pytest.fixture
def script(contract_folder: Path) -> Path:
    path = contract_folder / "greeting.py"
    path.write_text(GREETING)
    return path


def deploy(session: Session, name: str, script: Path, engine: str) -> int:
    report = session.deploy(DeployRequest(name, str(script), requirements_file="requirements.txt", engine=engine))
    assert report.port is not None
    return report.port


def answer(session: Session, name: str) -> object:
    return session.score(name, ScoringRequest(b"{}")).json()


def test_what_is_not_changed_stays(session: Session, engine: str, script: Path) -> None:
    port = deploy(session, "updated", script, engine)
    assert answer(session, "updated") is None or answer(session, "updated") == {}
    # Another terminal, which knows of the first one what the workspace knows.
    report = another(session).update("updated", {"environment_variables": (("GREETING", "hello"),)})
    assert (report.state, report.port) == ("running", port)
    assert answer(session, "updated") == "hello"
    script.write_text(GREETING.replace("get('GREETING')", "get('GREETING') + '!'"))
    assert session.update("updated", {}).port == port
    assert answer(session, "updated") == "hello!"
    again = session.update("updated", {})
    assert "equal" in again.reasons["start"]
    session.stop("updated")


def test_the_former_one_stays_when_the_new_one_fails(session: Session, engine: str, script: Path) -> None:
    port = deploy(session, "kept", script, engine)
    before = session.service("kept")
    script.write_text(BROKEN)
    answered: list[int] = []
    ended = threading.Event()

    def ask() -> None:
        """Ends with the first request that nobody answers."""
        while not ended.wait(0.02):
            answered.append(0)
            answered[-1] = session.score("kept", ScoringRequest(b"{}")).status

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with pytest.raises(StartError, match="did not start"):
            session.update("kept", {})
    finally:
        ended.set()
        asking.join()
    after = session.service("kept")
    assert (after.port, after.pid, after.container, after.state) == (port, before.pid, before.container, "running")
    assert set(answered) == {200}
    session.stop("kept")


def test_a_new_model_version_is_taken(session: Session, engine: str, contract_folder: Path) -> None:
    reader = contract_folder / "reader.py"
    reader.write_text(
        "import os\ndef init(): pass\n"
        "def run(d): return open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'weights.txt')).read()\n"
    )
    weights = contract_folder / "weights.txt"
    weights.write_text("one")
    session.models.register(weights, name="update-weights")
    request = DeployRequest(
        "weighted", str(reader), requirements_file="requirements.txt", models=("update-weights",), engine=engine
    )
    session.deploy(request)
    assert answer(session, "weighted") == "one"
    weights.write_text("two")
    session.models.register(weights, name="update-weights")
    assert session.update("weighted", {}).models == ("update-weights:2",)
    assert answer(session, "weighted") == "two"
    session.stop("weighted")
