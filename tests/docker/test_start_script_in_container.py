"""The recorded cases of the images' start script in containers held as our engine holds them; its exit codes."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.errors import StartError
from azml_magics.session import Session
from tests.contracts.start_script import (
    NOT_APPLICABLE,
    SERVING,
    StartCase,
    driver_arguments,
    read_cases,
    read_records,
    shown_lines,
    write_files,
    write_stubs,
)
from tests.docker.conftest import MakeImage
from tests.require import require

CASES = read_cases()
APP, STUBS, START = "/var/azureml-app", "/stubs", "/opt/azml-serving"
SCRIPT = "def init(): pass\ndef run(d): return d\n"


def start(
    connection: Connection, image: str, folder: Path, case: StartCase, *, server: bool = True
) -> tuple[int, str, str]:
    """The container's own exit code, what it printed and its app root."""
    folder.chmod(0o755)
    write_files(folder / "app", case.files)
    write_stubs(folder)
    shown = {folder / "app": APP, folder: STUBS, SERVING: START}
    container = connection.client.containers.run(
        image,
        driver_arguments(f"{STUBS}/stubs", f"{START}/start.py", server=server),
        entrypoint=["/usr/bin/python3"],
        environment={
            "PATH": f"{STUBS}/bin:/usr/bin:/bin",
            "AML_APP_ROOT": APP,
            "PYTHONDONTWRITEBYTECODE": "1",
            **case.environment,
        },
        volumes={str(source): {"bind": target, "mode": "ro"} for source, target in shown.items()},
        detach=True,
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": ""},
        cap_drop=["ALL"],
        user="1000:1000",
    )
    try:
        code = container.wait(timeout=300)["StatusCode"]
        return int(code), container.logs(stderr=False).decode(), APP
    finally:
        container.remove(force=True, v=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_recorded_start(case: StartCase, docker_engine: Connection, plain_image: MakeImage, tmp_path: Path) -> None:
    case.check(*start(docker_engine, plain_image("bookworm"), tmp_path, case))


def test_every_recorded_start_is_replayed_or_listed() -> None:
    records = read_records()
    if not records:
        require("vectors")
    assert {record["exit"] for record in records} == {0, 95, 98, 99}
    assert len(CASES) == len(records) - len(NOT_APPLICABLE)
    print(f"recorded start-script cases replayed in containers: {len(CASES)} of {len(records)}")


def test_a_missing_server_ends_with_100(docker_engine: Connection, plain_image: MakeImage, tmp_path: Path) -> None:
    case = StartCase("no server", {"AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True"}, (), 100, ())
    code, output, app = start(docker_engine, plain_image("bookworm"), tmp_path, case, server=False)
    assert code == 100
    assert "azureml-inference-server-http is not installed" in shown_lines(output, app)[-1]


# the same codes, as a user meets them ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(docker_engine: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One workspace for all, so that an image is looked into once."""
    folder = tmp_path_factory.mktemp("codes")
    opened = Session(folder / ".azml", working_directory=folder)
    yield opened
    opened.workspace.close()


@pytest.fixture
def wanted(session: Session, inference_base: str, tmp_path: Path) -> DeployRequest:
    """A service of the base as it is, with a name and a source directory of its own."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    return DeployRequest(
        f"codes-{uuid.uuid4().hex[:12]}",
        "score.py",
        source_directory=str(tmp_path / "src"),
        engine="docker",
        image=inference_base,
        skip_checks=True,
    )


def refused(session: Session, connection: Connection, request: DeployRequest) -> tuple[StartError, int]:
    """The failure of a deployment, and the exit code that the engine itself noted of its container."""
    label = f"azml-magics.service={request.name}"
    began = int(time.time())
    told: Any = connection.client.events(
        since=began, until=began + 600, filters={"event": "die", "label": label}, decode=True
    )
    with contextlib.closing(told):
        with pytest.raises(StartError) as caught:
            session.deploy(request)
        died = next(told)
    assert connection.client.containers.list(all=True, filters={"label": label}) == []
    return caught.value, int(died["Actor"]["Attributes"]["exitCode"])


@pytest.mark.parametrize(
    ("variables", "exit_code", "code"),
    [
        ({"AZUREML_EXTRA_REQUIREMENTS_TXT": "impossible.txt"}, 95, "extra-packages-failed"),
        ({"AZUREML_EXTRA_PYTHON_LIB_PATH": "nowhere"}, 97, "library-path-missing"),
        ({"AZUREML_EXTRA_CONDA_YAML": "nowhere.yml"}, 98, "conda-file-missing"),
        ({"AZUREML_EXTRA_CONDA_YAML_ABS_PATH": "/nowhere.yml"}, 98, "conda-file-missing"),
        ({"AZUREML_EXTRA_REQUIREMENTS_TXT": "nowhere.txt"}, 99, "extra-requirements-missing"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_what_is_missing_ends_a_deployment_with_its_code(
    session: Session,
    docker_engine: Connection,
    wanted: DeployRequest,
    variables: dict[str, str],
    exit_code: int,
    code: str,
) -> None:
    (Path(str(wanted.source_directory)) / "impossible.txt").write_text("--no-index\nazml-no-such-package==1.0\n")
    request = replace(wanted, environment_variables=tuple(variables.items()))
    error, noted = refused(session, docker_engine, request)
    assert (error.process_exit_code, noted, error.code) == (exit_code, exit_code, code)
    assert next(iter(variables)).removesuffix("_ABS_PATH") in error.brief


def test_an_image_without_the_server_ends_with_100(
    session: Session, docker_engine: Connection, wanted: DeployRequest, plain_image: MakeImage
) -> None:
    source = ImageSource(image=plain_image("bookworm"), user_managed=True)
    session.declare(EnvironmentDraft("managed", image_source=source))
    request = replace(wanted, image=None, environment="managed")
    error, noted = refused(session, docker_engine, request)
    assert (error.process_exit_code, noted, error.code) == (100, 100, "server-missing")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("def init(): raise ValueError('no weights')\ndef run(d): return d\n", "init-failed"),
        ("import azml_no_such_module\ndef init(): pass\ndef run(d): return d\n", "script-import-failed"),
    ],
)
def test_a_script_that_fails_ends_with_3(
    session: Session, docker_engine: Connection, wanted: DeployRequest, text: str, code: str
) -> None:
    (Path(str(wanted.source_directory)) / "score.py").write_text(text)
    error, noted = refused(session, docker_engine, wanted)
    assert (error.process_exit_code, noted, error.code) == (3, 3, code)
