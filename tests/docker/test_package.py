"""Packages: contexts that plain ``docker build`` takes, images that serve on their own and under Azure's variables."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.build.buildkit import find_buildkit
from azml_magics.build.image import Builder
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.images.package import build_package, environment_dockerfile, write_package
from azml_magics.workspace.workspace import Workspace
from tests.docker.building import Workshop, served
from tests.unit.build.wheelhouse import add_wheel

SCRIPT = """\
import json, os
import azml_house
from beside import double

def init():
    global factor
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights", "factor.txt")) as file:
        factor = int(file.read())

def run(data):
    names = ("AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "AZUREML_MODEL_DIR", "GREETING")
    return {
        "result": double(factor * json.loads(data)["x"]),
        "house": azml_house.VERSION,
        "uid": os.getuid(),
        **{name: os.environ[name] for name in names},
    }
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / ".azml")


@pytest.fixture
def deployment(workspace: Workspace, inference_base: str, tmp_path: Path) -> Deployment:
    source = tmp_path / "src"
    (source / "inner").mkdir(parents=True)
    (source / "beside.py").write_text("def double(x):\n    return 2 * x\n")
    (source / "notes.tmp").write_text("not for the image")
    (source / ".amlignore").write_text("*.tmp\n")
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "factor.txt").write_text("3")
    model = workspace.register_model(weights, name="digits", tags={}, properties={}, description="")
    add_wheel(tmp_path / "wheels", "azml-house", "1.2")
    requirements = parse_requirements(f"--no-index\n--find-links {tmp_path / 'wheels'}\nazml-house\n")
    environment = Environment(
        "house", requirements=requirements, environment_variables=(("GREETING", 'say "hi" to $HOME \\o/'),)
    )
    return Deployment(
        "digits",
        EntryScript("score.py", SCRIPT),
        environment,
        source_directory=source,
        models=(model,),
        base_image=inference_base,
    )


EXPECTED = {
    "result": 12,
    "house": "1.2",
    "uid": 1000,
    "AML_APP_ROOT": "/var/azureml-app",
    "AZUREML_ENTRY_SCRIPT": "src/score.py",
    "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/digits/1",
    "GREETING": 'say "hi" to $HOME \\o/',
}


def docker_build(connection: Connection, directory: Path, tag: str, builder: Builder) -> None:
    """What a user types."""
    program = find_buildkit(connection)
    assert program is not None
    environment = {**os.environ, "DOCKER_BUILDKIT": "1" if builder == "buildkit" else "0"}
    command = [program.path, "build", "--tag", tag, str(directory)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def matches(answer: object) -> bool:
    """The server replaces the script's variable by its place."""
    assert isinstance(answer, dict)
    script = str(answer["AZUREML_ENTRY_SCRIPT"])
    return {**answer, "AZUREML_ENTRY_SCRIPT": script.removeprefix("/var/azureml-app/")} == EXPECTED


def test_a_written_package_is_built_by_plain_docker_and_serves(
    workshop: Workshop, workspace: Workspace, deployment: Deployment, tmp_path: Path
) -> None:
    package = write_package(workspace, deployment, tmp_path / "out", connection=workshop.connection)
    names = {path.relative_to(package.directory).as_posix() for path in package.directory.rglob("*") if path.is_file()}
    assert names == {
        "Dockerfile",
        "azml-package.json",
        "requirements.txt",
        "wheels/1/azml_house-1.2-py3-none-any.whl",
        "app/src/score.py",
        "app/src/beside.py",
        "models/digits/1/weights/factor.txt",
    }
    assert package.findings == ()
    tag = workshop.tag()
    docker_build(workshop.connection, package.directory, tag, workshop.builder)
    for serving in served(workshop.connection, tag):
        assert matches(serving.score({"x": 2}))


def test_a_package_on_a_plain_base_brings_its_own_start(
    workshop: Workshop, workspace: Workspace, deployment: Deployment, inference_base: str, tmp_path: Path
) -> None:
    """The same base without what makes it one: its command, its port and its labels."""
    plain = workshop.build(
        f'FROM {inference_base}\nENTRYPOINT ["/usr/bin/env"]\nCMD ["printenv"]\nENV AZML_BIND_HOST=\n'
    )
    package = write_package(
        workspace, replace(deployment, base_image=plain), tmp_path / "out", connection=workshop.connection
    )
    text = (package.directory / "Dockerfile").read_text()
    assert "COPY serving/ /opt/azml-serving/" in text
    assert (package.directory / "serving" / "start.py").is_file()
    tag = workshop.tag()
    docker_build(workshop.connection, package.directory, tag, workshop.builder)
    for serving in served(workshop.connection, tag):
        assert matches(serving.score({"x": 2}))


def test_a_package_is_built_once(workshop: Workshop, workspace: Workspace, deployment: Deployment) -> None:
    tag = workshop.tag()

    def build(changed: Deployment) -> tuple[bool, str, float]:
        began = time.perf_counter()
        built = build_package(
            workspace, changed, tag, connection=workshop.connection, cancel=Cancel(), builder=workshop.builder
        )
        return built.reused, built.reason, time.perf_counter() - began

    assert build(deployment)[:2] == (False, f"there is no image {tag} yet")
    reused, reason, seconds = build(replace(deployment, name="renamed"))
    assert (reused, reason) == (True, f"an equal package is there already: {tag}")
    print(f"found again after {seconds * 1000:.0f} ms")
    workshop.replaced.append(workshop.inspect(tag)["Id"])
    script = EntryScript("score.py", SCRIPT.replace("double(factor", "double(10 * factor"))
    assert build(replace(deployment, entry_script=script))[:2] == (False, f"{tag} holds something else")
    for serving in served(workshop.connection, tag):
        answer = serving.score({"x": 2})
        assert isinstance(answer, dict)
        assert answer["result"] == 120


def test_azures_variables_win(workshop: Workshop, workspace: Workspace, deployment: Deployment, tmp_path: Path) -> None:
    """As azure-ai-ml starts an image: code and model mounted, its own variables (AZUREML.md 4.2)."""
    tag = workshop.tag()
    build_package(workspace, deployment, tag, connection=workshop.connection, cancel=Cancel(), builder=workshop.builder)
    code, model = tmp_path / "code" / "deep", tmp_path / "other" / "weights"
    code.mkdir(parents=True)
    model.mkdir(parents=True)
    (code / "main_script.py").write_text(SCRIPT.replace("from beside import double", "double = lambda x: -x"))
    (model / "factor.txt").write_text("5")
    app = "/var/azureml-app"
    for serving in served(
        workshop.connection,
        tag,
        volumes=[f"{tmp_path}/code:{app}/code/", f"{tmp_path}/other:{app}/azureml-models//other/1"],
        environment={
            "AML_APP_ROOT": f"{app}/code/deep",
            "AZUREML_ENTRY_SCRIPT": "main_script.py",
            "AZUREML_MODEL_DIR": f"{app}/azureml-models//other/1",
        },
    ):
        answer = serving.score({"x": 2})
        assert isinstance(answer, dict)
        assert answer["result"] == -10


def test_a_base_whose_user_becomes_root_is_reported(
    docker_engine: Connection, workspace: Workspace, deployment: Deployment, tmp_path: Path
) -> None:
    assert deployment.environment is not None
    source = ImageSource(steps_after=("USER root",))
    changed = replace(deployment, environment=replace(deployment.environment, image_source=source))
    package = write_package(workspace, changed, tmp_path / "out", connection=docker_engine)
    (finding,) = package.findings
    assert finding.code == "becomes-root"
    assert "runs as dockeruser" in finding.message
    assert finding.remedy == "end with USER dockeruser"


def test_the_dockerfile_of_an_environment(
    docker_engine: Connection, workspace: Workspace, deployment: Deployment, inference_base: str
) -> None:
    assert deployment.environment is not None
    source = ImageSource(apt=("sl", "figlet"), steps_before=("ENV A=1",), steps_after=("RUN true",))
    environment = replace(deployment.environment, image_source=source)
    shown = environment_dockerfile(workspace, environment, base_image=inference_base, connection=docker_engine)
    assert shown.is_base_known
    assert shown.files == ("requirements.txt", "wheels/1/azml_house-1.2-py3-none-any.whl")
    assert shown.tag.startswith("azureml/azureml_")
    assert (
        shown.text
        == f"""\
FROM {inference_base}
ENV A=1

# Debian packages
USER root
RUN apt-get update && \\
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\
        sl \\
        figlet && \\
    rm -rf /var/lib/apt/lists/*
USER dockeruser

# Python packages
COPY requirements.txt /opt/azml/
COPY wheels/ /opt/azml/wheels/
RUN /azureml-envs/azml/bin/python -m pip install --no-cache-dir -r /opt/azml/requirements.txt

RUN true
"""
    )
    unknown = environment_dockerfile(workspace, environment, base_image="azml-absent.invalid/x:1")
    assert not unknown.is_base_known
    assert [finding.code for finding in unknown.findings] == ["base-unknown"]
