"""Services as written down, their directories and their lock."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment
from azml_magics.errors import CancelledError, DeclarationError, NotFoundError
from azml_magics.workspace.services import ServiceRecord
from azml_magics.workspace.workspace import KEPT_STARTS, Workspace

DEPLOYMENT = Deployment(
    "digits", EntryScript("score.py", "x = 1\n", Origin("cell In [3]", 1)), Environment("digits", "3.11", version=2)
)
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def start(workspace: Workspace, deployment: Deployment = DEPLOYMENT, port: int = 8000) -> ServiceRecord:
    directory = workspace.service_directory(deployment.name)
    log = directory / "service.log"
    endpoint = Endpoint(deployment.name, "process", port, log, directory, 4711, 12.5, started=STARTED)
    return workspace.save_service(deployment, endpoint, {"start": 1.5}, {"packages": "equal definition"})


def test_a_running_service(workspace: Workspace) -> None:
    record = start(workspace)
    assert workspace.get_service("digits") == workspace.find_service("digits") == record
    assert (record.state, record.deployment, record.error) == ("running", DEPLOYMENT, None)
    assert record.endpoint is not None
    assert record.directory == record.endpoint.directory
    assert record.log_path == record.endpoint.log_path
    assert record.created.tzinfo == record.updated.tzinfo == timezone.utc
    report = record.report("running", seconds=record.stages, reasons=record.reasons)
    assert (report.port, report.pid, report.environment, report.log_path) == (8000, 4711, "digits:2", record.log_path)
    assert (dict(report.stages), dict(report.reasons)) == ({"start": 1.5}, {"packages": "equal definition"})
    assert report.started == STARTED  # and not when the row was last written: a reload writes it too


def test_a_report_of_a_process_that_died_names_no_port(workspace: Workspace) -> None:
    report = start(workspace).report("failed", seconds={}, reasons={})
    assert (report.state, report.port, report.pid, report.started, report.error) == ("failed", None, None, None, None)


def test_another_process_reads_the_same(workspace: Workspace) -> None:
    record = start(workspace)
    reopened = Workspace(workspace.root)
    assert reopened.list_services() == [record]
    reopened.close()


def test_a_failed_start_keeps_its_log_and_error(workspace: Workspace) -> None:
    directory = workspace.service_directory("digits")
    record = workspace.save_failed_service(replace(DEPLOYMENT, environment=None), directory, "init() failed")
    assert (record.state, record.endpoint, record.error) == ("failed", None, "init() failed")
    assert record.log_path == directory / "service.log"
    report = record.report("failed", seconds={}, reasons={}, error=record.error)
    assert (report.error, report.environment) == ("init() failed", None)


def test_a_stopped_service_keeps_its_log_and_nothing_to_look_for(workspace: Workspace) -> None:
    running = start(workspace)
    stopped = workspace.save_stopped_service("digits")
    assert (stopped.state, stopped.endpoint, stopped.deployment) == ("stopped", None, DEPLOYMENT)
    assert (stopped.log_path, stopped.created) == (running.log_path, running.created)
    assert stopped.updated >= running.updated
    with pytest.raises(NotFoundError):
        workspace.save_stopped_service("letters")


def test_a_new_start_replaces_what_was_known(workspace: Workspace) -> None:
    first = start(workspace)
    workspace.save_failed_service(DEPLOYMENT, first.directory, "init() failed")
    second = start(workspace, replace(DEPLOYMENT, workers=2), port=8001)
    assert workspace.list_services() == [second]
    assert (second.error, second.deployment.workers, second.created) == (None, 2, first.created)
    assert second.directory != first.directory


def test_services_are_listed_by_name(workspace: Workspace) -> None:
    for name in ("letters", "digits"):
        start(workspace, replace(DEPLOYMENT, name=name))
    assert [record.name for record in workspace.list_services()] == ["digits", "letters"]


def test_unknown_ones_are_told_with_what_is_near(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError) as empty:
        workspace.get_service("digits")
    assert (empty.value.code, empty.value.remedy) == ("unknown-service", "deploy it: azml deploy digits ...")
    start(workspace)
    with pytest.raises(NotFoundError) as near:
        workspace.get_service("digit")
    assert near.value.remedy == "did you mean digits?"
    assert workspace.find_service("digit") is None


# directories ----------------------------------------------------------------------------------------------------------


def test_every_start_has_a_private_directory_of_its_own(workspace: Workspace) -> None:
    directories = [workspace.service_directory("digits") for _ in range(3)]
    assert [directory.name for directory in directories] == ["1", "2", "3"]
    for directory in directories:
        assert directory.parent == workspace.root / "services" / "digits"
        assert directory.stat().st_mode & 0o777 == 0o700
        assert list(directory.iterdir()) == []
    assert workspace.service_directory("letters").name == "1"


def test_old_directories_go_except_the_one_in_use(workspace: Workspace) -> None:
    used = start(workspace).directory
    for _ in range(12):
        (workspace.service_directory("digits") / "service.log").touch()
    names = sorted(int(path.name) for path in used.parent.iterdir())
    assert names == [1, *range(13 - KEPT_STARTS, 14)]
    start(workspace)
    assert used.exists()  # replaced only now: the next start removes it
    workspace.service_directory("digits")
    assert not used.exists()


def test_directories_made_at_once_are_all_different(workspace: Workspace) -> None:
    barrier = threading.Barrier(3)
    made: list[Path] = []

    def make() -> None:
        barrier.wait()
        made.append(workspace.service_directory("digits"))

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in made) == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["../outside", "a/b", "..", "", "Digits", "ab", "x" * 33])
def test_a_name_that_is_no_service_name_touches_nothing(workspace: Workspace, name: str) -> None:
    before = sorted(workspace.root.parent.rglob("*"))
    with pytest.raises(DeclarationError) as caught:
        workspace.service_directory(name)
    assert caught.value.code == "invalid-service-name"
    with pytest.raises(DeclarationError), workspace.service_lock(name):
        pytest.fail("locked a bad name")
    assert sorted(workspace.root.parent.rglob("*")) == before


# the lock -------------------------------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from azml_magics.workspace.workspace import Workspace
with Workspace(Path(sys.argv[1])).service_lock("digits"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_holder_over_processes_and_the_wait_can_be_cancelled(workspace: Workspace) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    cancel = Cancel()
    threading.Timer(0.05, cancel.request).start()
    with pytest.raises(CancelledError, match="'digits'"), workspace.service_lock("digits", cancel=cancel):
        pytest.fail("two holders")
    with workspace.service_lock("letters", cancel=Cancel()):  # another service is not held up
        assert other.poll() is None
    other.kill()  # a holder that dies gives it back
    other.communicate()
    with workspace.service_lock("digits", cancel=Cancel()):
        assert (workspace.root / "locks").stat().st_mode & 0o777 == 0o700


def test_one_holder_over_threads(workspace: Workspace) -> None:
    inside = 0
    most = 0
    barrier = threading.Barrier(3)

    def enter() -> None:
        nonlocal inside, most
        barrier.wait()
        with workspace.service_lock("digits"):
            inside += 1
            most = max(most, inside)
            inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
