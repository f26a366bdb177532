"""A service that runs from a conda environment, deployed through the session as any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import conda_environment
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.session import Session
from tests.channels import Channel
from tests.services import session_with_services

SCRIPT = """
import os, shutil
import greeting

def init():
    pass

def run(raw):
    variables = {name: os.environ[name] for name in ("CONDA_PREFIX", "COLOUR", "SIZE")}
    return {"greeting": greeting.greet(), "python": shutil.which("python"), **variables}
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "score.py").write_text(SCRIPT)
    with session_with_services(folder) as opened:
        yield opened


def conda(channel: Channel, *packages: str) -> CondaDependencies:
    variables = (("COLOUR", "red"), ("SIZE", "10"))
    return CondaDependencies((*packages, "pip"), (channel.url,), name="digits", variables=variables)


def request(session: Session, channel: Channel, *packages: str) -> DeployRequest:
    environment = conda_environment("digits", conda(channel, *packages), environment_variables=(("SIZE", "20"),))
    registered = session.environments.register(environment)
    return DeployRequest("greeter", "score.py", environment=registered.label)


def test_a_service_runs_from_a_conda_environment(session: Session, channel: Channel) -> None:
    report = session.deploy(request(session, channel, "greeting=1"))
    assert report.state == "running", report.error
    answer = session.score("greeter", ScoringRequest(body=b"{}")).json()
    assert isinstance(answer, dict)
    assert answer["greeting"] == "hello"
    assert answer["python"] == f"{answer['CONDA_PREFIX']}/bin/python"
    assert Path(answer["CONDA_PREFIX"]).parent == session.workspace.packages_directory / "conda"
    assert (answer["COLOUR"], answer["SIZE"]) == ("red", "20")


def test_a_change_of_conda_packages_is_a_change_of_the_service(session: Session, channel: Channel) -> None:
    equal = session.plan(session.define(request(session, channel, "greeting=1")))
    assert (equal.action("packages").kind, equal.action("start").kind) == ("reuse", "reuse")
    other = session.plan(session.define(request(session, channel, "greeting=2")))
    assert other.action("packages").kind == "run"
    assert other.action("start").reason == "changed: conda packages (+ greeting=2, - greeting=1)"
