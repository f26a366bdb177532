"""Services outlive their kernel, two deploys at once do not harm each other, failures leave nothing running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import connect
from azml_magics.definitions.deployment import DeployRequest, ServiceReport
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import AzmlError, CancelledError, NotFoundError, PortError, ServiceError, StartError
from azml_magics.events import Event, StepStarted
from azml_magics.session import Session
from tests.contracts.conftest import VariantSession, another
from tests.ends import has_ended

ECHO = "import os\ndef init(): print('INIT')\ndef run(d): return {'pid': os.getpid(), 'body': d}\n"
SLOW = "import time\ndef init(): time.sleep(60)\ndef run(d): return 1\n"

KERNEL = """
import dataclasses, json, sys, time
from pathlib import Path
from azml_magics.session import Session
from azml_magics.definitions.deployment import DeployRequest
folder = Path(sys.argv[1])
wanted = DeployRequest("orphan", sys.argv[2], requirements_file="requirements.txt", engine=sys.argv[3])
wanted = dataclasses.replace(wanted, **json.loads(sys.argv[4]))
report = Session(folder / ".azml", working_directory=folder).deploy(wanted)
print(report.pid or report.container, flush=True)
time.sleep(600)
"""


@pytest.fixture
def echo(contract_folder: Path) -> Path:
    path = contract_folder / "echo.py"
    path.write_text(ECHO)
    return path


def request(name: str, script: Path, engine: str, **options: object) -> DeployRequest:
    return DeployRequest(name, str(script), requirements_file="requirements.txt", engine=engine, **options)  # type: ignore[arg-type]


def cli(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "azml_magics.cli", *arguments],
        cwd=folder,
        env={**os.environ, "AZML_WORKSPACE": str(folder / ".azml")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def identity(report: ServiceReport) -> str:
    """What a service is on this machine: a process, or a container."""
    return str(report.pid or report.container)


def test_a_service_outlives_a_killed_kernel(session: Session, engine: str, contract_folder: Path, echo: Path) -> None:
    options = json.dumps(session.options() if isinstance(session, VariantSession) else {})
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(contract_folder), str(echo), engine, options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert kernel.stdout is not None
    started = kernel.stdout.readline().strip()
    kernel.send_signal(signal.SIGKILL)
    kernel.wait()
    kernel.stdout.close()

    listed = cli(contract_folder, "services", "--json")
    assert listed.returncode == 0, listed.stderr
    services = {service["name"]: service for service in json.loads(listed.stdout)}
    orphan = services["orphan"]
    assert (orphan["state"], str(orphan["pid"] or orphan["container"])) == ("running", started)

    scored = cli(contract_folder, "score", "orphan", "--data", '{"x": 1}', "--json")
    assert scored.returncode == 0, scored.stderr
    assert json.loads(scored.stdout)["body"]["body"] == '{"x": 1}'

    logged = cli(contract_folder, "logs", "orphan")
    assert "INIT" in logged.stdout

    stopped = cli(contract_folder, "stop", "orphan", "--json")
    assert stopped.returncode == 0, stopped.stderr
    assert session.service("orphan").state == "stopped"
    assert_nothing_runs(session, "orphan")


def test_two_names_at_once_get_two_ports(session: Session, engine: str, echo: Path) -> None:
    reports = deploy_at_once(session, [request(name, echo, engine) for name in ("first", "second")])
    assert {report.state for report in reports} == {"running"}
    assert len({report.port for report in reports}) == 2
    for name in ("first", "second"):
        assert session.score(name, ScoringRequest(b"{}")).status == 200
        session.stop(name)


def test_one_name_twice_at_once_gives_one_service(session: Session, engine: str, echo: Path) -> None:
    reports = deploy_at_once(session, [request("same", echo, engine)] * 2)
    assert [report.state for report in reports] == ["running", "running"]
    assert len({identity(report) for report in reports}) == 1  # the second found an equal one running
    assert "equal" in "".join(reason for report in reports for reason in report.reasons.values())
    session.stop("same")


def deploy_at_once(session: Session, requests: list[DeployRequest]) -> list[ServiceReport]:
    reports: list[ServiceReport] = []
    errors: list[BaseException] = []

    def deploy(wanted: DeployRequest) -> None:
        try:
            reports.append(another(session).deploy(wanted))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=deploy, args=(wanted,)) for wanted in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return reports


def test_deploying_again_replaces_the_service_and_keeps_it_when_the_new_one_fails(
    session: Session, engine: str, echo: Path, contract_folder: Path
) -> None:
    first = session.deploy(request("replaced", echo, engine))
    broken = contract_folder / "broken.py"
    broken.write_text("def init(): raise KeyError('weights')\ndef run(d): return 1\n")
    with pytest.raises(StartError, match="did not start"):
        session.deploy(request("replaced", broken, engine))
    assert identity(session.service("replaced")) == identity(first)
    assert session.score("replaced", ScoringRequest(b"{}")).status == 200
    second = session.deploy(request("replaced", echo, engine, environment_variables=(("GREETING", "hello"),)))
    assert identity(second) != identity(first)
    assert is_gone(first)
    session.stop("replaced")


def test_an_explicit_port_that_is_taken_is_an_error_and_another_is_found_otherwise(
    session: Session, engine: str, echo: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=str(port)) as caught:
            session.deploy(request("ported", echo, engine, port=port))
        assert "--port" in caught.value.remedy
    report = session.deploy(request("ported", echo, engine))
    assert report.port != port
    session.stop("ported")


def test_the_port_of_the_former_service_can_be_asked_for_again(session: Session, engine: str, echo: Path) -> None:
    first = session.deploy(request("keeps-port", echo, engine))
    variables = (("CHANGED", "yes"),)
    second = session.deploy(request("keeps-port", echo, engine, port=first.port, environment_variables=variables))
    assert (second.port, identity(second) == identity(first)) == (first.port, False)
    assert session.score("keeps-port", ScoringRequest(b"{}")).status == 200
    session.stop("keeps-port")


def test_only_loopback_is_listened_on(session: Session, engine: str, echo: Path) -> None:
    report = session.deploy(request("local", echo, engine))
    addresses = {
        connection.laddr.ip
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == report.port
    }
    assert addresses == {"127.0.0.1"}
    session.stop("local")


def test_cancel_ends_a_starting_service_at_once(session: Session, engine: str, contract_folder: Path) -> None:
    slow = contract_folder / "slow.py"
    slow.write_text(SLOW)
    cancel = Cancel()

    def emit(event: Event) -> None:
        if isinstance(event, StepStarted) and event.step == "start":
            threading.Timer(0.5, cancel.request).start()

    with pytest.raises(CancelledError):
        session.deploy(request("cancelled", slow, engine), emit=emit, cancel=cancel)
    assert_nothing_runs(session, "cancelled")
    assert session.service("cancelled").state == "stopped"  # nothing failed


def test_a_slow_init_is_ended_after_the_time_given(session: Session, engine: str, contract_folder: Path) -> None:
    slow = contract_folder / "slow.py"
    slow.write_text(SLOW)
    with pytest.raises(StartError) as caught:
        session.deploy(request("too-slow", slow, engine, wait_seconds=1.5))
    assert caught.value.code == "start-timeout"
    assert "--wait-seconds" in caught.value.remedy
    assert_nothing_runs(session, "too-slow")
    assert session.service("too-slow").state == "failed"


def assert_nothing_runs(session: Session, name: str) -> None:
    assert running(session, name) == []
    if isinstance(session, VariantSession):
        label: dict[str, str | list[str] | bool] = {
            "label": [f"azml-magics.service={name}", f"azml-magics.workspace={session.workspace.root}"]
        }
        assert connect().client.containers.list(all=True, filters=label) == []


def running(session: Session, name: str) -> list[int]:
    """The processes of a service, whoever knows of them."""
    folder = str(session.workspace.root / "services" / name)
    return [process.pid for process in psutil.process_iter() if folder in " ".join(environment(process))]


def environment(process: psutil.Process) -> list[str]:
    try:
        return list(process.environ().values())
    except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def test_a_killed_service_is_reported_as_failed_and_can_be_deployed_again(
    session: Session, engine: str, echo: Path
) -> None:
    report = session.deploy(request("killed", echo, engine))
    kill(report)
    failed = session.service("killed")
    assert failed.state == "failed"
    assert "has ended by itself; azml logs killed shows" in str(failed.error)
    with pytest.raises(ServiceError, match="failed"):
        session.score("killed", ScoringRequest(b"{}"))
    again = session.deploy(request("killed", echo, engine))
    assert again.state == "running"
    assert identity(again) != identity(report)
    session.stop("killed")


def kill(report: ServiceReport) -> None:
    if report.pid is None:
        container = connect().client.containers.get(str(report.container))
        container.kill()
        container.wait()
        return
    os.killpg(report.pid, signal.SIGKILL)
    assert has_ended(report.pid)


def is_gone(report: ServiceReport) -> bool:
    if report.pid is None:
        return report.container not in {item["Id"] for item in connect().client.api.containers(all=True)}
    return not psutil.pid_exists(report.pid) or psutil.Process(report.pid).status() == psutil.STATUS_ZOMBIE


def test_unknown_services_are_named_with_what_is_near(session: Session, engine: str, echo: Path) -> None:
    session.deploy(request("digits", echo, engine))
    with pytest.raises(NotFoundError) as caught:
        session.score("digitz", ScoringRequest(b"{}"))
    assert caught.value.code == "unknown-service"
    assert "digits" in caught.value.remedy
    session.stop("digits")
    with pytest.raises(AzmlError, match="stopped"):
        session.score("digits", ScoringRequest(b"{}"))


def test_the_user_s_environment_does_not_leak_into_the_service(
    session: Session, engine: str, contract_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("MY_TOKEN", "secret")
    script = contract_folder / "variables.py"
    script.write_text("import os\ndef init(): pass\ndef run(d): return dict(os.environ)\n")
    session.deploy(request("variables", script, engine, environment_variables=(("SHOWN", "yes"),)))
    seen = session.score("variables", ScoringRequest(b"{}")).json()
    assert isinstance(seen, dict)
    assert seen["SHOWN"] == "yes"
    assert [name for name in seen if name == "MY_TOKEN" or name.startswith("AZML_")] == []
    assert "/nowhere" not in seen.get("PYTHONPATH", "")  # mounted packages are found by it
    session.stop("variables")
