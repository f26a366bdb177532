"""What ``azml package --image`` makes, deployed and scored by azure-ai-ml itself, without an account (AZUREML.md 4)."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azml_magics.assets.v2_export import export_service
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.images.package import build_package
from azml_magics.session import Session
from tests.docker.conftest import print_lines
from tests.oracles.venvs import AZURE_AI_ML, ask, make_python

PROGRAM = Path(__file__).with_name("azure_oracle.py")
#: What azure-ai-ml marks its containers with.
LABEL = "azureml-local-endpoint"
SCRIPT = """\
import json, os, beside
import markupsafe

def init():
    global model
    print("init was here")
    model = open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.txt")).read()

def run(data):
    contract = {name: value for name, value in os.environ.items() if name.startswith(("AML_", "AZUREML_"))}
    return {"x": json.loads(data)["x"], "model": model, "beside": beside.WORD, "markupsafe": markupsafe.__version__,
            "uid": os.getuid(), "greeting": os.environ.get("GREETING"), "contract": contract}
"""


@pytest.fixture(scope="session")
def azure_python() -> Path:
    """A Python with azure-ai-ml in an environment of its own, kept between runs."""
    return make_python(AZURE_AI_ML)


@pytest.fixture
def endpoint(docker_engine: Connection) -> Iterator[str]:
    """The name of an endpoint; its containers are gone afterwards, whatever came of them."""
    name = f"azml-test-{uuid.uuid4().hex[:12]}"
    yield name
    filters: dict[str, Any] = {"label": [LABEL, f"endpoint={name}"]}
    for container in docker_engine.client.containers.list(all=True, filters=filters):
        container.remove(force=True, v=True)


@pytest.fixture
def session(tmp_path: Path, inference_base: str) -> Iterator[Session]:
    """A session with a source directory, a model and an environment with a package of its own."""
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    (tmp_path / "src" / "beside.py").write_text("WORD = 'sibling'\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "weights.txt").write_text("42")
    source = ImageSource(image=inference_base)
    opened.declare(
        EnvironmentDraft("digits", requirements=parse_requirements("markupsafe==3.0.2"), image_source=source)
    )
    opened.models.register(Path("models/weights.txt"), name="weights")
    yield opened
    opened.workspace.close()


@pytest.fixture
def image(session: Session, docker_engine: Connection) -> Iterator[str]:
    """The package of a service; its own code and model say something else than what azure-ai-ml will mount."""
    tag = f"azml-test-oracle:{uuid.uuid4().hex[:12]}"
    request = DeployRequest(
        "digits",
        "score.py",
        environment="digits",
        source_directory="src",
        models=("weights",),
        environment_variables=(("GREETING", "hello"),),
        engine="docker",
    )
    build_package(
        session.workspace, session.define(request), tag, connection=docker_engine, emit=print_lines, cancel=Cancel()
    )
    yield tag
    docker_engine.client.images.remove(tag, force=True)


def deploy_with_azure(python: Path, connection: Connection, folder: Path, **wanted: Any) -> dict[str, Any]:
    """What the program says; in a home directory of its own and with no way out to the cloud."""
    home = folder / "home"
    home.mkdir()
    nowhere = "http://127.0.0.1:9"
    return ask(
        [str(python), str(PROGRAM), json.dumps(wanted)],
        home,
        {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "HOME": str(home),
            "DOCKER_HOST": connection.address,
            "HTTPS_PROXY": nowhere,
            "https_proxy": nowhere,
            "NO_PROXY": "localhost,127.0.0.1",
            "no_proxy": "localhost,127.0.0.1",
        },
    )


def test_a_package_is_deployed_and_scored_by_azure_itself(
    azure_python: Path, docker_engine: Connection, session: Session, image: str, endpoint: str, tmp_path: Path
) -> None:
    # Code and model come from azure-ai-ml's own mounts, as a changed script or model would.
    (tmp_path / "models" / "weights.txt").write_text("43")
    (tmp_path / "src" / "beside.py").write_text("WORD = 'mounted sibling'\n")
    found = deploy_with_azure(
        azure_python,
        docker_engine,
        tmp_path,
        endpoint=endpoint,
        image=image,
        code=str(tmp_path / "src"),
        script="score.py",
        model=str(tmp_path / "models" / "weights.txt"),
        variables={"FROM_AZURE": "1"},
        request={"x": 7},
    )
    assert found["state"] == "Succeeded"
    assert found["touched"] == []
    answer = json.loads(found["answer"])
    contract = answer.pop("contract")
    assert answer == {
        "x": 7,
        "model": "43",
        "beside": "mounted sibling",
        "markupsafe": "3.0.2",
        "uid": 1000,
        "greeting": "hello",
    }
    assert contract["AML_APP_ROOT"] == "/var/azureml-app/src/"
    assert contract["AZUREML_ENTRY_SCRIPT"] == "/var/azureml-app/src/score.py"
    assert contract["AZUREML_MODEL_DIR"].startswith("/var/azureml-app/azureml-models//")
    assert found["scoring_uri"].startswith("http://localhost:")
    assert "init was here" in found["log"]
    assert "ready for serving traffic" in found["log"]
    assert (found["listed"], found["left"]) == (["blue"], [])
    filters: dict[str, Any] = {"label": f"endpoint={endpoint}"}
    assert docker_engine.client.containers.list(all=True, filters=filters) == []


def test_an_export_is_deployed_and_scored_by_azure_itself(
    azure_python: Path, docker_engine: Connection, session: Session, image: str, endpoint: str, tmp_path: Path
) -> None:
    ready = Environment("ready", image_source=ImageSource(image=image, user_managed=True))
    session.environments.register(ready)
    (tmp_path / "models" / "weights.txt").write_text("44")
    request = DeployRequest(
        endpoint,
        "score.py",
        environment="ready:1",
        source_directory="src",
        models=("./models/weights.txt",),
        environment_variables=(("GREETING", "exported"),),
        engine="docker",
    )
    exported = export_service(session.workspace, session.define(request), tmp_path / "exported")
    assert exported.findings == ()
    file = str(tmp_path / "exported" / "deployment.yml")
    found = deploy_with_azure(azure_python, docker_engine, tmp_path, endpoint=endpoint, file=file, request={"x": 8})
    assert (found["state"], found["touched"]) == ("Succeeded", [])
    answer = json.loads(found["answer"])
    assert (answer["x"], answer["model"], answer["beside"], answer["greeting"]) == (8, "44", "sibling", "exported")
    assert (found["listed"], found["left"]) == (["blue"], [])
