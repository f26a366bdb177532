"""Services of the SDK's objects, as the notebooks about local deployment use them; every one really runs."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from azml_magics.v1.checked import AzureMLWarning
from azml_magics.v1.cloud_webservice import AciWebservice, AksWebservice
from azml_magics.v1.compute import AksCompute
from azml_magics.v1.environment import Environment
from azml_magics.v1.exceptions import NotSupportedLocally, WebserviceException
from azml_magics.v1.image import ContainerImage, Image
from azml_magics.v1.model import InferenceConfig, Model
from azml_magics.v1.webservice import LocalWebservice, Webservice
from azml_magics.v1.workspace import Workspace


@pytest.fixture(scope="module")
def service(ws: Workspace) -> LocalWebservice:
    model = Model.register(ws, "greeting.txt", "greeting", tags={"area": "words"})
    config = InferenceConfig("score.py", environment=Environment("words"))
    made = Model.deploy(ws, "words", [model], config, LocalWebservice.deploy_configuration(), show_output=False)
    made.wait_for_deployment(show_output=True)
    return made


def test_a_service_answers(ws: Workspace, service: LocalWebservice) -> None:
    assert service.state == "running"
    assert service.run('{"by": 2}') == service.run(b'{"by": 2}') == service.run({"by": 2}) == {"hello": 0.5}
    assert service.scoring_uri == f"http://localhost:{service.port}/score"
    assert service.swagger_uri == f"http://localhost:{service.port}/swagger.json"
    assert "asked for" in service.get_logs()
    assert len(service.get_logs(num_lines=1).splitlines()) == 1
    assert isinstance(Webservice(ws, "words"), LocalWebservice)
    assert [item.name for item in Webservice.list(ws)] == [*ws.webservices] == ["words"]
    assert Webservice.list(ws, compute_type="ACI") == []
    chosen = [
        {"model_name": "greeting"},
        {"model_id": "greeting:1"},
        {"model_name": "greet"},
        {"model_id": "greeting:7"},
    ]
    assert [len(Webservice.list(ws, **one)) for one in chosen] == [1, 1, 0, 0]
    for nothing in ({"tags": ["area"]}, {"properties": {"a": "b"}}, {"image_name": "words"}):
        assert LocalWebservice.list(ws, **nothing) == []
    told = service.serialize()
    assert (told["name"], told["state"], told["port"], told["computeType"]) == (
        "words",
        "running",
        service.port,
        "Local",
    )


def test_a_failed_request_says_why(service: LocalWebservice) -> None:
    with pytest.raises(WebserviceException, match="ZeroDivisionError: division by zero") as failure:
        service.run({"by": 0})
    assert "score.py, line 11, in run" in str(failure.value)
    assert "HTTP 500" in failure.value.message
    assert "Traceback" in "\n".join(failure.value.details)


def test_reload_and_update(ws: Workspace, notebook: Path, service: LocalWebservice) -> None:
    port, text = service.port, (notebook / "score.py").read_text()
    (notebook / "score.py").write_text(text.replace("{greeting:", "{greeting.upper():"))
    service.reload()
    assert service.run({"by": 1}) == {"HELLO": 1.0}
    (notebook / "greeting.txt").write_text("good day")
    newer = Model.register(ws, "greeting.txt", "greeting")
    service.update(models=[newer])
    assert service.run({"by": 1}) == {"GOOD DAY": 1.0}
    (notebook / "score.py").write_text(text)
    environment = Environment("words")
    environment.environment_variables = {"A": "1"}
    service.update(inference_config=InferenceConfig("score.py", environment=environment))
    assert service.run({"by": 1}) == {"good day": 1.0}
    assert service.port == port
    assert Environment.get(ws, "words").version == "2"


def test_a_script_that_fails_to_start_is_told_by_waiting(
    ws: Workspace, notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (notebook / "bad.py").write_text("def init():\n    raise ValueError('no model here')\ndef run(data): ...\n")
    config = InferenceConfig("bad.py", environment=Environment("words"))
    failed = Model.deploy(ws, "bad", [], config)
    assert failed.state == "failed"
    with pytest.raises(WebserviceException, match="no model here"):
        failed.wait_for_deployment(show_output=True)
    assert "ValueError: no model here" in capsys.readouterr().out
    assert "no model here" in failed.get_logs()
    with pytest.raises(WebserviceException, match=r"run\(\) needs a service in another state: .* is failed"):
        failed.run("{}")
    with socket.socket() as taken, pytest.raises(WebserviceException, match="port"):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        Model.deploy(ws, "taken", [], config, LocalWebservice.deploy_configuration(taken.getsockname()[1]))
    with pytest.raises(WebserviceException, match="must be 3 to 32"):
        Model.deploy(ws, "bad_name", [], config)
    with pytest.raises(WebserviceException, match="no model here"):
        failed.reload()
    (notebook / "bad.py").write_text("def init(): ...\ndef run(data):\n    return 'repaired'\n")
    failed.reload()
    failed.wait_for_deployment()
    assert (failed.state, failed.run("{}")) == ("running", "repaired")
    failed.delete()
    assert failed.state == "deleted"


def test_what_was_meant_for_the_cloud_runs_here(ws: Workspace, service: LocalWebservice) -> None:
    assert service.state == "running"
    config = InferenceConfig("score.py", environment=Environment.get(ws, "words", 1))
    with pytest.warns(AzureMLWarning, match=r"AciWebservice is not .* without auth_enabled, cpu_cores, memory_gb$"):
        aci = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1, auth_enabled=True, tags={"a": "b"})
    assert (aci.cpu_cores, aci.auth_enabled, aci.port) == (1, True, None)
    with pytest.raises(AttributeError, match="no attribute 'gpu_cores'"):
        _ = aci.gpu_cores
    with pytest.warns(AzureMLWarning, match="'Service_in_ACI' is called 'service-in-aci' here"):
        made = Model.deploy(ws, "Service_in_ACI", ["greeting:1"], config, aci, show_output=False)
    assert made.run({"by": 4}) == {"hello": 0.25}
    assert (made.name, made.tags) == ("service-in-aci", {"a": "b"})
    assert (type(made), made.state, made.compute_type) == (AciWebservice, "Healthy", "ACI")
    assert AciWebservice(ws, made.name).state == "Healthy"
    with pytest.warns(AzureMLWarning, match="enable_app_insights has no effect here"):
        made.update(enable_app_insights=False)
    made.wait_for_deployment()
    made.delete()
    assert made.state == "Deleted"
    with pytest.warns(AzureMLWarning, match="AksWebservice"):
        AksWebservice.deploy_configuration(autoscale_enabled=True)
    for refused in (made.get_keys, made.get_token, made.deploy_to_cloud):
        with pytest.raises(NotSupportedLocally) as error:
            refused()
        assert error.value.remedy


def test_what_was_written_for_images_runs_here(
    ws: Workspace, notebook: Path, service: LocalWebservice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert service.state == "running"
    (notebook / "words.yml").write_text("dependencies:\n- pip:\n  - azureml-defaults\n")
    config = ContainerImage.image_configuration("score.py", runtime="python", conda_file="words.yml", tags={"a": "b"})
    with pytest.warns(AzureMLWarning, match="AksWebservice"):
        deployment = AksWebservice.deploy_configuration()
    made = Webservice.deploy(ws, "from-image", ["greeting.txt"], config, deployment)
    assert (made.state, Model(ws, "greeting.txt").version) == ("Healthy", 1)
    image = ContainerImage.create(ws, "words", ["greeting:1"], config)
    image.wait_for_creation(show_output=True)
    assert "a service is built of it when it is deployed" in capsys.readouterr().out
    assert image.serialize()["modelIds"] == ["greeting:1"]
    again = Webservice.deploy_from_image(ws, "from-image", image, deployment, AksCompute.here(ws))
    assert again.run({"by": 2}) == {"hello": 0.5}
    again.delete()
    image.delete()
    assert Image.list(ws) == []
    with pytest.raises(NotSupportedLocally, match="no images") as kept:
        Image(ws, "words")
    with pytest.raises(NotSupportedLocally, match=r"Model\.package") as located:
        _ = image.image_location
    with pytest.raises(NotSupportedLocally, match=r"words\.csv are not put beside score\.py") as beside:
        ContainerImage.image_configuration("score.py", "python", dependencies=["words.csv"])
    assert all(error.value.remedy for error in (kept, located, beside))


def test_a_package_is_a_folder(ws: Workspace, service: LocalWebservice, tmp_path: Path) -> None:
    assert service.state == "running"
    environment = Environment.from_docker_image("packed", "local/base:1")
    config = InferenceConfig("score.py", environment=environment)
    package = Model.package(ws, ["greeting"], config, generate_dockerfile=True)
    package.wait_for_creation(show_output=True)
    package.save(str(tmp_path / "context"))
    assert (tmp_path / "context" / "Dockerfile").read_text().splitlines()
    assert [*(tmp_path / "context").rglob("greeting.txt")]
    with pytest.raises(FileExistsError):
        package.save(str(tmp_path / "context"))
