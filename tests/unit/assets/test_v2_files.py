"""Azure's v2 files on disk: environments saved and loaded, deployments asked for, services written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from azml_magics.assets.v2_deployments import file_request
from azml_magics.assets.v2_export import export_service
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import Environment, EnvironmentDraft, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import AzmlError, DeclarationError, NotFoundError, WorkspaceError
from azml_magics.resolve.facts import deployment_facts
from azml_magics.session import Session

IMAGE = "a.example.com/base:1"
CONDA = CondaDependencies(("python=3.11", "pip", PipSection(("numpy==2.0.0",))), ("conda-forge",), "e")
CODE = "code_configuration: {code: ../code, scoring_script: sub/score.py}\n"
ENVIRONMENT = f'environment: {{image: "{IMAGE}", conda_file: conda.yml}}\n'
DEPLOYMENT = f"""\
name: blue
endpoint_name: my-endpoint
model: {{path: ../files/m.pkl}}
{CODE}{ENVIRONMENT}environment_variables: {{A: 1}}
instance_type: x
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    for name in ("code/sub", "files", "v2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "code" / "sub" / "score.py").write_text("import beside\ndef init(): ...\ndef run(data): ...\n")
    (tmp_path / "code" / "sub" / "beside.py").write_text("")
    (tmp_path / "files" / "m.pkl").write_text("weights")
    (tmp_path / "v2" / "conda.yml").write_text("dependencies: [python=3.11, pip, {pip: [numpy]}]\n")
    (tmp_path / "v2" / "deployment.yml").write_text(DEPLOYMENT)
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    opened.workspace.close()


def names(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def saved(session: Session, environment: Environment) -> Environment:
    session.environments.save_file(environment, Path("out"), overwrite=True)
    return session.environments.load_file(Path("out") / "environment.yml")[0]


# environments ---------------------------------------------------------------------------------------------------------


def test_an_environment_of_conda_comes_back(session: Session) -> None:
    environment = conda_environment(
        "e", CONDA, image_source=ImageSource(IMAGE), description="for digits", tags=(("a", "b"),)
    )
    assert saved(session, environment) == environment


def test_requirements_become_a_conda_file(session: Session, tmp_path: Path) -> None:
    environment = Environment("e", "3.11", parse_requirements("numpy==2.0.0"), version=3)
    read = saved(session, environment)
    image = ImageSource(read.image_source.image)  # which nobody named, and the file must
    assert read == replace(environment, version=None, image_source=image)
    assert names(tmp_path / "out") == ["conda.yml", "environment.yml"]
    written = yaml.safe_load((tmp_path / "out" / "environment.yml").read_text())
    assert written["version"] == "3"
    assert "py311" in written["image"]


def test_an_image_as_it_is(session: Session, tmp_path: Path) -> None:
    environment = Environment("e", image_source=ImageSource(IMAGE, user_managed=True))
    assert saved(session, environment) == environment
    written = yaml.safe_load((tmp_path / "out" / "environment.yml").read_text())
    assert written["inference_config"]["scoring_route"] == {"port": 5001, "path": "/score"}


def test_what_only_a_build_can_give_becomes_a_folder(session: Session, tmp_path: Path) -> None:
    (tmp_path / "files" / "extra.txt").write_text("x")
    source = ImageSource(
        dockerfile=f"FROM {IMAGE}\nCOPY extra.txt /extra.txt\n", context=str(tmp_path / "files"), apt=("git",)
    )
    environment = Environment("e", requirements=parse_requirements("numpy==2.0.0"), image_source=source)
    read = saved(session, environment)
    assert {"environment.yml", "build/Dockerfile", "build/extra.txt"} <= set(names(tmp_path / "out"))
    assert read.image_source.context == str(tmp_path / "out" / "build")
    assert read.image_source.dockerfile is not None
    assert f"FROM {IMAGE}" in read.image_source.dockerfile
    assert "pip install" in read.image_source.dockerfile
    assert read.image_source.user_managed


def test_what_has_no_place_is_said(session: Session, tmp_path: Path) -> None:
    secret = "--index-url https://user:hunter2@example.org/simple\nnumpy"
    environment = Environment("e", "3.11", parse_requirements(secret), (("A", "1"),))
    written = session.environments.save_file(environment, Path("out"))
    assert [finding.code for finding in written.findings] == ["left-out", "credentials"]
    assert "hunter2" not in "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    read, _ = session.environments.load_file(Path("out/environment.yml"))
    assert read.requirements.canonical_lines() == ("--index-url https://example.org/simple", "numpy")


def test_credentials_of_channels_and_files_of_this_machine(session: Session, tmp_path: Path) -> None:
    channels = ("https://me:hunter2@example.org/a", "https://example.org/t/hunter2/b")
    conda = CondaDependencies(("geos", "pip", PipSection(("a @ file:///w/a-1-py3-none-any.whl",))), channels)
    written = session.environments.save_file(conda_environment("e", conda), Path("out"))
    assert [finding.code for finding in written.findings] == ["credentials", "local-packages"]
    read, _ = session.environments.load_file(Path("out/environment.yml"))
    assert read.conda is not None
    assert read.conda.channels == ("https://example.org/a", "https://example.org/b")


def test_credentials_in_a_dockerfile_are_told_and_directories_of_v2_recognised(session: Session) -> None:
    source = ImageSource(
        dockerfile="FROM a\nRUN pip install -i https://me:hunter2@example.org/s x\n", user_managed=True
    )
    written = session.environments.save_file(Environment("e", image_source=source), Path("out"))
    assert [finding.code for finding in written.findings] == ["credentials"]
    with pytest.raises(NotFoundError) as caught:
        session.environments.load(Path("out"))
    assert "--file" in (caught.value.remedy or "")


def test_site_packages_are_in_no_file(session: Session, tmp_path: Path) -> None:
    source = ImageSource(image=IMAGE, site_packages=str(tmp_path))
    written = session.environments.save_file(Environment("e", image_source=source), Path("out"))
    assert [finding.code for finding in written.findings] == ["left-out"]


def test_directories_of_others_are_left_alone(session: Session, tmp_path: Path) -> None:
    environment = Environment("e", "3.11")
    (tmp_path / "mine").mkdir()
    session.environments.save_file(environment, Path("mine"))  # an empty one may be filled
    for overwrite, name in ((False, "mine"), (True, "files"), (True, "files/m.pkl")):
        with pytest.raises(DeclarationError) as caught:
            session.environments.save_file(environment, Path(name), overwrite=overwrite)
        assert caught.value.code == "directory-exists"
    assert names(tmp_path / "files") == ["m.pkl"]
    with pytest.raises(WorkspaceError) as below:
        session.environments.save_file(environment, Path("files/m.pkl/x"))
    assert below.value.code == "directory-not-written"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".azml", "code", "files", "mine", "v2"]


def test_a_python_without_a_prebuilt_image(session: Session) -> None:
    with pytest.raises(DeclarationError) as caught:
        session.environments.save_file(Environment("e", "3.5"), Path("out"))
    assert caught.value.code == "no-base-image"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("name: e\nimage: a:1\nconda_file: nope.yml\n", "conda-file-missing", "environment.yml, line 3"),
        ("name: e\nbuild: {path: nope}\n", "build-folder-missing", "environment.yml, line 2"),
        ("name: e\nbuild: {path: .}\n", "dockerfile-missing", "environment.yml, line 2"),
        ("name: e\nbuild: {path: ., dockerfile_path: bad}\n", "dockerfile-from", "bad, line 1"),
        ("name: e\nimage: a:1\nconda_file: bad\n", "unknown-key", "bad, line 1"),
    ],
)
def test_environments_that_cannot_be_loaded(session: Session, tmp_path: Path, text: str, code: str, place: str) -> None:
    (tmp_path / "bad").write_text("RUN: x\n" if "conda" in text else "RUN x\n")
    (tmp_path / "environment.yml").write_text(text)
    with pytest.raises(AzmlError) as caught:
        session.environments.load_file(Path("environment.yml"))
    assert (caught.value.code, str(caught.value.place)) == (code, place)


def test_a_model_that_is_not_there_is_told_by_its_line(session: Session, tmp_path: Path) -> None:
    (tmp_path / "model.yml").write_text("name: m\npath: nope.pkl\n")
    with pytest.raises(NotFoundError) as caught:
        session.models.register_file(Path("model.yml"))
    assert str(caught.value.place) == "model.yml, line 2"


# deployments ----------------------------------------------------------------------------------------------------------


def test_a_deployment_file_asks_for_a_service(session: Session, tmp_path: Path) -> None:
    read = file_request(tmp_path / "v2" / "deployment.yml", session.environments)
    assert read.request == DeployRequest(
        "my-endpoint-blue",
        str(tmp_path / "code" / "sub" / "score.py"),
        environment="my-endpoint-blue-environment:1",
        source_directory=str(tmp_path / "code"),
        models=(str(tmp_path / "files" / "m.pkl"),),
        environment_variables=(("A", "1"), ("AZUREML_SOURCE_DIRECTORY", "code/sub")),
    )
    assert [finding.code for finding in read.findings] == ["unused-field"]
    deployment = session.define(read.request)
    assert deployment.entry_script.path == "sub/score.py"
    assert deployment.environment is not None
    assert deployment.environment.image_source == ImageSource(IMAGE)
    # What stands beside the script is found there, as in Azure's v2.
    assert "beside" in deployment_facts(deployment, session.workspace, session.declarations).source_modules
    assert [finding.code for finding in session.check(deployment) if finding.severity == "error"] == []


def test_among_faults_a_warning_says_that_it_is_one(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "v2" / "deployment.yml"
    file.write_text(DEPLOYMENT.replace("endpoint_name", "endpoint_nmae"))
    with pytest.raises(DeclarationError) as caught:
        file_request(file, session.environments)
    told = [line for line in caught.value.lines() if "deployment.yml, line" in line]
    assert [line.startswith("warning: ") for line in told] == [False, True]


def test_what_is_registered_here_is_meant(session: Session, tmp_path: Path) -> None:
    session.models.register(Path("files/m.pkl"), name="m")
    session.environments.register(Environment("e", "3.11"))
    session.declare(EnvironmentDraft("e", "3.12"))
    session.declare(EnvironmentDraft("declared", "3.12"))
    file = tmp_path / "registered.yml"
    text = "name: abc\nmodel: azureml:m@latest\ncode_configuration: {scoring_script: code/sub/score.py}\n"
    file.write_text(f"{text}environment: azureml:e@latest\n")
    request = file_request(file, session.environments, name="other").request
    assert (request.name, request.models, request.environment) == ("other", ("m",), "e:1")
    assert (request.source_directory, request.entry_script) == (None, str(tmp_path / "code" / "sub" / "score.py"))
    for wanted in ("azureml:e:2", "azureml:nope:1", "azureml:declared@latest"):
        file.write_text(f"{text}environment: {wanted}\n")
        with pytest.raises(NotFoundError):
            file_request(file, session.environments)


def test_the_line_may_say_the_environment(session: Session, tmp_path: Path) -> None:
    read = file_request(tmp_path / "v2" / "deployment.yml", session.environments, takes_environment=False)
    assert read.request.environment is None
    assert session.environments.list_all() == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("my-endpoint", "An-endpoint-with-a-name-that-is-far-too-long", "invalid-service-name", 1),
        ("../code", "../nope", "code-missing", 4),
        ("sub/score.py", "sub/scroe.py", "entry-script-missing", 4),
        (CODE, "", "missing-key", None),
        (", scoring_script: sub/score.py", "", "missing-key", 4),
        (ENVIRONMENT, "", "missing-key", None),
        ("../files/m.pkl", "../files/n.pkl", "model-path", 3),
        ("{path: ../files/m.pkl}", "azureml:nope:1", "unknown-model", 3),
        ("conda.yml", "nope.yml", "conda-file-missing", 5),
    ],
)
def test_deployments_that_cannot_be(
    session: Session, tmp_path: Path, old: str, new: str, code: str, line: int | None
) -> None:
    file = tmp_path / "v2" / "deployment.yml"
    assert old in DEPLOYMENT
    file.write_text(DEPLOYMENT.replace(old, new))
    with pytest.raises(AzmlError) as caught:
        file_request(file, session.environments)
    found = caught.value
    told = [(each.code, each.place) for each in found.findings] if isinstance(found, DeclarationError) else None
    ((told_code, place),) = told or [(found.code, found.place)]
    assert place is not None
    assert (told_code, place.source, place.line) == (code, "deployment.yml", line)
    assert session.environments.list_all() == []


def test_a_service_called_like_a_curated_environment(session: Session, tmp_path: Path) -> None:
    read = file_request(tmp_path / "v2" / "deployment.yml", session.environments, name="azureml-x")
    assert read.request.environment == "service-azureml-x-environment:1"


# services -------------------------------------------------------------------------------------------------------------


def test_a_service_is_written_and_read_again(session: Session, tmp_path: Path) -> None:
    asked = file_request(tmp_path / "v2" / "deployment.yml", session.environments).request
    deployment = session.define(asked)
    exported = export_service(session.workspace, deployment, tmp_path / "out")
    assert names(tmp_path / "out") == [
        "code/sub/beside.py",
        "code/sub/score.py",
        "conda.yml",
        "deployment.yml",
        "endpoint.yml",
        "environment.yml",
        "model.yml",
        "model/m.pkl",
    ]
    assert exported.findings == ()
    assert yaml.safe_load((tmp_path / "out" / "endpoint.yml").read_text())["name"] == "my-endpoint-blue"
    assert "azureml-inference-server-http" in (tmp_path / "out" / "conda.yml").read_text()
    again = session.define(file_request(tmp_path / "out" / "deployment.yml", session.environments).request)
    assert again.entry_script.source == deployment.entry_script.source
    assert again.environment_variables == deployment.environment_variables
    assert [model.digest for model in again.models] == [model.digest for model in deployment.models]


def test_a_model_that_was_never_registered_may_have_changed(session: Session, tmp_path: Path) -> None:
    deployment = session.define(file_request(tmp_path / "v2" / "deployment.yml", session.environments).request)
    (tmp_path / "files" / "m.pkl").write_text("other")
    exported = export_service(session.workspace, deployment, tmp_path / "out")
    assert [finding.code for finding in exported.findings] == ["model-changed"]
    (tmp_path / "files" / "m.pkl").unlink()
    with pytest.raises(NotFoundError) as caught:
        export_service(session.workspace, deployment, tmp_path / "gone")
    assert caught.value.code == "model-path"
    assert not (tmp_path / "gone").exists()


def test_a_model_gets_a_name_that_azure_takes(session: Session, tmp_path: Path) -> None:
    (tmp_path / "files" / "m.pkl").rename(tmp_path / "files" / "net ü.pkl")
    file = tmp_path / "v2" / "deployment.yml"
    file.write_text(DEPLOYMENT.replace("m.pkl", "net ü.pkl"))
    deployment = session.define(file_request(file, session.environments).request)
    exported = export_service(session.workspace, deployment, tmp_path / "out")
    assert [finding.code for finding in exported.findings] == ["model-renamed"]
    written = yaml.safe_load((tmp_path / "out" / "deployment.yml").read_text())
    assert (written["model"]["name"], written["model"]["path"]) == ("net-.pkl", "model/net ü.pkl")


def test_what_azure_does_otherwise_is_said(session: Session, tmp_path: Path) -> None:
    for name in ("one", "two"):
        session.models.register(Path("files/m.pkl"), name=name)
    session.declare(EnvironmentDraft("e", environment_variables=(("B", "2"),)))
    request = DeployRequest(
        "several",
        "sub/score.py",
        environment="e",
        source_directory="code",
        models=("one", "two"),
        environment_variables=(("A", "1"),),
    )
    deployment = session.define(request)
    exported = export_service(session.workspace, deployment, tmp_path / "out", base_image=IMAGE)
    assert [finding.code for finding in exported.findings] == ["several-models", "import-path"]
    assert {"models/one/1/m.pkl", "models/two/1/m.pkl"} <= set(names(tmp_path / "out"))
    written = yaml.safe_load((tmp_path / "out" / "deployment.yml").read_text())
    assert written["environment_variables"] == {"A": "1", "B": "2"}
    assert written["environment"]["image"] == IMAGE


def test_a_script_alone_and_no_model(session: Session, tmp_path: Path) -> None:
    session.declare(EnvironmentDraft("e", "3.11"))
    deployment = session.define(DeployRequest("alone", "code/sub/score.py", environment="e"))
    exported = export_service(session.workspace, deployment, tmp_path / "out")
    assert exported.files == ("endpoint.yml", "deployment.yml", "environment.yml")
    assert "code/score.py" in names(tmp_path / "out")


def test_what_runs_on_this_machine_alone_cannot_be_written(session: Session, tmp_path: Path) -> None:
    deployment = session.define(DeployRequest("current", "code/sub/score.py", use_current_python=True))
    for each in (deployment, replace(deployment, use_current_python=False)):
        with pytest.raises(DeclarationError) as caught:
            export_service(session.workspace, each, tmp_path / "out")
        assert caught.value.code == "export-environment"
