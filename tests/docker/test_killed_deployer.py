"""Whoever deploys is killed while a container starts: the next who works on the service removes the container."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.events import discard
from azml_magics.prune.removal import remove_unused
from azml_magics.prune.unused import find_unused
from azml_magics.services.orphans import INTERRUPTED
from azml_magics.session import Session
from tests.contracts.test_killed_deployer import QUICK, killed_deployer
from tests.docker.test_engine import containers
from tests.services import session_with_services


@pytest.fixture
def session(docker_engine: Connection, tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "quick.py").write_text(QUICK)
    with session_with_services(tmp_path) as opened:
        yield opened


@pytest.fixture
def wanted(inference_base: str) -> DeployRequest:
    return DeployRequest("left", "quick.py", engine="docker", image=inference_base)


def deploy_and_die(session: Session, wanted: DeployRequest, moment: str) -> None:
    with killed_deployer(session.working_directory, moment, wanted) as child:
        assert child.wait(300) == -signal.SIGKILL


def test_listing_services_removes_the_container(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    deploy_and_die(session, wanted, "saving")
    (report,) = session.services()
    assert (report.state, report.error) == ("failed", INTERRUPTED)
    assert containers(docker_engine, session) == []


@pytest.mark.parametrize("moment", ["created", "saving"])
def test_stopping_it_removes_the_container(
    session: Session, wanted: DeployRequest, docker_engine: Connection, moment: str
) -> None:
    deploy_and_die(session, wanted, moment)
    assert len(containers(docker_engine, session)) == 1
    assert session.stop("left").state == "stopped"
    assert containers(docker_engine, session) == []
    logged = list(session.logs("left"))
    assert any("gunicorn" in line for line in logged) == (moment == "saving")


def test_deploying_it_again_removes_the_container_and_keeps_the_one_that_runs(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    report = session.deploy(wanted)
    changed = DeployRequest(**{**vars(wanted), "environment_variables": (("CHANGED", "yes"),)})
    deploy_and_die(session, changed, "saving")
    assert len(containers(docker_engine, session)) == 2
    again = session.deploy(wanted)  # an equal one runs
    assert (again.container, containers(docker_engine, session)) == (report.container, [report.container])


def test_pruning_removes_the_container(session: Session, wanted: DeployRequest, docker_engine: Connection) -> None:
    deploy_and_die(session, wanted, "saving")
    nothing = Declarations()
    (item,) = [
        item
        for item in find_unused(session.workspace, nothing, session.working_directory).unused
        if item.kind == "interrupted service"
    ]
    assert item.name == "left/1"
    pruned = remove_unused(session.workspace, nothing, session.working_directory, [item], emit=discard, cancel=Cancel())
    assert (pruned.removed, pruned.kept) == ((item,), ())
    assert containers(docker_engine, session) == []
    (report,) = session.services()
    assert (report.state, report.error) == ("failed", INTERRUPTED)
