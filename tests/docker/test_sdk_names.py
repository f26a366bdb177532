"""Services and runs of the SDK's names in containers, where the environment names an image that is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.containers.images import inspect_image
from azml_magics.v1.checked import AzureMLWarning
from azml_magics.v1.environment import Environment
from azml_magics.v1.exceptions import WebserviceException
from azml_magics.v1.experiment import Experiment
from azml_magics.v1.model import InferenceConfig, Model
from azml_magics.v1.script_run_config import ScriptRunConfig
from azml_magics.v1.webservice import LocalWebservice, Webservice
from azml_magics.v1.workspace import Workspace

SCORE = """
import json, os
from azureml.core.model import Model

def init():
    global word
    with open(Model.get_model_path("words")) as file:
        word = file.read()

def run(raw_data):
    return {word: json.loads(raw_data)["data"], "root": os.environ["AML_APP_ROOT"]}
"""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZML_WORKSPACE", str(tmp_path / ".azml"))
    monkeypatch.delenv("AZML_ENGINE", raising=False)
    (tmp_path / "score.py").write_text(SCORE)
    (tmp_path / "word.txt").write_text("hello")
    workspace = Workspace.from_config()
    yield workspace
    for service in Webservice.list(workspace):
        service.delete()


def in_image(image: str) -> Environment:
    environment = Environment("in-image")
    environment.docker.base_image = image
    assert environment.python.conda_dependencies is not None
    environment.python.conda_dependencies.set_python_version("3.11")
    return environment


def test_an_environment_with_an_image_runs_in_it(ws: Workspace, tmp_path: Path, inference_base: str) -> None:
    model = Model.register(ws, "word.txt", "words")
    config = InferenceConfig("score.py", environment=in_image(inference_base))
    service = Model.deploy(ws, "words", [model], config, LocalWebservice.deploy_configuration())
    service.wait_for_deployment()
    assert service.run({"data": 1}) == {"hello": 1, "root": "/var/azureml-app"}
    assert service.serialize()["imageId"]
    (tmp_path / "score.py").write_text(SCORE.replace("{word:", "{word.upper():"))
    service.reload()
    assert service.run({"data": 2})["HELLO"] == 2
    assert service.get_logs()
    service.delete()
    assert service.state == "deleted"


def test_a_run_in_an_image(ws: Workspace, tmp_path: Path, inference_base: str) -> None:
    (tmp_path / "train.py").write_text(
        "import os\nfrom azureml.core import Run\n"
        "Run.get_context().log('in_container', int(os.path.exists('/.dockerenv')))\n"
    )
    config = ScriptRunConfig(".", "train.py", environment=in_image(inference_base))
    run = Experiment(ws, "containers").submit(config)
    run.wait_for_completion(show_output=True)
    assert run.get_metrics() == {"in_container": 1}
    assert run.get_environment().docker.base_image == inference_base


def test_an_environment_and_a_package_become_images(
    ws: Workspace, docker_engine: Connection, inference_base: str
) -> None:
    environment = in_image(inference_base)
    with pytest.warns(AzureMLWarning, match="no registry"):
        built = environment.build_local(ws, useDocker=True, pushImageToWorkspaceAcr=True)
    assert built.wait_for_completion(show_output=True).status == "Succeeded"
    config = InferenceConfig("score.py", environment=environment)
    model = Model.register(ws, "word.txt", "words")
    name = f"local/azml-sdk-package-{os.getpid()}"
    package = Model.package(ws, [model], config, image_name=name, image_label="1")
    try:
        package.pull()
        assert package.location == f"{name}:1"
        assert inspect_image(docker_engine, f"{name}:1") is not None
        with pytest.raises(WebserviceException):
            package.save("folder")
    finally:
        docker_engine.client.images.remove(f"{name}:1")
