"""The history of requests: complete, masked and bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import Frame
from azml_magics.workspace import requests as requests_module
from azml_magics.workspace.requests import KEPT_BODY_BYTES, MASK
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
