"""A service as a container: how it is held, what it may use, what is left of it, and what it says when it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest, ServiceReport
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import AzmlError, ServiceError, StartError
from azml_magics.session import Session

LOOK = """\
import json, os, resource, socket
def init():
    print("init was here")
def run(raw_data):
    writable = []
    for folder in ("/tmp", "/var/azureml-app", "/opt", "/"):
        try:
            open(os.path.join(folder, "written"), "w").close()
            writable.append(folder)
        except OSError:
            pass
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    try:
        socket.create_connection(("1.1.1.1", 80), timeout=0.5).close()
        reached = True
    except OSError:
        reached = False
    return {"uid": os.getuid(), "writable": writable, "capabilities": status["CapEff"].strip(),
            "no_new_privileges": status["NoNewPrivs"].strip(), "interfaces": sorted(os.listdir("/sys/class/net")),
            "reached": reached, "shm": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize}
"""
ECHO = "def init(): pass\ndef run(raw_data): return raw_data\n"


@pytest.fixture
def session(docker_engine: Connection, tmp_path: Path) -> Iterator[Session]:
    """A session in a new folder whose services are ended at the end."""
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    for report in opened.services():
        if report.state != "stopped":
            opened.stop(report.name)


@pytest.fixture
def wanted(session: Session, inference_base: str) -> DeployRequest:
    """A service of the base image as it is."""
    (session.working_directory / "score.py").write_text(LOOK)
    return DeployRequest("looked-at", "score.py", engine="docker", image=inference_base)


def write(session: Session, text: str) -> None:
    (session.working_directory / "score.py").write_text(text)


def containers(connection: Connection, session: Session) -> list[str]:
    label: dict[str, str | list[str] | bool] = {"label": f"azml-magics.workspace={session.workspace.root}"}
    return [str(item.id) for item in connection.client.containers.list(all=True, filters=label)]


def test_confined_by_default_and_said_so(session: Session, wanted: DeployRequest, docker_engine: Connection) -> None:
    report = session.deploy(wanted)
    seen = session.score("looked-at", ScoringRequest(b"{}")).json()
    assert isinstance(seen, dict)
    assert (seen["uid"], seen["writable"]) == (1000, ["/tmp"])
    assert (seen["capabilities"], seen["no_new_privileges"]) == ("0000000000000000", "1")
    said = report.as_dict()["security"]
    assert isinstance(said, dict)
    assert said == {
        "user": "1000:1000",
        "root": False,
        "capabilities": [],
        "new_privileges": False,
        "read_only_root": True,
        "pids_limit": 2048,
        "memory_gb": None,
        "cpu": None,
        "network": True,
        "published_on": f"127.0.0.1:{report.port}",
    }
    inspected = docker_engine.client.api.inspect_container(str(report.container))
    host = inspected["HostConfig"]
    assert host["PortBindings"] == {"5001/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(report.port)}]}
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["PidsLimit"]) == (True, ["ALL"], 2048)
    assert all(not mount["RW"] for mount in inspected["Mounts"])


def test_resources(session: Session, wanted: DeployRequest, docker_engine: Connection) -> None:
    limits = Resources(cpu=0.5, memory_gb=0.4, shm_size="32m")
    report = session.deploy(replace(wanted, resources=limits))
    host = docker_engine.client.api.inspect_container(str(report.container))["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (500_000_000, 400_000_000, 400_000_000)
    seen = session.score("looked-at", ScoringRequest(b"{}")).json()
    assert isinstance(seen, dict)
    assert seen["shm"] == 32 * 2**20
    assert (report.security["cpu"], report.security["memory_gb"]) == (0.5, 0.4)


def test_without_a_network_it_can_be_scored_and_reloaded(session: Session, wanted: DeployRequest) -> None:
    report = session.deploy(replace(wanted, resources=Resources(network=False)))
    seen = session.score("looked-at", ScoringRequest(b"{}")).json()
    assert isinstance(seen, dict)
    assert (seen["interfaces"], seen["reached"]) == (["lo"], False)
    write(session, ECHO)
    session.reload("looked-at")
    assert session.score("looked-at", ScoringRequest(b"42")).json() == "42"
    again = session.service("looked-at")
    assert (again.port, again.security["network"]) == (report.port, False)


def test_gpus_that_are_not_there_are_named_before_anything_is_made(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    with pytest.raises(StartError) as caught:
        session.deploy(replace(wanted, resources=Resources(gpus="all")))
    assert caught.value.code == "gpu-unavailable"
    assert "--gpus" in caught.value.remedy
    assert containers(docker_engine, session) == []


def test_memory_that_does_not_suffice_is_named(session: Session, wanted: DeployRequest) -> None:
    write(session, "def init():\n    global big\n    big = bytearray(10**9)\ndef run(d): return 1\n")
    with pytest.raises(StartError) as caught:
        session.deploy(replace(wanted, resources=Resources(memory_gb=0.3), wait_seconds=60))
    assert caught.value.code == "out-of-memory"
    assert "0.3 GB" in caught.value.brief
    assert "--memory-gb" in caught.value.remedy


def test_both_streams_of_a_container_are_one_in_its_order(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    both = "import os\nfor n in range(200):\n    os.write(1 + n % 2, b'%d\\n' % n)\n"
    write(session, f"{both}def init(): pass\ndef run(raw_data): return 1\n")
    report = session.deploy(wanted)
    assert report.container is not None
    container = docker_engine.client.containers.get(report.container)
    assert container.logs(stdout=False) == b""
    numbers = [line for line in session.logs(report.name) if line.isdecimal()]
    assert numbers == [str(n) for n in range(200)]


def test_the_log_stays_when_the_container_is_gone(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    session.deploy(wanted)
    session.score("looked-at", ScoringRequest(b"{}"))
    running = list(session.logs("looked-at"))
    assert any("init was here" in line for line in running)
    assert not any("azml-notify" in line for line in running)
    session.stop("looked-at")
    assert containers(docker_engine, session) == []
    kept = list(session.logs("looked-at"))
    assert kept[: len(running)] == running
    assert any("Shutting down" in line for line in kept)
    assert list(session.logs("looked-at", tail=1)) == kept[-1:]


def test_following_the_log_ends_with_the_service(session: Session, wanted: DeployRequest) -> None:
    session.deploy(wanted)
    lines: list[str] = []
    first = threading.Event()

    def follow() -> None:
        for line in session.logs("looked-at", tail=1, follow=True):
            lines.append(line)
            first.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert first.wait(120)
    session.stop("looked-at")
    thread.join(120)
    assert not thread.is_alive()
    assert any("Shutting down" in line for line in lines)


def test_a_container_removed_by_others_is_reported_and_replaced(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    report = session.deploy(wanted)
    docker_engine.client.containers.get(str(report.container)).remove(force=True)
    assert session.service("looked-at").state == "failed"
    with pytest.raises(ServiceError, match="failed"):
        session.score("looked-at", ScoringRequest(b"{}"))
    assert any("init was here" in line for line in session.logs("looked-at"))
    assert session.stop("looked-at").state == "stopped"
    assert session.deploy(wanted).state == "running"


def test_containers_that_nobody_knows_are_ended_by_the_next_deployment(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    """Whoever deployed was killed between starting the container and writing it down."""
    first = session.deploy(wanted)
    session.workspace.save_stopped_service("looked-at")
    second = session.deploy(replace(wanted, environment_variables=(("NEW", "1"),)))
    assert containers(docker_engine, session) == [second.container]
    assert first.container != second.container
    log = session.workspace.root / "services" / "looked-at" / "1" / "service.log"
    assert "init was here" in log.read_text()


def test_a_failed_start_leaves_its_log_and_no_container(
    session: Session, wanted: DeployRequest, docker_engine: Connection
) -> None:
    write(session, "def init():\n    raise ValueError('no weights')\ndef run(d): return 1\n")
    with pytest.raises(StartError, match="init"):
        session.deploy(wanted)
    assert containers(docker_engine, session) == []
    assert any("no weights" in line for line in session.logs("looked-at"))


def test_a_failure_in_run_comes_with_its_frames(session: Session, wanted: DeployRequest) -> None:
    write(session, "def init(): pass\ndef run(d):\n    return {}['missing']\n")
    session.deploy(wanted)
    response = session.score("looked-at", ScoringRequest(b"{}"))
    assert response.status == 500
    assert [(frame.file, frame.line) for frame in response.frames] == [("score.py", 3)]
    assert "KeyError: 'missing'" in response.traceback


def test_an_update_keeps_the_port_and_what_was_asked_for(session: Session, wanted: DeployRequest) -> None:
    write(session, ECHO)
    first = session.deploy(replace(wanted, resources=Resources(memory_gb=0.5)))
    second = session.update("looked-at", {"environment_variables": (("GREETING", "hello"),)})
    assert (second.state, second.port) == ("running", first.port)
    assert second.container != first.container
    assert second.security["memory_gb"] == 0.5
    third = session.update("looked-at", {"resources": Resources(memory_gb=0.6)})
    assert (third.port, third.security["memory_gb"]) == (first.port, 0.6)
    assert session.workspace.get_service("looked-at").deployment.variables() == {"GREETING": "hello"}


def test_an_update_that_does_not_become_ready_changes_nothing(session: Session, wanted: DeployRequest) -> None:
    write(session, ECHO)
    first = session.deploy(wanted)
    write(session, "def init(): raise RuntimeError('half done')\ndef run(d): return 1\n")
    answers: list[object] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(0.05):
            answers.append(session.score("looked-at", ScoringRequest(b"1")).status)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with pytest.raises(StartError, match="did not start"):
            session.update("looked-at", {})
    finally:
        ended.set()
        asking.join()
    assert session.service("looked-at").container == first.container
    assert set(answers) == {200}


@pytest.mark.parametrize(
    ("text", "said"), [("def init(): open('out.txt', 'w')\ndef run(d): return 1\n", "Read-only file system")]
)
def test_writing_beside_the_script_is_explained(session: Session, wanted: DeployRequest, text: str, said: str) -> None:
    write(session, text)
    with pytest.raises(AzmlError) as caught:
        session.deploy(wanted)
    shown = "\n".join(caught.value.lines())
    assert said in shown
    assert "/tmp" in caught.value.remedy


def test_a_report_names_its_container(session: Session, wanted: DeployRequest) -> None:
    report: ServiceReport = session.deploy(wanted)
    assert session.service("looked-at").container == report.container
    assert report.pid is None
