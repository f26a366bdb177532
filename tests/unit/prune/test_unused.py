"""What the process engine leaves behind, on a machine without a Docker engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from azml_magics.build.uv_calls import MARKER
from azml_magics.cancel import Cancel
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import CancelledError, ServiceError
from azml_magics.events import Emit, discard
from azml_magics.jobs import Work
from azml_magics.journal.recording import recorded
from azml_magics.journal.records import list_records, list_running
from azml_magics.plan.planner import plan_packages
from azml_magics.prune.removal import remove_unused
from azml_magics.prune.unused import Pruning, Unused, find_unused
from azml_magics.services.invocations import invocation_lock
from azml_magics.system.host import collect_host_facts
from azml_magics.system.locks import locked
from azml_magics.system.process import process_created
from azml_magics.workspace.workspace import Workspace

SCRIPT = EntryScript("score.py", "")


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace(tmp_path / ".azml")
    yield opened
    opened.close()


def environment(version: str, name: str = "digits") -> Environment:
    return Environment(name, "3.11", parse_requirements(f"numpy=={version}"))


def add_venv(workspace: Workspace, meant: Environment) -> Path:
    """What a build leaves for that environment, but for its content."""
    key = plan_packages(meant, collect_host_facts()).key
    directory = workspace.packages_directory / "venvs" / key
    (directory / "bin").mkdir(parents=True)
    (directory / MARKER).write_text("{}")
    (directory / "big").write_bytes(b"x" * 1000)
    return directory


def found(workspace: Workspace, declarations: Declarations | None = None) -> Pruning:
    return find_unused(workspace, declarations or Declarations(), workspace.root.parent)


def remove(workspace: Workspace, *items: Unused, cancel: Cancel | None = None) -> Pruning:
    folder = workspace.root.parent
    return remove_unused(workspace, Declarations(), folder, items, emit=discard, cancel=cancel or Cancel())


def test_an_empty_workspace_has_nothing_to_remove(workspace: Workspace) -> None:
    assert found(workspace).unused == ()
    assert "docker" in found(workspace).problem.lower()


def test_environments_of_former_versions_go(workspace: Workspace) -> None:
    old, new = add_venv(workspace, environment("1.0")), add_venv(workspace, environment("2.0"))
    workspace.register_environment(environment("1.0"))
    workspace.register_environment(environment("2.0"))
    (item,) = found(workspace).unused
    assert (item.kind, item.path, item.size_bytes) == ("virtual environment", old, 1002)
    assert item.as_dict()["path"] == str(old)
    pruned = remove(workspace, item)
    assert (pruned.removed, pruned.kept, pruned.freed_bytes) == ((item,), (), 1002)
    assert not old.exists()
    assert (new / MARKER).exists()


def test_what_a_cell_declares_or_a_service_runs_with_stays(workspace: Workspace) -> None:
    add_venv(workspace, environment("1.0"))
    declarations = Declarations()
    assert len(found(workspace, declarations).unused) == 1
    declarations.declare(EnvironmentDraft("digits", "3.11", parse_requirements("numpy==1.0")))
    assert found(workspace, declarations).unused == ()
    workspace.save_failed_service(Deployment("digits", SCRIPT, environment("1.0")), workspace.root, "no")
    assert found(workspace).unused == ()


def test_what_was_written_down_for_an_environment_stays(workspace: Workspace) -> None:
    directory = add_venv(workspace, environment("1.0"))
    meant = workspace.register_environment(environment("9.9", "other"))
    workspace.artifacts.record(directory.name, "venv", meant)
    assert found(workspace).unused == ()


def test_what_runs_stays_even_if_its_environment_is_another_by_now(workspace: Workspace) -> None:
    directory = add_venv(workspace, environment("1.0"))
    waiting = "import sys; sys.stdin.read()"
    command = [sys.executable, "-c", waiting, str(directory / "bin" / "python")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        place = workspace.service_directory("digits")
        endpoint = Endpoint(
            service="digits",
            engine="process",
            port=1,
            log_path=place / "service.log",
            directory=place,
            pid=process.pid,
            process_created=process_created(process.pid),
            started=datetime.now(timezone.utc),
        )
        workspace.save_service(Deployment("digits", SCRIPT, environment("2.0")), endpoint, {}, {})
        assert found(workspace).unused == ()
        process.kill()
    (item,) = found(workspace).unused
    assert item.path == directory


def test_what_is_being_built_stays(workspace: Workspace) -> None:
    directory = add_venv(workspace, environment("1.0"))
    with locked(directory.with_suffix(".lock")):
        assert found(workspace).unused == ()
    assert len(found(workspace).unused) == 1


def test_files_of_former_starts_go(workspace: Workspace) -> None:
    first, last = workspace.service_directory("digits"), workspace.service_directory("digits")
    (first / "service.log").write_text("log\n")
    workspace.save_failed_service(Deployment("digits", SCRIPT, environment("1.0")), last, "no")
    (item,) = found(workspace).unused
    assert (item.kind, item.name, item.path) == ("service files", "digits/1", first)
    with workspace.service_lock("digits"):  # its newest directory is in no row yet
        assert found(workspace).unused == ()
    assert remove(workspace, item).freed_bytes == 4
    assert not first.exists()
    assert last.exists()


def test_a_workspace_that_had_containers_says_nothing_of_what_they_may_use(workspace: Workspace) -> None:
    workspace.service_directory("digits")
    last = workspace.service_directory("digits")
    (workspace.packages_directory / "site-packages" / "k").mkdir(parents=True)
    assert {item.kind for item in found(workspace).unused} == {"service files", "site-packages"}
    wanted = Deployment("digits", SCRIPT, environment("1.0"), engine="docker", base_image="base:1")
    workspace.save_failed_service(wanted, last, "no")
    assert found(workspace).unused == ()


def test_what_came_into_use_meanwhile_is_kept_with_the_reason(workspace: Workspace) -> None:
    add_venv(workspace, environment("1.0"))
    (item,) = found(workspace).unused
    workspace.register_environment(environment("1.0"))
    pruned = remove(workspace, item)
    assert pruned.removed == ()
    assert pruned.kept == (replace(item, reason="it is in use by now"),)
    assert pruned.as_dict()["kept"] == [pruned.kept[0].as_dict()]


def test_what_cannot_be_removed_is_kept_with_the_reason(workspace: Workspace) -> None:
    directory = add_venv(workspace, environment("1.0"))
    (item,) = found(workspace).unused
    (directory / MARKER).unlink()
    (directory / MARKER).mkdir()  # where a file was meant
    (kept,) = remove(workspace, item).kept
    assert MARKER in kept.reason
    cancel = Cancel()
    cancel.request()
    with pytest.raises(CancelledError):
        remove(workspace, item, cancel=cancel)


def test_content_of_no_model_goes(workspace: Workspace, tmp_path: Path) -> None:
    left = workspace.root / "models" / ("0" * 64)
    left.mkdir(parents=True)
    (left / "model.pkl").write_bytes(b"x" * 5000)
    (unused,) = found(workspace).unused
    assert (unused.kind, unused.path, unused.reason) == ("content", left, "no model has it")
    done = remove_unused(workspace, Declarations(), tmp_path, [unused], emit=discard, cancel=Cancel())
    assert done.removed == (unused,)
    assert not left.exists()


def test_files_of_an_invocation_go_when_it_has_ended(workspace: Workspace) -> None:
    directory = workspace.root / "invocations" / "digits"
    directory.mkdir(parents=True)
    (directory / "app").write_bytes(b"x" * 1000)
    with locked(invocation_lock(workspace, "digits")):
        assert found(workspace).unused == ()
    (item,) = found(workspace).unused
    assert (item.kind, item.name, item.size_bytes) == ("invocation files", "digits", 1000)
    with (
        locked(invocation_lock(workspace, "digits")),
        pytest.raises(ServiceError, match="'digits' is being invoked"),
    ):
        remove(workspace, item)
    assert remove(workspace, item).removed == (item,)
    assert not directory.exists()


def test_debuggers_stay_while_there_is_their_python(workspace: Workspace) -> None:
    def add_debugger(name: str, marker: str) -> Path:
        directory = workspace.packages_directory / "debugpy" / name
        directory.mkdir(parents=True)
        (directory / MARKER).write_text(marker)
        return directory

    add_debugger("ours", json.dumps({"python": collect_host_facts().current.minor}))
    other, broken = add_debugger("other", '{"python": "3.2"}'), add_debugger("broken", "")
    venv = add_venv(workspace, environment("1.0"))
    (venv / "lib" / "python3.2").mkdir(parents=True)
    workspace.register_environment(environment("1.0"))
    (item,) = found(workspace).unused
    assert (item.path, item.reason) == (broken, "it was not finished")
    workspace.register_environment(environment("2.0"))  # the one before goes, and its Python with it
    reasons = {item.path: item.reason for item in found(workspace).unused if item.kind == "debugger"}
    assert reasons == {other: "no environment has Python 3.2 any more", broken: "it was not finished"}
    remove(workspace, *found(workspace).unused)
    assert [path.name for path in other.parent.iterdir() if path.is_dir()] == ["ours"]


def test_records_of_former_jobs_go(workspace: Workspace) -> None:
    def record(name: str, work: Work[None] = lambda emit, cancel: None) -> None:
        recorded(work, workspace.root, verb="deploy", name=name, doing=f"deploying {name}")(discard, Cancel())

    def look(emit: Emit, cancel: Cancel) -> None:
        record("digits")
        assert [item.kind for item in found(workspace).unused] == ["job record"] * 2
        (running,) = list_running(workspace.root)
        former = Unused("job record", f"digits/{running.id}", 1, "", running.directory)
        assert remove(workspace, former, found(workspace).unused[0]).kept[0].name == former.name

    record("digits")
    record("other")
    record("digits")
    record("digits", look)
    assert sorted(each.name for each in list_records(workspace.root)) == ["digits", "digits", "digits", "other"]
    items = found(workspace).unused
    assert len(items) == 2
    assert {item.reason for item in items} == {"a later job has the same name"}
    assert len(remove(workspace, *items).removed) == 2
    assert [each.name for each in list_records(workspace.root)] == ["digits", "other"]
    assert found(workspace).unused == ()
