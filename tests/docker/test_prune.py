"""What nothing refers to any more goes; what a running service uses stays, whatever else is known of it."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.containers import usage
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import inspect_image
from azml_magics.containers.listing import list_images
from azml_magics.containers.usage import list_own_images, read_engine_use, remove_image
from azml_magics.definitions import labels
from azml_magics.definitions.deployment import DeployRequest, ServiceReport
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ServiceError
from azml_magics.events import Event, Note
from azml_magics.plan.dockerfile import TAG_PREFIX
from azml_magics.prune.removal import remove_unused
from azml_magics.prune.unused import Pruning, Unused, find_unused
from azml_magics.session import Session

SCRIPT = "import markupsafe\ndef init(): ...\ndef run(data): return markupsafe.__version__\n"


@pytest.fixture
def session(tmp_path: Path, inference_base: str, docker_engine: Connection) -> Iterator[Session]:
    """Images of its own are removed at the end; those of others, which share the engine, are never touched."""
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    opened.declare(EntryScript("score.py", SCRIPT))
    declare(opened, "3.0.1", inference_base)
    yield opened
    for report in opened.services():
        opened.stop(report.name)
    for image in list_own_images(docker_engine, TAG_PREFIX):
        if image.workspace == str(opened.workspace.root):
            remove_image(docker_engine, image.name)
    opened.workspace.close()


def declare(session: Session, version: str, image: str, name: str = "digits") -> None:
    requirements = parse_requirements(f"markupsafe=={version}")
    # An image of this test alone: two workspaces with equal definitions share one.
    steps = (f"ENV AZML_TEST={session.workspace.root}",)
    source = ImageSource(image=image, steps_after=steps if version == "3.0.1" else ())
    session.declare(EnvironmentDraft(name, None, requirements, image_source=source))


def deploy(session: Session, packages: str, name: str = "digits") -> ServiceReport:
    return session.deploy(
        DeployRequest(name, "score.py", environment=name, engine="docker", packages=packages)  # type: ignore[arg-type]
    )


def unused(session: Session) -> list[Unused]:
    """Without the images of others: a workspace that is gone leaves images to everybody."""
    found = find_unused(session.workspace, session.declarations, session.working_directory)
    assert found.problem == ""
    mine = [image.tag for image in session.workspace.artifacts.list_all()]
    return [item for item in found.unused if item.kind != "image" or item.name.removesuffix(":latest") in mine]


def remove(session: Session, *items: Unused, log: list[Event] | None = None) -> Pruning:
    return remove_unused(
        session.workspace,
        session.declarations,
        session.working_directory,
        items,
        emit=([] if log is None else log).append,
        cancel=Cancel(),
    )


def kinds(items: list[Unused]) -> list[str]:
    return sorted({item.kind for item in items})


def test_what_a_changed_environment_leaves_goes(
    session: Session, inference_base: str, docker_engine: Connection
) -> None:
    assert deploy(session, "bake").state == "running"
    (baked,) = [item for item in session.workspace.artifacts.list_all() if item.tag]
    image = inspect_image(docker_engine, baked.tag)
    assert image is not None
    assert image["Config"]["Labels"][labels.WORKSPACE] == str(session.workspace.root)
    assert unused(session) == []

    declare(session, "3.0.2", inference_base)
    assert unused(session) == []  # the service still runs with the former one
    assert deploy(session, "mount").state == "running"
    found = unused(session)
    assert kinds(found) == ["image", "service files"]
    (leftover,) = [item for item in found if item.kind == "image"]
    assert leftover.name == f"{baked.tag}:latest"
    assert 0 < leftover.size_bytes < 5_000_000  # the base is shared
    log: list[Event] = []
    pruned = remove(session, *found, log=log)
    assert set(pruned.removed) == set(found)
    assert pruned.kept == ()
    assert pruned.freed_bytes == sum(item.size_bytes for item in found)
    assert log == [Note(f"removed {item.kind} {item.name}") for item in found]
    assert inspect_image(docker_engine, baked.tag) is None
    (facts,) = unused(session)  # of the image that has just gone
    assert facts.kind == "image facts"
    assert remove(session, facts).removed == (facts,)
    assert unused(session) == []
    assert session.score("digits", ScoringRequest(b"{}")).text == '"3.0.2"'
    assert remove(session, leftover).kept == (replace(leftover, reason="it is in use by now"),)


def test_what_a_running_service_uses_stays_even_if_nobody_wrote_it_down(
    session: Session, inference_base: str, docker_engine: Connection
) -> None:
    declare(session, "3.0.2", inference_base)
    deploy(session, "mount")
    with sqlite3.connect(session.workspace.root / "workspace.db") as connection:
        connection.execute("DELETE FROM artifacts")
        connection.execute("DELETE FROM requests")
        rows = connection.execute("SELECT * FROM services").fetchall()
        connection.execute("DELETE FROM services")
        connection.execute("DELETE FROM environments")
    connection.close()
    session.declarations.environments.clear()
    (directory,) = [
        path for path in (session.workspace.packages_directory / "site-packages").iterdir() if path.is_dir()
    ]
    assert read_engine_use(docker_engine).mounts(directory)
    assert unused(session) == []
    with sqlite3.connect(session.workspace.root / "workspace.db") as connection:
        connection.executemany(f"INSERT INTO services VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.close()
    session.stop("digits")
    with sqlite3.connect(session.workspace.root / "workspace.db") as connection:
        connection.execute("DELETE FROM services")
    connection.close()
    assert kinds(unused(session)) == ["service files", "site-packages"]


def test_nothing_is_removed_while_a_service_is_worked_on(session: Session, tmp_path: Path) -> None:
    rubbish = session.workspace.packages_directory / "site-packages" / ("0" * 64)
    rubbish.mkdir(parents=True)
    (rubbish / "module.py").write_text("x = 1\n")
    (item,) = unused(session)
    assert (item.kind, item.name, item.size_bytes, item.path) == ("site-packages", "0" * 64, 6, rubbish)
    with session.workspace.service_lock("digits"), pytest.raises(ServiceError):
        remove(session, item)
    assert rubbish.exists()
    assert remove(session, item).removed == (item,)
    assert not rubbish.exists()
    assert remove(session, item).removed == ()


def test_a_deployment_waits_for_a_removal_and_builds_again(session: Session, inference_base: str) -> None:
    declare(session, "3.0.2", inference_base)
    deploy(session, "mount")
    session.stop("digits")
    reports: list[ServiceReport] = []
    with session.workspace.prune_lock():
        thread = threading.Thread(target=lambda: reports.append(deploy(session, "mount")))
        thread.start()
        thread.join(0.5)
        assert reports == []
    thread.join(300)
    assert reports[0].state == "running"


def test_an_image_that_others_remove_meanwhile_is_no_hindrance(
    docker_engine: Connection, inference_base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"azml-test-gone:{uuid.uuid4().hex[:12]}"
    container = docker_engine.client.containers.create(inference_base)
    container.commit(*name.split(":"))
    container.remove()
    listed = list_images(docker_engine)
    assert name in [tag for image in listed for tag in image.tags]
    docker_engine.client.images.remove(name)
    monkeypatch.setattr(usage, "list_images", lambda _connection: listed)
    assert [image for image in list_own_images(docker_engine, name) if image.name == name] == []


def test_without_an_engine_nothing_that_a_container_may_use_is_listed(
    session: Session, inference_base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(session, "3.0.2", inference_base)
    deploy(session, "mount")
    session.stop("digits")
    (session.workspace.packages_directory / "site-packages" / ("0" * 64)).mkdir()
    assert kinds(unused(session)) == ["site-packages"]
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    found = find_unused(session.workspace, session.declarations, session.working_directory)
    assert found.unused == ()
    assert found.problem
    document = found.as_dict()
    assert (document["unused"], document["freed_bytes"], document["problem"]) == ([], 0, found.problem)
