"""Containers whose packages come from a lock, in each of the three ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy
from azml_magics.definitions.lock_rules import locked_versions
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import BuildError, PreflightError
from azml_magics.plan.actions import ImagePlan
from azml_magics.session import Session
from tests.docker.conftest import MakeImage
from tests.unit.build.wheelhouse import add_wheel

SCRIPT = """\
from importlib.metadata import version
def init(): pass
def run(data): return {name: version(name) for name in ("azml-one", "azml-two", "flask")}
"""


STRATEGIES: tuple[PackagesStrategy, ...] = ("mount", "bake", "dynamic")


def request(strategy: PackagesStrategy) -> DeployRequest:
    return DeployRequest(
        f"locked-{strategy}", "score.py", environment="locked", engine="docker", packages=strategy, frozen=True
    )


@pytest.fixture(scope="module")
def session(
    docker_engine: Connection, inference_base: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """An environment that is locked for the base image, whose packages have newer releases since."""
    folder = tmp_path_factory.mktemp("locks")
    add_wheel(folder / "wheels", "azml-one", "1.0", requires=["azml-two"])
    add_wheel(folder / "wheels", "azml-two", "1.0")
    opened = Session(folder / ".azml", working_directory=folder)
    text = f"--find-links {folder / 'wheels'}\nazml-one"
    source = ImageSource(image=inference_base)
    opened.declare(EnvironmentDraft("locked", None, parse_requirements(text), image_source=source))
    opened.environments.lock("locked", engine="docker")
    add_wheel(folder / "wheels", "azml-one", "2.0")
    add_wheel(folder / "wheels", "azml-two", "2.0")
    (folder / "score.py").write_text(SCRIPT)
    yield opened
    plan = opened.plan(opened.define(request("bake"))).packages
    assert isinstance(plan, ImagePlan)
    for report in opened.services():
        if report.state == "running":
            opened.stop(report.name)
    docker_engine.client.images.remove(plan.tag, force=True)


def test_the_lock_is_for_the_image_and_its_server(
    session: Session, docker_engine: Connection, inference_base: str
) -> None:
    from azml_magics.containers.images import get_image

    image = get_image(docker_engine, inference_base, session.workspace.images_directory)
    lock = session.environments.get("locked:1").lock
    assert lock is not None
    assert (lock.python, lock.platform) == (image.python_minor, "x86_64-manylinux_2_36")
    assert locked_versions(lock.requirement_lines)[SERVER] == image.server_version


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_locked_gets_into_the_container(session: Session, strategy: PackagesStrategy) -> None:
    wanted_service = request(strategy)
    assert session.plan(session.define(wanted_service)).packages.is_locked
    report = session.deploy(wanted_service)
    assert report.environment == "locked:1"
    lock = session.environments.get("locked:1").lock
    assert lock is not None
    wanted = locked_versions(lock.requirement_lines)
    answer = session.score(report.name, ScoringRequest(b"")).json()
    assert answer == {name: wanted[name] for name in ("azml-one", "azml-two", "flask")}
    assert (wanted["azml-one"], wanted["azml-two"]) == ("1.0", "1.0")
    session.stop(report.name)


def test_a_lock_for_another_python_is_refused(session: Session, inference_base_of: MakeImage) -> None:
    text = f"--find-links {session.working_directory / 'wheels'}\nazml-one<2"
    session.declare(EnvironmentDraft("elsewhere", None, parse_requirements(text)))
    session.environments.lock("elsewhere")
    other = inference_base_of("trixie")
    elsewhere = DeployRequest("elsewhere", "score.py", environment="elsewhere", engine="docker", image=other)
    with pytest.raises(PreflightError) as caught:
        session.deploy(elsewhere)
    assert caught.value.code == "lock-target"
    assert caught.value.remedy == f"lock it for that: azml environment lock elsewhere --engine docker --base {other}"


def test_another_file_than_the_locked_one_gets_into_no_image(session: Session) -> None:
    wheels = session.working_directory / "wheels"
    former = (wheels / "azml_two-1.0-py3-none-any.whl").read_bytes()
    add_wheel(wheels, "azml-two", "1.0", files={"more.py": "print('not the same')\n"})
    try:
        with pytest.raises(BuildError) as caught:
            session.deploy(replace(request("bake"), name="tampered"))
    finally:
        (wheels / "azml_two-1.0-py3-none-any.whl").write_bytes(former)
    assert caught.value.code == "hash-mismatch"
    assert "lock the environment again" in caught.value.remedy
