"""Environments, models and the workspace of the SDK's objects; nothing is built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azml_magics.definitions.environment import Environment as Definition
from azml_magics.definitions.image_source import ImageSource
from azml_magics.v1 import deploying
from azml_magics.v1.authentication import InteractiveLoginAuthentication
from azml_magics.v1.checked import AzureMLWarning
from azml_magics.v1.cloud import Dataset
from azml_magics.v1.compute import AmlCompute, ComputeTarget
from azml_magics.v1.conda_dependencies import CondaDependencies
from azml_magics.v1.deploying import Place, choose_place
from azml_magics.v1.environment import DockerBuildContext, Environment, RSection, SparkPackage
from azml_magics.v1.exceptions import (
    MissingPathException,
    ModelNotFoundException,
    NotSupportedLocally,
    UserErrorException,
    WebserviceException,
)
from azml_magics.v1.model import InferenceConfig, Model
from azml_magics.v1.workspace import Workspace
from tests.v1.tutorial import write_wheel

# the workspace --------------------------------------------------------------------------------------------------------


def test_the_workspace_has_the_name_of_azures_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZML_WORKSPACE", str(tmp_path / "here" / ".azml"))
    assert Workspace.from_config(auth=InteractiveLoginAuthentication()).name == "here"
    shown = "Workspace.create(name='mine', subscription_id='s', resource_group='g')"
    assert repr(Workspace("s", "g", "mine")) == shown
    created = Workspace.create("mine", subscription_id="s", resource_group="g", location="eastus2", exist_ok=True)
    assert repr(created) == shown
    created.write_config()
    Workspace("s", "g", "other").write_config(file_name="other.json")
    assert Workspace.from_config(path=".", _file_name="other.json").name == "other"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    ws = Workspace.from_config()
    assert (ws.name, ws.subscription_id, ws.resource_group) == ("mine", "s", "g")
    assert ws.get_details()["workspaceid"] == str(tmp_path / "here" / ".azml")
    with pytest.raises(FileNotFoundError):
        Workspace.from_config("nowhere.json")
    Path("config.json").write_text('{"theme": "dark"}')
    assert Workspace.from_config().name == "mine"
    Path("config.json").write_text("nothing of ours")
    assert Workspace.from_config().name == "mine"
    Path("broken.json").write_text("{")
    with pytest.raises(UserErrorException, match="no JSON"):
        Workspace.from_config("broken.json")


@pytest.mark.parametrize("name", ["datastores", "get_default_datastore", "datasets", "get_default_keyvault", "images"])
def test_what_only_the_cloud_has_says_what_to_use_instead(ws: Workspace, name: str) -> None:
    with pytest.raises(NotSupportedLocally) as error:
        getattr(ws, name)
    assert error.value.remedy
    with pytest.raises(AttributeError):
        _ = ws.no_such_thing
    with pytest.raises(NotSupportedLocally, match=r"Dataset\.get_by_name"):
        Dataset.get_by_name(ws, "digits")


def test_every_machine_is_this_one(ws: Workspace) -> None:
    assert [*ws.compute_targets] == ["local"]
    with pytest.warns(AzureMLWarning, match="'cpu-cluster' is this machine here"):
        target = ComputeTarget.create(ws, "cpu-cluster", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2"))
    target.wait_for_completion(show_output=True)
    assert target.get_status() == "Succeeded"


# environments ---------------------------------------------------------------------------------------------------------


def test_versions_and_names(ws: Workspace) -> None:
    environment = Environment("plain").register(ws)
    assert environment.version == "1"
    assert Environment.get(ws, "plain").register(ws).version == "1"
    assert environment.python.conda_dependencies is not None
    environment.python.conda_dependencies.add_pip_package("numpy")
    assert environment.register(ws).version == "2"
    assert Environment.get(ws, "plain", version="1").version == "1"
    assert ws.environments["plain"].version == "2"
    assert {"AzureML-Minimal", "plain"} <= {*Environment.list(ws)}
    with pytest.raises(UserErrorException, match="kept for curated"):
        Environment("AzureML-mine").register(ws)
    with pytest.raises(UserErrorException, match="did you mean plain"):
        Environment.get(ws, "plan")
    with pytest.raises(UserErrorException, match="versions: 1, 2"):
        Environment.get(ws, "plain", 7)


def test_a_curated_environment_is_used_under_its_name_and_changed_under_another(ws: Workspace) -> None:
    curated = Environment.get(ws, "AzureML-Minimal")
    assert curated.registered_label(ws) == "AzureML-Minimal"
    mine = curated.clone("mine")
    assert mine.registered_label(ws) == "mine:1"
    curated.environment_variables["A"] = "1"
    with pytest.raises(UserErrorException):
        curated.registered_label(ws)


@pytest.mark.parametrize("name", ["AzureML-sklearn-1.0", "azureml-pytorch-1.9"])
def test_a_curated_environment_that_only_the_cloud_has_is_told_apart(ws: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException, match="of the cloud is not known here") as error:
        Environment.get(ws, name)
    assert "AzureML-Tutorial" in str(error.value.remedy)
    assert "from_pip_requirements" in str(error.value.remedy)


def test_what_is_shown_of_an_environment_keeps_its_password(ws: Workspace) -> None:
    environment = Environment("private")
    environment.docker.base_image_registry.address = "registry.example.com"
    environment.docker.base_image_registry.password = "hunter2"
    copied = environment.clone("copied")
    assert copied.docker.base_image_registry.password == "hunter2"
    shown = [*map(repr, (environment, copied, copied.docker, environment.docker.base_image_registry, copied.python))]
    assert not [text for text in shown if "hunter2" in text]
    assert '"password": "***"' in shown[0]
    assert "registry.example.com" in shown[2]
    assert shown[4].startswith("PythonSection(userManagedDependencies=False")


def test_completion_offers_what_a_notebook_uses(ws: Workspace) -> None:
    for each in (ws, Workspace, Model, Environment("x"), Environment("x").docker):
        assert not {"elsewhere", "names", "silent"} & {*dir(each)}
    assert {"register", "deploy", "list"} <= {*dir(Model)}
    assert {"environments", "models", "compute_targets"} <= {*dir(ws)}


def test_what_azure_has_no_place_for_is_kept(ws: Workspace) -> None:
    source = ImageSource(image="local/base:1", apt=("libgomp1",), packages="bake")
    ws.session.environments.register(Definition("ours", "3.11", image_source=source, description="for all"))
    environment = Environment.get(ws, "ours")
    assert environment.registered_label(ws) == "ours:1"
    environment.environment_variables["A"] = "1"
    changed = environment.definition()
    assert (changed.image_source, changed.description) == (source, "for all")
    assert environment.registered_label(ws) == "ours:2"


def test_parts_that_nothing_here_uses_are_kept(ws: Workspace, tmp_path: Path) -> None:
    environment = Environment("sections")
    environment.spark.packages = [SparkPackage("group", "artifact", "1.0")]
    environment.databricks.pypi_libraries = [{"package": "x"}]
    environment.r = RSection()
    environment.r.r_version = "4.1"
    environment.docker.base_image = "team/base:1"
    environment.docker.base_image_registry = "example.com"  # type: ignore[assignment]  # as a document of Azure has it
    environment.inferencing_stack_version = "latest"
    environment.register(ws)
    found = Environment.get(ws, "sections")
    assert found.document() == {**environment.document(), "version": "1"}
    assert found.registered_label(ws) == "sections:1"
    found.save_to_directory(str(tmp_path / "saved"))
    loaded = Environment.load_from_directory(str(tmp_path / "saved"))
    assert isinstance(loaded, Environment)
    assert loaded.r is not None
    assert (loaded.r.r_version, loaded.docker.base_image_registry.address) == ("4.1", "example.com")
    assert "example.com" in repr(loaded.docker.base_image_registry)
    assert json.loads(repr(loaded))["spark"]["packages"][0]["artifact"] == "artifact"
    with pytest.raises(TypeError):
        environment.docker.base_image_registry = 5  # type: ignore[assignment]  # what somebody may write
    with pytest.warns(AzureMLWarning, match=r"'DockerFile' is no file"):
        environment.docker.base_dockerfile = "DockerFile"
    with pytest.raises(NotSupportedLocally):
        environment.get_image_details(ws)
    with pytest.raises(UserErrorException, match="label"):
        Environment.get(ws, "sections", label="stable")


def test_conda_dependencies_are_changed_in_place(notebook: Path) -> None:
    packages = CondaDependencies.create(pip_packages=["numpy"], conda_packages=["words=1"], python_version="3.11")
    packages.add_channel("https://example.com/conda")
    packages.remove_channel("anaconda")
    packages.set_pip_option("--pre")
    packages.set_pip_index_url("https://example.com/simple")
    packages.remove_pip_option("--pre")
    packages.remove_conda_package("words")
    packages.remove_pip_package("numpy")
    packages.set_pip_requirements([*packages.pip_options, "pandas"])
    packages.add_tensorflow_conda_package()
    assert packages.conda_channels == ("conda-forge", "https://example.com/conda")
    assert packages.conda_packages == ("python=3.11", "tensorflow")
    assert (packages.pip_packages, packages.pip_options) == (
        ("pandas",),
        ("--index-url https://example.com/simple",),
    )
    assert packages.save_to_file(".", "saved.yml") == "saved.yml"
    read = CondaDependencies(str(notebook / "saved.yml"))
    assert read == packages
    assert hash(read) == hash(packages)
    assert str(read) == packages.serialize_to_string()


def test_a_wheel_is_kept_under_the_name_that_pip_wants(ws: Workspace, notebook: Path) -> None:
    write_wheel(notebook / "mine.whl", "my_thing", "2.1")
    with pytest.warns(AzureMLWarning, match=r"mine.whl is kept as my_thing-2.1-py3-none-any.whl"):
        line = Environment.add_private_pip_wheel(ws, "mine.whl")
    assert line.startswith("my-thing @ file://")
    with pytest.warns(AzureMLWarning), pytest.raises(UserErrorException, match="already"):
        Environment.add_private_pip_wheel(ws, "mine.whl")
    with pytest.warns(AzureMLWarning):
        assert Environment.add_private_pip_wheel(ws, "mine.whl", exist_ok=True) == line
    (notebook / "no.whl").write_text("no wheel")
    with pytest.raises(UserErrorException, match=r"no\.whl is no wheel"):
        Environment.add_private_pip_wheel(ws, "no.whl")
    with pytest.raises(MissingPathException):
        Environment.add_private_pip_wheel(ws, "nowhere-1-py3-none-any.whl")


def test_a_build_context_is_the_dockerfile_in_its_folder(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM local/base:1\nCOPY a /a\n")
    context = DockerBuildContext.from_local_directory(ws, str(tmp_path))
    definition = Environment.from_docker_build_context("built", context).definition()
    assert definition.image_source.dockerfile == "FROM local/base:1\nCOPY a /a\n"
    assert definition.image_source.context == str(tmp_path)
    assert definition.image_source.user_managed


def test_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZML_ENGINE", raising=False)
    environment = Environment("x")
    assert choose_place(environment) == Place()
    environment.python.user_managed_dependencies = True
    assert choose_place(environment) == Place(use_current_python=True)
    environment.docker.base_image = "local/base:1"
    assert choose_place(environment) == Place("docker")
    environment.python.user_managed_dependencies = False
    monkeypatch.setattr(deploying, "_is_reachable", lambda image: image == "local/base:1")
    assert choose_place(environment) == Place("docker")
    monkeypatch.setattr(deploying, "_is_reachable", lambda image: False)
    with pytest.warns(AzureMLWarning, match="image local/base:1 of environment 'x' is not here: a process runs"):
        assert choose_place(environment) == Place()
    environment.docker.base_image = None
    environment.docker.base_dockerfile = "ARG a=2\nFROM local/base:$a\nRUN true\n"
    with pytest.warns(AzureMLWarning, match="image local/base:2"):
        assert choose_place(environment) == Place()
    monkeypatch.setattr(deploying, "_is_reachable", lambda image: image == "local/base:2")
    assert choose_place(environment) == Place("docker")
    for engine in ("docker", "process"):
        monkeypatch.setenv("AZML_ENGINE", engine)
        assert choose_place(environment) == Place(engine)
    monkeypatch.setenv("AZML_ENGINE", "podman")
    with pytest.raises(UserErrorException, match="AZML_ENGINE is 'podman'"):
        choose_place(environment)


def test_the_fields_of_former_inference_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are relative to the source directory, as notebooks of 2019 have them."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("abc/x/score.py", "def init(): ...\ndef run(data): ...\n"),
        ("abc/env/myenv.yml", "dependencies:\n- python=3.6.2\n- pip:\n  - azureml-defaults\n  - numpy\n"),
        ("abc/steps.txt", "RUN true\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.warns(AzureMLWarning, match="runtime, conda_file, extra_docker_file_steps"):
        config = InferenceConfig(
            source_directory="abc",
            runtime="python",
            entry_script="x/score.py",
            conda_file="env/myenv.yml",
            extra_docker_file_steps="steps.txt",
        )
    with pytest.warns(AzureMLWarning, match="mutually exclusive"):
        environment = config.resolved_environment("test")
    assert environment.docker.base_dockerfile is not None
    assert environment.docker.base_dockerfile.endswith("\nRUN true\n")
    assert environment.python.conda_dependencies is not None
    assert environment.python.conda_dependencies.pip_packages == ("azureml-defaults", "numpy")


# models ---------------------------------------------------------------------------------------------------------------


def test_models_are_found_by_what_is_said_of_them(ws: Workspace, notebook: Path) -> None:
    for version, area in ((1, "words"), (2, "numbers")):
        (notebook / "m.txt").write_text(str(version))
        tags = {"area": area, "type": "plain"}
        made = Model.register(
            ws, "m.txt", "m", tags=tags, description="d", model_framework="Custom", model_framework_version="1"
        )
        assert (made.version, made.id) == (version, f"m:{version}")
    assert [model.version for model in Model.list(ws, "m")] == [2, 1]
    assert [model.version for model in Model.list(ws, "m", latest=True)] == [2]
    assert [model.version for model in Model.list(ws, "m", tags=["type", ["area", "words"]])] == [1]
    assert Model.list(ws, "m", model_framework="Onnx") == []
    assert (Model(ws, "m").version, Model(ws, id="m:1").version, Model(ws, "m", version=1).version) == (2, 1, 1)
    assert Model(ws, "m", tags=[["area", "words"]]).version == 1
    assert ws.models["m"].version == 2
    assert Model(ws, "m").serialize()["framework"] == "Custom"
    for unknown in ({"name": "n"}, {"name": "m", "version": 3}, {"name": "m", "tags": ["other"]}):
        with pytest.raises(ModelNotFoundException):
            Model(ws, **unknown)
    with pytest.raises(WebserviceException, match="needs model_framework"):
        Model.register(ws, "m.txt", "m", model_framework_version="1")
    for refused in ("add_tags", "update"):
        with pytest.raises(NotSupportedLocally, match=f"Model.{refused} is not supported") as error:
            getattr(Model(ws, "m"), refused)
        assert "register it again" in error.value.remedy
        assert not hasattr(Model(ws, "m"), refused)
    with pytest.raises(NotSupportedLocally):
        Model(ws, "m").delete()


def test_a_model_is_copied_out(ws: Workspace, notebook: Path, tmp_path: Path) -> None:
    (notebook / "folder").mkdir()
    (notebook / "folder" / "a.txt").write_text("a")
    model = Model.register(ws, "folder", "folder")
    assert model.download(str(tmp_path)) == str(tmp_path / "folder")
    assert (tmp_path / "folder" / "a.txt").read_text() == "a"
    with pytest.raises(FileExistsError):
        model.download(str(tmp_path))
    assert model.download(str(tmp_path), exist_ok=True) == str(tmp_path / "folder")
    path = Model.get_model_path("folder", _workspace=ws)
    assert [entry.name for entry in Path(path).iterdir()] == ["a.txt"]
