"""What was built for whom, and how long it took."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import ServiceError
from azml_magics.workspace.artifacts import NO_ENVIRONMENT
from azml_magics.workspace.workspace import Workspace

FIRST = Environment("first", requirements=parse_requirements("numpy==2.2.6"))
SECOND = Environment("second", requirements=parse_requirements("numpy==2.2.6\nscipy==1.15.3"))


def test_figures_are_kept_until_they_are_measured_again(workspace: Workspace) -> None:
    book = workspace.artifacts
    assert book.find_measured("k", "mount") is None
    book.record("k", "mount", FIRST, build_seconds=2.0, start_seconds=1.0, size_bytes=10)
    book.record("k", "mount", FIRST, start_seconds=0.5)
    found = book.find_measured("k", "mount")
    assert found is not None
    assert (found.build_seconds, found.start_seconds, found.size_bytes) == (2.0, 0.5, 10)
    assert (found.environment, found.environment_name) == (FIRST.digest(), "first")
    assert found.used is not None
    assert found.used.tzinfo is not None
    assert book.find_measured("k", "bake") is None


def test_figures_of_one_artifact_serve_every_environment(workspace: Workspace) -> None:
    book = workspace.artifacts
    book.record("k", "bake", FIRST, tag="azureml/azureml_1", build_seconds=20.0, start_seconds=3.0)
    book.record("k", "bake", SECOND, tag="azureml/azureml_1", start_seconds=1.0)
    found = book.find_measured("k", "bake")
    assert found is not None
    assert (found.environment_name, found.build_seconds, found.start_seconds) == ("second", 20.0, 1.0)
    assert [item.environment_name for item in book.list_all()] == ["second", "first"]
    assert {item.tag for item in book.list_all()} == {"azureml/azureml_1"}


def test_an_artifact_of_no_environment(workspace: Workspace) -> None:
    workspace.artifacts.record("k", "bake", None)
    (only,) = workspace.artifacts.list_all()
    assert (only.environment, only.environment_name, only.tag) == (NO_ENVIRONMENT, "", "")


def test_a_workspace_of_the_former_release_gets_the_table(tmp_path: Path) -> None:
    former = Workspace(tmp_path / ".azml")
    former.register_environment(FIRST)
    former.close()
    with sqlite3.connect(tmp_path / ".azml" / "workspace.db") as connection:
        connection.execute("DROP TABLE artifacts")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    opened = Workspace(tmp_path / ".azml")
    opened.artifacts.record("k", "mount", FIRST)
    assert [environment.name for environment in opened.list_environments()] == ["first"]
    opened.close()


def test_nothing_is_removed_while_a_service_is_worked_on(workspace: Workspace) -> None:
    with workspace.prune_lock():
        pass
    with workspace.service_lock("digits"), pytest.raises(ServiceError) as caught, workspace.prune_lock():
        pass
    assert caught.value.code == "service-busy"
    assert "'digits'" in caught.value.brief
    with workspace.prune_lock():  # given back, in whatever way it ended
        pass


def test_a_service_waits_while_something_is_removed(workspace: Workspace) -> None:
    entered = threading.Event()

    def deploy() -> None:
        with workspace.service_lock("digits"):
            entered.set()

    thread = threading.Thread(target=deploy)
    with workspace.prune_lock():
        thread.start()
        assert not entered.wait(0.3)
    thread.join(60)
    assert entered.is_set()
