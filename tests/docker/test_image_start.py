"""``start: image``: an image's own command serves, in a base made here and in one laid out like the prebuilt ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import PreflightError, ScriptError, ServiceError, StartError
from azml_magics.events import Event, Note
from azml_magics.session import Session
from tests.docker.conftest import MakeImage, print_lines
from tests.docker.prebuilt_image import make_prebuilt_image
from tests.docker.tcp_engine import behind_tcp

#: Neither image holds this version.
ASKED = "3.0.2"
SCRIPT = """\
import os
from importlib.metadata import version

import markupsafe._speedups as speedups

import beside


def init():
    global weights
    print("init was here")
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights.txt")) as file:
        weights = file.read()


def run(data):
    return {"data": data, "weights": weights, "beside": beside.WORD, "markupsafe": version("markupsafe"),
            "file": speedups.__file__, "uid": os.getuid(), "greeting": os.environ.get("GREETING")}
"""


@pytest.fixture(scope="module")
def session(docker_engine: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One workspace for all, so that an image is looked into once."""
    folder = tmp_path_factory.mktemp("image-start")
    opened = Session(folder / ".azml", working_directory=folder)
    (folder / "weights.txt").write_text("42")
    opened.models.register(Path("weights.txt"), name="weights")
    yield opened
    opened.workspace.close()


@pytest.fixture(scope="module", params=["base", "prebuilt"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two images."""
    return str(request.param)


@pytest.fixture(scope="module")
def image(kind: str, docker_engine: Connection, plain_image: MakeImage, inference_base: str, session: Session) -> str:
    """Its name."""
    if kind == "base":
        return inference_base
    return make_prebuilt_image(docker_engine, plain_image("bookworm"), session.workspace.images_directory, print_lines)


@pytest.fixture
def wanted(session: Session, image: str, tmp_path: Path) -> Iterator[DeployRequest]:
    """A service with a source directory and a model that runs the image's own command; stopped at the end."""
    source = tmp_path / "src"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT)
    (source / "beside.py").write_text("WORD = 'sibling'\n")
    request = DeployRequest(
        "own-start",
        "score.py",
        source_directory=str(source),
        models=("weights",),
        engine="docker",
        image=image,
        start="image",
    )
    yield request
    for report in session.services():
        if report.state != "stopped":
            session.stop(report.name)


def score(session: Session) -> dict[str, Any]:
    answer = session.score("own-start", ScoringRequest(b'{"x": 1}')).json()
    assert isinstance(answer, dict)
    return answer


def left(connection: Connection, session: Session) -> list[str]:
    label: dict[str, Any] = {"label": f"azml-magics.workspace={session.workspace.root}"}
    return [str(item.id) for item in connection.client.containers.list(all=True, filters=label)]


def write(request: DeployRequest, name: str, text: str) -> None:
    (Path(str(request.source_directory)) / name).write_text(text)


def test_the_images_own_command_serves(
    session: Session, wanted: DeployRequest, docker_engine: Connection, kind: str
) -> None:
    report = session.deploy(wanted)
    answer = score(session)
    assert answer.pop("markupsafe") != ASKED
    assert answer.pop("file").startswith("/azureml-envs/")
    assert answer == {"data": '{"x": 1}', "weights": "42", "beside": "sibling", "uid": 1000, "greeting": None}
    inspected = docker_engine.client.api.inspect_container(str(report.container))
    command = {"base": ["/azureml-envs/azml/bin/python", "/opt/azml-serving/start.py", "5001"]}
    assert inspected["Config"]["Cmd"] == command.get(kind, ["runsvdir", "/var/runit"])
    assert inspected["HostConfig"]["CapDrop"] == ["ALL"]
    assert (report.security["user"], report.security["root"]) == ("dockeruser", False)
    assert report.security["read_only_root"] is False
    log = list(session.logs("own-start"))
    assert any("init was here" in line for line in log)
    session.stop("own-start")
    assert left(docker_engine, session) == []
    assert list(session.logs("own-start"))[: len(log)] == log


@pytest.mark.parametrize("packages", ["dynamic", "mount", "bake"])
def test_packages_are_added_the_images_own_way(
    session: Session, wanted: DeployRequest, packages: PackagesStrategy
) -> None:
    session.declare(EnvironmentDraft("extra", requirements=parse_requirements(f"markupsafe=={ASKED}")))
    session.deploy(replace(wanted, environment="extra", packages=packages))
    answer = score(session)
    assert answer["markupsafe"] == ASKED
    is_mounted = "/opt/azml/site-packages/" in answer["file"]
    assert is_mounted == (packages == "mount")
    variable = {"dynamic": "Installing Python packages from", "mount": "Adding ", "bake": "is disabled."}[packages]
    assert any("gunicorn/run" in line and variable in line for line in session.logs("own-start"))


def test_a_library_of_the_users_own_wins_over_requirements(session: Session, wanted: DeployRequest) -> None:
    library = Path(str(wanted.source_directory)) / "library"
    library.mkdir()
    (library / "beside_library.py").write_text("WORD = 'library'\n")
    write(wanted, "score.py", SCRIPT.replace("import beside\n", "import beside_library as beside\n"))
    variables = {"AZUREML_EXTRA_PYTHON_LIB_PATH": "library", "AZUREML_EXTRA_REQUIREMENTS_TXT": "nowhere.txt"}
    session.deploy(replace(wanted, environment_variables=tuple(variables.items()), skip_checks=True))
    assert score(session)["beside"] == "library"


def test_requirements_of_the_users_own(session: Session, wanted: DeployRequest) -> None:
    write(wanted, "more.txt", f"markupsafe=={ASKED}\n")
    session.deploy(replace(wanted, environment_variables=(("AZUREML_EXTRA_REQUIREMENTS_TXT", "more.txt"),)))
    assert score(session)["markupsafe"] == ASKED


@pytest.mark.parametrize(
    ("variable", "exit_code", "code"),
    [
        ("AZUREML_EXTRA_PYTHON_LIB_PATH", 97, "library-path-missing"),
        ("AZUREML_EXTRA_CONDA_YAML", 98, "conda-file-missing"),
        ("AZUREML_EXTRA_REQUIREMENTS_TXT", 99, "extra-requirements-missing"),
    ],
)
def test_what_is_missing_is_named(
    session: Session, wanted: DeployRequest, docker_engine: Connection, variable: str, exit_code: int, code: str
) -> None:
    with pytest.raises(StartError) as caught:
        session.deploy(replace(wanted, environment_variables=((variable, "nowhere"),), skip_checks=True))
    assert (caught.value.process_exit_code, caught.value.code) == (exit_code, code)
    assert left(docker_engine, session) == []


def test_packages_that_cannot_be_installed(session: Session, wanted: DeployRequest) -> None:
    write(wanted, "more.txt", "--no-index\nazml-no-such-package==1.0\n")
    with pytest.raises(StartError) as caught:
        session.deploy(replace(wanted, environment_variables=(("AZUREML_EXTRA_REQUIREMENTS_TXT", "more.txt"),)))
    assert (caught.value.process_exit_code, caught.value.code) == (95, "extra-packages-failed")
    assert any("azml-no-such-package" in line for line in caught.value.log_tail)


def test_a_failing_init_comes_with_its_traceback(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    write(wanted, "score.py", SCRIPT.replace('    print("init was here")', "    raise ValueError('no weights')"))
    with pytest.raises(ScriptError) as caught:
        session.deploy(wanted)
    assert (caught.value.code, caught.value.process_exit_code) == ("init-failed", 3)
    assert caught.value.exception == "ValueError: no weights"
    assert [(frame.file, frame.line) for frame in caught.value.frames] == [("src/score.py", 11)]
    assert session.service("own-start").state == "failed"
    assert left(docker_engine, session) == []
    assert any("no weights" in line for line in session.logs("own-start"))


def test_a_reload_is_refused_with_the_way_to_do_it(session: Session, wanted: DeployRequest) -> None:
    first = session.deploy(wanted)
    write(wanted, "beside.py", "WORD = 'changed'\n")
    with pytest.raises(ServiceError) as caught:
        session.reload("own-start")
    assert (caught.value.code, "azml update own-start" in caught.value.remedy) == ("reload-unsupported", True)
    assert score(session)["beside"] == "sibling"
    second = session.update("own-start", {})
    assert (second.port, score(session)["beside"]) == (first.port, "changed")
    assert second.container != first.container


def test_an_update_that_does_not_become_ready_changes_nothing(session: Session, wanted: DeployRequest) -> None:
    first = session.deploy(wanted)
    write(wanted, "beside.py", "raise RuntimeError('half done')\n")
    with pytest.raises(ScriptError, match="did not start"):
        session.update("own-start", {"environment_variables": (("GREETING", "hello"),)})
    assert session.service("own-start").container == first.container
    assert score(session)["greeting"] is None
    write(wanted, "beside.py", "WORD = 'done'\n")
    session.update("own-start", {"environment_variables": (("GREETING", "hello"),)})
    assert (score(session)["greeting"], score(session)["beside"]) == ("hello", "done")


def test_an_engine_on_another_machine_is_asked_from_the_inside(
    session: Session, wanted: DeployRequest, docker_engine: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    write(wanted, "more.txt", f"markupsafe=={ASKED}\n")
    request = replace(wanted, environment_variables=(("AZUREML_EXTRA_REQUIREMENTS_TXT", "more.txt"),))
    with behind_tcp(docker_engine, "127.0.0.2") as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        report = session.deploy(request, emit=events.append)
        assert any("ssh -L" in event.text for event in events if isinstance(event, Note))
        assert report.state == "running"
        assert score(session)["markupsafe"] == ASKED  # the tunnel is there already
        write(wanted, "beside.py", "raise RuntimeError('half done')\n")
        with pytest.raises(ScriptError, match="did not start"):
            session.update("own-start", {})
        session.stop("own-start")


def test_an_image_without_a_command_is_refused(session: Session, wanted: DeployRequest, plain_image: MakeImage) -> None:
    with pytest.raises(PreflightError) as caught:
        session.deploy(replace(wanted, image=plain_image("bookworm")))
    assert [finding.code for finding in caught.value.findings] == ["image-start-without-command"]


def test_what_only_our_start_script_can_do_is_refused(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    with pytest.raises(PreflightError) as caught:
        session.deploy(replace(wanted, resources=Resources(network=False)))
    assert [finding.code for finding in caught.value.findings] == ["image-start-without-network"]
    session.declare(
        EnvironmentDraft(
            "hashed",
            requirements=parse_requirements(f"markupsafe=={ASKED} --hash=sha256:{'0' * 64}\nisodate==0.7.2"),
            image_source=ImageSource(packages="dynamic"),
        )
    )
    with pytest.raises(PreflightError) as caught:
        session.deploy(replace(wanted, environment="hashed"))
    assert "image-start-hashes" in [finding.code for finding in caught.value.findings]
    assert left(docker_engine, session) == []
