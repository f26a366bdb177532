"""Replays the recorded server cases against services that were really deployed, on every engine."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from azml_magics.definitions.deployment import DeployRequest, ServiceReport
from azml_magics.definitions.image_layout import APP_ROOT
from azml_magics.definitions.image_layout import PORT as CONTAINER_PORT
from azml_magics.errors import NotFoundError, StartError
from azml_magics.session import Session
from tests.contracts.recorded import (
    NOT_APPLICABLE,
    Case,
    normalised_body,
    normalised_headers,
    read_cases,
    request_body,
)
from tests.require import require
from tests.unused_ports import unused_port

CASES = read_cases()
SERVED = [case for case in CASES if case.exit_code is None and case.name not in NOT_APPLICABLE]
REFUSED = [case for case in CASES if case.exit_code is not None and case.name not in NOT_APPLICABLE]

#: Bodies that name a process or a port: compared by type instead.
PER_PROCESS = {("workers2_init_count", "a"), ("workers2_init_count", "b")}


def deploy(session: Session, case: Case, engine: str, folder: Path) -> ServiceReport:
    """Deploy a case as a user would: files in a source directory where there is more than the script."""
    source = folder / "app"
    for name, text in case.files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # A source directory keeps its name below the app root, which a container has somewhere else.
    variables = case.variables(source if engine == "process" else Path(APP_ROOT, source.name))
    if "HEALTH_PORT" in variables:
        variables["HEALTH_PORT"] = str(unused_port())
    source_directory: Path | None = source if len(case.files) > 1 else None
    if variables.get("AZUREML_SOURCE_DIRECTORY") == "src":
        source_directory, entry_script = source / variables.pop("AZUREML_SOURCE_DIRECTORY"), "score.py"
    else:
        entry_script = case.entry_script if source_directory else str(source / case.entry_script)
    return session.deploy(
        DeployRequest(
            "case",
            entry_script,
            requirements_file="requirements.txt",
            source_directory=None if source_directory is None else str(source_directory),
            environment_variables=tuple(sorted(variables.items())),
            engine=engine,
            skip_checks=True,
        )
    )


def app_root(session: Session, name: str) -> Path:
    """``AML_APP_ROOT`` as the service sees it."""
    endpoint = session.workspace.get_service(name).endpoint
    assert endpoint is not None
    return Path(endpoint.app_root)


def send(port: int, recorded: dict[str, Any]) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        recorded["method"], recorded["path"], request_body(recorded["body"]), headers=recorded["headers"]
    )
    response = connection.getresponse()
    return response, response.read()


@pytest.mark.parametrize("case", SERVED, ids=lambda case: case.name)
def test_recorded_answers(session: Session, engine: str, case: Case, tmp_path: Path) -> None:
    report = deploy(session, case, engine, tmp_path)
    assert report.state == "running"
    assert report.port is not None
    app = app_root(session, "case")
    for recorded in case.requests:
        response, body = send(report.port, recorded)
        expected = recorded["response"]
        where = f"{case.name}/{recorded['label']}"
        assert (response.status, response.reason) == (expected["status"], expected["reason"]), where
        if (case.name, recorded["label"]) in PER_PROCESS:
            assert isinstance(json.loads(body), int), where
            continue
        text = body.hex() if expected["body_encoding"] == "hex" else body.decode()
        recorded_port = (
            next(iter(json.loads(expected["body"]).get("SERVER_PORT", "") for _ in "1"))
            if (recorded["label"] == "env")
            else ""
        )
        wanted = expected["body"].replace(f'"{recorded_port}"', '"<PORT>"') if recorded_port else expected["body"]
        assert normalised_body(text, app, report.port if engine == "process" else CONTAINER_PORT) == wanted, where
        ignored = {"Content-Length"} if "<" in wanted or recorded_port else set()
        got = [pair for pair in normalised_headers(response.getheaders()) if pair[0] not in ignored]
        assert got == [pair for pair in expected["headers"] if pair[0] not in ignored], where
    if case.name == "workers2_init_count":
        assert "\n".join(session.logs("case")).count("INIT pid") == 2
    if case.name == "separate_health":
        log = "\n".join(session.logs("case"))
        health_port = int(log.split("Health Port: ")[1].split()[0])
        response, body = send(health_port, {"method": "GET", "path": "/", "body": None, "headers": {}})
        assert (response.status, body) == (200, b"Healthy")
    session.stop("case")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_recorded_refusals(session: Session, engine: str, case: Case, tmp_path: Path) -> None:
    """Where the recorded server ended with an exit code, the deployment fails with the same one and says why."""
    if case.name == "script:missing_file":
        with pytest.raises(NotFoundError) as missing:
            deploy(session, case, engine, tmp_path)
        assert missing.value.code == "entry-script-missing"
        return
    with pytest.raises(StartError) as caught:
        deploy(session, case, engine, tmp_path)
    assert caught.value.process_exit_code == case.exit_code
    told = "\n".join([caught.value.brief, *caught.value.lines(), *caught.value.details, *caught.value.log_tail])
    recorded_errors = [line for line in case.log.splitlines() if "Error" in line and line.split(":")[0].isidentifier()]
    if recorded_errors:
        assert any(line.strip() in told for line in recorded_errors), (recorded_errors, told)
    assert session.service("case").state == "failed"


def test_every_recorded_case_is_replayed_or_listed(record_property: Any) -> None:
    if not CASES:
        require("vectors")
    replayed = len(SERVED) + len(REFUSED)
    record_property("replayed", replayed)
    assert replayed + len(NOT_APPLICABLE) == len(CASES)
    assert set(NOT_APPLICABLE) <= {case.name for case in CASES}
    print(
        f"recorded server cases replayed: {replayed} of {len(CASES)}; "
        f"requests: {sum(len(case.requests) for case in SERVED)} of {sum(len(case.requests) for case in CASES)}"
    )
