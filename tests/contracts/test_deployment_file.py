"""A ``deployment.yml`` of Azure's v2 with local paths, deployed and scored by every engine; where its models are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from azml_magics.assets.v2_deployments import file_request
from azml_magics.cells.arguments import parse_command
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.session import Session
from azml_magics.show.call import Call
from azml_magics.show.commands import perform
from tests.contracts.conftest import VariantSession
from tests.contracts.recorded import REQUIREMENTS

SCRIPT = """\
import os
from pathlib import Path

import beside

def init():
    global answer
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    answer = {"folder": folder.as_posix(), "files": files, "word": beside.WORD, "level": os.environ["LEVEL"]}

def run(data):
    return answer
"""


def write_project(folder: Path, image: str) -> Path:
    """The files of a deployment; its code is in a folder of its own, the script in one below that."""
    for name in ("onlinescoring/sub", "net/layers"):
        (folder / name).mkdir(parents=True)
    (folder / "onlinescoring" / "sub" / "score.py").write_text(SCRIPT)
    (folder / "onlinescoring" / "sub" / "beside.py").write_text("WORD = 'sibling'\n")
    (folder / "net" / "layers" / "0").write_text("weights")
    lines = [line for line in REQUIREMENTS.splitlines() if line and not line.startswith("#")]
    conda = {"channels": ["conda-forge"], "dependencies": ["python=3.11", "pip", {"pip": lines}]}
    (folder / "conda.yml").write_text(yaml.safe_dump(conda))
    deployment = {
        "name": "blue",
        "endpoint_name": "file",
        "model": {"path": "net"},
        "code_configuration": {"code": "onlinescoring", "scoring_script": "sub/score.py"},
        "environment": {"image": image, "conda_file": "conda.yml"},
        "environment_variables": {"LEVEL": 3},
        "instance_type": "Standard_DS3_v2",
        "instance_count": 1,
    }
    (folder / "deployment.yml").write_text(yaml.safe_dump(deployment))
    return folder / "deployment.yml"


def answer_of(session: Session) -> dict[str, Any]:
    return dict(json.loads(session.score("file-blue", ScoringRequest(b"{}")).body))


#: How packages get into a container has nothing to do with files.
ONE_OF_EACH = pytest.mark.parametrize("variant", ["process", "docker-mount"], indirect=True)


@ONE_OF_EACH
def test_a_file_is_deployed_and_scored(session: Session, engine: str, tmp_path: Path) -> None:
    image = session.options()["image"] if isinstance(session, VariantSession) else "local/unused:1"
    file = write_project(tmp_path / "project", image)
    line = f"deploy --file {file} --engine {engine} --skip-checks"
    perform(Call(session, parse_command(line)))
    try:
        first = answer_of(session)
        assert first["folder"].endswith("/azureml-models/net/0")
        assert first["files"] == {"net/layers/0": "weights"}
        assert (first["word"], first["level"]) == ("sibling", "3")
        (tmp_path / "weights.txt").write_text("more")
        session.models.register(tmp_path / "weights.txt", name="registered")
        session.update("file-blue", {"models": (str(tmp_path / "project" / "net"), "registered:1")})
        second = answer_of(session)
        assert second["folder"].endswith("/azureml-models")
        assert second["files"] == {"net/0/net/layers/0": "weights", "registered/1/weights.txt": "more"}
    finally:
        session.stop("file-blue")


@ONE_OF_EACH
def test_a_file_changed_in_place_is_another_model(session: Session, tmp_path: Path) -> None:
    """Reading it is what tells; nothing runs for this."""
    file = write_project(tmp_path / "project", "local/unused:1")
    request = file_request(file, session.environments, name="changed").request
    before = Session.define(session, request).models
    (tmp_path / "project" / "net" / "layers" / "0").write_text("other")
    after = Session.define(session, request).models
    assert [model.label for model in before] == [model.label for model in after] == ["net:0"]
    assert before[0].digest != after[0].digest
