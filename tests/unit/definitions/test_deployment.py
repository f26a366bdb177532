"""Deployments and reports as values; service names and ports as Azure takes them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment, ServiceReport, check_port, check_service_name
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment

SCRIPT = EntryScript("score.py", "def init(): ...\ndef run(data): ...\n")


def test_the_deployments_variables_win() -> None:
    environment = Environment("digits", environment_variables=(("A", "1"), ("B", "1")))
    deployment = Deployment("digits", SCRIPT, environment, environment_variables=(("B", "2"), ("C", "3")))
    assert deployment.variables() == {"A": "1", "B": "2", "C": "3"}


def test_variables_without_an_environment() -> None:
    deployment = Deployment("digits", SCRIPT, use_current_python=True, environment_variables=(("C", "3"),))
    assert deployment.variables() == {"C": "3"}


def test_a_report_is_json_with_the_promised_keys() -> None:
    started = datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc)
    report = ServiceReport(
        "digits",
        "running",
        "process",
        port=6789,
        pid=42,
        log_path=Path("service.log"),
        models=("digits:1",),
        started=started,
        stages={"start": 1.23456},
        reasons={"start": "changed: entry script"},
    )
    shown = json.loads(json.dumps(report.as_dict()))
    assert list(shown)[:5] == ["name", "state", "engine", "scoring_uri", "swagger_uri"]
    assert shown["scoring_uri"] == "http://localhost:6789/score"
    assert shown["swagger_uri"] == "http://localhost:6789/swagger.json"
    assert shown["log_path"] == "service.log"
    assert shown["started"] == "2024-05-01T12:00:00+00:00"
    assert shown["stages"] == {"start": 1.235}
    assert shown["models"] == ["digits:1"]


def test_a_service_without_port_has_no_addresses() -> None:
    report = ServiceReport("digits", "failed", "process", error="init() failed")
    assert (report.scoring_uri, report.swagger_uri) == (None, None)
    assert report.as_dict()["log_path"] is None
    assert report.as_dict()["started"] is None


@pytest.mark.parametrize("name", ["abc", "a" * 32, "a-b", "my-svc", "a1-2"])
def test_service_names(name: str) -> None:
    assert check_service_name(name) == []


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a", "for instance 'my-service'"),
        ("ab", "for instance 'my-service'"),
        ("a" * 33, f"for instance '{'a' * 32}'"),
        ("Abc", "for instance 'abc'"),
        ("a_b", "for instance 'a-b'"),
        ("1abc", "for instance 'abc'"),
        ("abc-", "for instance 'abc'"),
        ("", "for instance 'my-service'"),
    ],
)
def test_service_names_azure_refuses(name: str, remedy: str) -> None:
    (finding,) = check_service_name(name)
    assert (finding.code, finding.remedy) == ("invalid-service-name", remedy)


@pytest.mark.parametrize("port", [None, 1, 6789, 65535])
def test_ports(port: int | None) -> None:
    assert check_port(port) == []


@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_ports_out_of_range(port: int) -> None:
    (finding,) = check_port(port)
    assert finding.code == "port-range"
    assert str(port) in finding.message
