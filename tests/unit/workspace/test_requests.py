"""The history of requests: complete, masked and bounded."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import Frame, NotFoundError
from azml_magics.workspace import requests as requests_module
from azml_magics.workspace.requests import KEPT_BODY_BYTES, MASK, RequestStatistics
from azml_magics.workspace.services import ServiceRecord
from azml_magics.workspace.workspace import Workspace

REQUEST = ScoringRequest(b'{"data": [1]}', (("Content-Type", "application/json"),))
RESPONSE = ScoringResponse(
    "digits", 200, b"[2]", (("x-ms-run-fn-exec-ms", "0.5"),), 12.25, "id-1", 0.5, frames=(Frame("score.py", 1, "run"),)
)


@pytest.fixture
def record(workspace: Workspace) -> ServiceRecord:
    return service(workspace, "digits")


def service(workspace: Workspace, name: str) -> ServiceRecord:
    directory = workspace.service_directory(name)
    endpoint = Endpoint(name, "process", 8000, directory / "service.log", directory)
    return workspace.save_service(Deployment(name, EntryScript("score.py", "")), endpoint, {}, {})


def test_everything_is_kept(workspace: Workspace, record: ServiceRecord) -> None:
    number = workspace.record_request(record, REQUEST, RESPONSE)
    (kept,) = workspace.list_requests()
    assert (kept.id, kept.service, kept.request_id, kept.status) == (number, "digits", "id-1", 200)
    assert (kept.latency_ms, kept.run_ms) == (12.25, 0.5)
    assert (kept.request_body, kept.request_bytes, kept.response_body, kept.response_bytes) == (
        REQUEST.body,
        13,
        b"[2]",
        3,
    )
    assert (kept.request_headers, kept.response_headers) == (REQUEST.headers, RESPONSE.headers)
    assert kept.time.tzinfo == timezone.utc
    assert abs(datetime.now(timezone.utc) - kept.time) < timedelta(minutes=5)


def test_the_newest_first_and_by_service(workspace: Workspace, record: ServiceRecord) -> None:
    letters = service(workspace, "letters")
    numbers = [workspace.record_request(each, REQUEST, RESPONSE) for each in (record, letters, record)]
    assert numbers == sorted(set(numbers))
    assert [kept.id for kept in workspace.list_requests()] == numbers[::-1]
    assert [kept.id for kept in workspace.list_requests(limit=2)] == numbers[:0:-1]
    assert [kept.id for kept in workspace.list_requests("digits")] == [numbers[2], numbers[0]]
    assert workspace.list_requests("unknown") == []


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "x-api-key", "X-API-KEY",
        "apikey", "api_key", "X-Auth-Token", "Ocp-Apim-Subscription-Key", "x-functions-key", "x-client-secret",
    ],
)  # fmt: skip
def test_secrets_are_masked_in_both_directions(workspace: Workspace, record: ServiceRecord, name: str) -> None:
    headers = ((name, "s3cret-value"), ("x-request-id", "id-1"), ("X-Monkey", "fine"))
    workspace.record_request(record, replace(REQUEST, headers=headers), replace(RESPONSE, headers=headers))
    (kept,) = workspace.list_requests()
    masked = ((name, MASK), ("x-request-id", "id-1"), ("X-Monkey", "fine"))
    assert kept.request_headers == kept.response_headers == masked
    workspace.close()
    assert not any(b"s3cret-value" in path.read_bytes() for path in workspace.root.glob("workspace.db*"))


def test_long_bodies_are_cut_and_their_sizes_kept(workspace: Workspace, record: ServiceRecord) -> None:
    long = bytes(range(256)) * 400
    workspace.record_request(record, replace(REQUEST, body=long), replace(RESPONSE, body=long + b"!"))
    (kept,) = workspace.list_requests()
    assert kept.request_body == kept.response_body == long[:KEPT_BODY_BYTES]
    assert (kept.request_bytes, kept.response_bytes) == (102_400, 102_401)


def test_only_the_newest_stay(workspace: Workspace, record: ServiceRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests_module, "KEPT_REQUESTS", 5)
    numbers = [workspace.record_request(record, REQUEST, RESPONSE) for _ in range(12)]
    assert [kept.id for kept in workspace.list_requests(limit=100)] == numbers[:6:-1]


def test_a_failure_without_timing(workspace: Workspace, record: ServiceRecord, tmp_path: Path) -> None:
    workspace.record_request(record, ScoringRequest(b""), ScoringResponse("digits", 500, b"", (), 1.0, "id-2"))
    (kept,) = workspace.list_requests()
    assert (kept.status, kept.run_ms, kept.request_body, kept.request_headers) == (500, None, b"", ())


# figures --------------------------------------------------------------------------------------------------------------


def keep(workspace: Workspace, record: ServiceRecord, latency_ms: float, status: int = 200) -> int:
    response = replace(RESPONSE, service=record.name, latency_ms=latency_ms, status=status)
    return workspace.record_request(record, REQUEST, response)


def test_figures_are_those_of_a_plain_calculation(workspace: Workspace, record: ServiceRecord) -> None:
    draw = random.Random(5)
    latencies = [round(draw.expovariate(0.1), 3) for _ in range(250)]
    statuses = [draw.choice([200, 201, 204, 301, 400, 424, 500]) for _ in latencies]
    letters = service(workspace, "letters")
    for latency, status in zip(latencies, statuses, strict=True):
        keep(workspace, record, latency, status)
        keep(workspace, letters, 1000 * latency)
    found = workspace.request_statistics("digits")
    ordered = sorted(latencies)
    assert found.requests == 250
    assert found.errors == sum(not 200 <= status < 300 for status in statuses)
    assert (found.p50_ms, found.p99_ms) == (ordered[124], ordered[247])
    assert list(found.latencies) == latencies[-60:]
    assert workspace.request_statistics("letters").errors == 0


def test_figures_of_few_and_of_none(workspace: Workspace, record: ServiceRecord) -> None:
    assert workspace.request_statistics("digits") == RequestStatistics()
    assert workspace.request_statistics("unknown") == RequestStatistics()
    keep(workspace, record, 7.5, 500)
    assert workspace.request_statistics("digits") == RequestStatistics(1, 1, 7.5, 7.5, (7.5,))


def test_figures_of_a_hundred_thousand_requests_are_read_from_an_index_alone(
    workspace: Workspace, record: ServiceRecord
) -> None:
    keep(workspace, record, 0.0)
    path = workspace.root / "workspace.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999) "
            "INSERT INTO requests (service, time, request_id, request_headers, request_body, request_bytes, status, "
            "response_headers, response_body, response_bytes, latency_ms, run_ms) "
            "SELECT service, time, request_id, request_headers, request_body, request_bytes, "
            "200 + 300 * (n % 100 = 0), response_headers, response_body, response_bytes, n, run_ms "
            "FROM requests, numbers"
        )
        connection.commit()
        plans = [
            row[3]
            for query in (
                "SELECT count(*), sum(status NOT BETWEEN 200 AND 299) FROM requests WHERE service = 'digits'",
                "SELECT latency_ms FROM requests WHERE service = 'digits' ORDER BY latency_ms LIMIT 1 OFFSET 50000",
            )
            for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")
        ]
    assert plans == ["SEARCH requests USING COVERING INDEX request_figures (service=?)"] * 2
    found = workspace.request_statistics("digits")
    assert (found.requests, found.errors) == (100_000, 999)
    assert (found.p50_ms, found.p99_ms) == (49_999.0, 98_999.0)
    assert found.latencies == tuple(float(n) for n in range(99_940, 100_000))


def test_one_request_is_found_by_its_number_and_service(workspace: Workspace, record: ServiceRecord) -> None:
    service(workspace, "letters")
    number = keep(workspace, record, 3.0)
    assert workspace.get_request("digits", number).latency_ms == 3.0
    for name, wrong in (("letters", number), ("digits", number + 1)):
        with pytest.raises(NotFoundError) as caught:
            workspace.get_request(name, wrong)
        assert caught.value.code == "unknown-request"
        assert f"azml requests {name}" in caught.value.remedy
