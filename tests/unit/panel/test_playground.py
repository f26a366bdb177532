"""What the playground of the page asks for, done with a real service."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import DeclarationError, NotFoundError, ScoringError, ServiceError
from azml_magics.panel import actions as actions_module
from azml_magics.panel import playground
from azml_magics.panel.actions import Actions
from azml_magics.panel.contents import Contents
from azml_magics.panel.pump import Pump
from azml_magics.session import Session
from azml_magics.workspace.requests import KEPT_BODY_BYTES
from tests.echo_service import NAME, running_echo


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with running_echo(tmp_path_factory.mktemp("playground")) as opened:
        yield opened


def send(session: Session, body: str, *headers: tuple[str, str], **fields: object) -> dict[str, Any]:
    message = {"name": NAME, "body": body, "headers": [list(pair) for pair in headers], **fields}
    return json.loads(json.dumps(playground.send(session, message)))  # type: ignore[no-any-return]


def echoed(answer: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    content = json.loads(answer["text"])
    return base64.b64decode(content["body"]), content["headers"]


def test_a_request_and_its_answer(session: Session) -> None:
    answer = send(session, '{"grün": [1]}', ("X-Mine", "1"), timeout=60)
    assert (answer["status"], answer["reason"], answer["ok"]) == (200, "OK", True)
    assert (answer["type"], answer["json"], answer["clipped"]) == ("application/json", True, False)
    body, headers = echoed(answer)
    assert body == '{"grün": [1]}'.encode()
    assert (headers["content-type"], headers["x-mine"]) == ("application/json", "1")
    assert headers["x-request-id"] == answer["request_id"]
    assert ["x-ms-request-id", answer["request_id"]] in answer["headers"]
    assert 0 < answer["run_ms"] < answer["latency_ms"]
    assert (answer["traceback"], answer["frames"]) == ([], [])
    assert session.workspace.get_request(NAME, answer["number"]).status == 200


def test_a_failure_brings_the_users_frames_and_the_traceback(session: Session) -> None:
    answer = send(session, "fail", ("Content-Type", "text/plain"))
    assert (answer["status"], answer["reason"], answer["ok"]) == (500, "Internal Server Error", False)
    assert answer["cause"] == "ValueError: cannot read b'fail'"
    assert answer["cause"] in answer["traceback"]  # below it stands what the server made of it
    frames = [line for line in answer["frames"] if not line.startswith(" ")]
    assert [line.rpartition(", in ")[2] for line in frames] == ["run", "parse"]
    assert all("echo.py, line " in line for line in frames)
    assert answer["frames"][-1].strip() == 'raise ValueError(f"cannot read {body!r}")'


@pytest.mark.parametrize(("body", "status", "reason"), [("teapot", 418, "I'm a Teapot"), ("bytes", 200, "OK")])
def test_answers_that_are_no_json(session: Session, body: str, status: int, reason: str) -> None:
    answer = send(session, body, ("Content-Type", "text/plain"))
    assert (answer["status"], answer["reason"], answer["json"]) == (status, reason, False)
    assert answer["bytes"] == (256 if body == "bytes" else 15)
    assert answer["text"] == (None if body == "bytes" else "short and stout")


def test_a_long_answer_is_clipped(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playground, "SHOWN_CHARACTERS", 10)
    answer = send(session, "x" * 100)
    assert len(answer["text"]) == 10
    assert answer["clipped"]
    assert answer["bytes"] > 100


def test_half_a_character_is_not_sent(session: Session) -> None:
    with pytest.raises(ScoringError) as caught:
        playground.send(session, {"name": NAME, "body": 'a"\ud800', "headers": []})
    assert (caught.value.code, str(caught.value.place)) == ("body-not-utf8", "the playground")
    assert "character 3" in caught.value.brief


def test_a_service_that_nobody_knows(session: Session) -> None:
    asked: list[Callable[[], object]] = [
        lambda: playground.send(session, {"name": "nobody", "body": "", "headers": []}),
        lambda: playground.sample(session, "nobody"),
        lambda: playground.request(session, "nobody", 1),
    ]
    for ask in asked:
        with pytest.raises(NotFoundError):
            ask()


# what was sent before -------------------------------------------------------------------------------------------------


def test_the_history_newest_first_and_one_of_it(session: Session) -> None:
    first = send(session, "[1]", ("Content-Type", "text/plain"), ("Authorization", "Bearer secret"))
    second = send(session, "y" * 3000)
    rows = playground.history(session, NAME, 2)
    assert [row["number"] for row in rows] == [second["number"], first["number"]]
    assert (rows[0]["body"], rows[0]["bytes"], rows[0]["clipped"]) == ("y" * 2000, 3000, True)
    assert (rows[1]["status"], rows[1]["body"], rows[1]["binary"], rows[1]["clipped"]) == (200, "[1]", False, False)
    assert "secret" not in json.dumps(rows)

    found: Any = playground.request(session, NAME, first["number"])
    assert (found["body"], found["headers"], found["hidden"]) == (
        "[1]",
        [["Content-Type", "text/plain"]],
        ["Authorization"],
    )
    kept = found["answer"]
    assert {key: kept[key] for key in ("status", "text", "json", "bytes", "request_id", "number")} == {
        key: first[key] for key in ("status", "text", "json", "bytes", "request_id", "number")
    }
    whole: Any = playground.request(session, NAME, second["number"])
    assert (whole["body"], whole["clipped"]) == ("y" * 3000, False)


@pytest.mark.parametrize(
    ("body", "text", "binary", "clipped"),
    [
        (b"\xff\0", "", True, False),
        (b"", "", False, False),
        ("ü".encode() * KEPT_BODY_BYTES, "ü" * (KEPT_BODY_BYTES // 2), False, True),
        (b"a" + "ü".encode() * KEPT_BODY_BYTES, "a" + "ü" * (KEPT_BODY_BYTES // 2 - 1), False, True),
        (b"\xff" * (KEPT_BODY_BYTES + 1), "", True, True),
    ],
)
def test_bodies_as_far_as_they_are_kept(session: Session, body: bytes, text: str, binary: bool, clipped: bool) -> None:
    record = session.workspace.get_service(NAME)
    response = ScoringResponse(NAME, 200, b"\xff" * 70_000, (), 1.0, "id")
    number = session.workspace.record_request(record, ScoringRequest(body), response)
    found: Any = playground.request(session, NAME, number)
    assert (found["body"], found["binary"], found["clipped"], found["bytes"]) == (text, binary, clipped, len(body))
    assert (found["answer"]["text"], found["answer"]["bytes"]) == (None, 70_000)


def test_the_sample_is_the_last_request_that_is_kept_whole(session: Session) -> None:
    send(session, '{"data": [7]}', ("X-Mine", "1"), ("X-Api-Key", "secret"))
    record = session.workspace.get_service(NAME)
    session.workspace.record_request(record, ScoringRequest(b"\xff"), ScoringResponse(NAME, 200, b"", (), 1.0, "id"))
    assert playground.sample(session, NAME) == {
        "body": '{"data": [7]}',
        "headers": [["X-Mine", "1"]],
        "hidden": ["X-Api-Key"],
        "origin": "last request",
    }


# load -----------------------------------------------------------------------------------------------------------------


def test_a_load_test_is_measured_and_stays_out_of_the_history(session: Session) -> None:
    before = session.workspace.request_statistics(NAME)
    told: list[dict[str, object]] = []
    fields = {"name": NAME, "body": "[1]", "headers": [["X-Mine", "1"]], "requests": 30, "concurrency": 3}
    report: Any = playground.load(session, fields, told.append, Cancel())
    assert (report["requests"], report["errors"], report["statuses"]) == (30, 0, {"200": 30})
    assert report["stopped"] is False
    assert sum(each["count"] for each in report["histogram"]) == 30
    assert told[-1]["done"] == 30
    assert json.dumps(report)
    assert session.workspace.request_statistics(NAME) == before


def test_a_load_test_is_stopped_while_the_service_works(session: Session, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    cancel = Cancel()
    fields = {"name": NAME, "body": f"pipe:{pipe}", "headers": [], "requests": 10, "concurrency": 2}
    ended: list[Any] = []

    def load() -> None:
        try:
            ended.append(playground.load(session, fields, lambda _: None, cancel))
        finally:  # who waits for the service goes on, also where it never worked
            os.close(os.open(pipe, os.O_RDWR))

    test = threading.Thread(target=load)
    test.start()
    with pipe.open("w"):
        cancel.request()
        test.join(120)
        pipe.unlink()  # the other request, which the service takes up now, finds none to wait at
    assert ended[0]["stopped"]
    assert ended[0]["requests"] == 0


def test_a_panel_that_ends_ends_all_its_load_tests(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_module, "JOIN_SECONDS", 120.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    contents = Contents(session, None)
    sent: list[dict[str, Any]] = []
    pump = Pump(contents, lambda message, _: sent.append(message))
    actions = Actions(contents, pump, lambda: None)
    fields = {"name": NAME, "body": f"pipe:{pipe}", "headers": [], "requests": 10, "concurrency": 1}
    held = os.open(pipe, os.O_RDWR)  # nobody's reading ends, so no test does either
    for number in range(6):
        actions.receive({"op": "load", "id": number, "load": f"test {number}", **fields})
    actions.receive({"op": "load_stop", "load": "test 3"})
    actions.close()
    pipe.unlink()
    os.close(held)
    pump.flush()
    replies = [reply for message in sent for reply in message.get("replies", ()) if "ok" in reply]
    assert sorted(reply["id"] for reply in replies) == list(range(6))
    assert all(reply["value"]["stopped"] for reply in replies)
    contents.close()


def test_an_impossible_load_test(session: Session) -> None:
    fields = {"name": NAME, "body": "", "headers": [], "requests": 0, "concurrency": 1}
    with pytest.raises(DeclarationError) as caught:
        playground.load(session, fields, lambda _: None, Cancel())
    assert caught.value.code == "load-test-size"


# the last: the service ends -------------------------------------------------------------------------------------------


def test_a_service_that_has_gone_is_told_with_what_to_do_and_keeps_its_history(session: Session) -> None:
    sent = send(session, "[1]")
    session.stop(NAME)
    fields = {"name": NAME, "body": "[1]", "headers": [], "requests": 3, "concurrency": 1}
    asked: list[Callable[[], object]] = [
        lambda: playground.send(session, fields),
        lambda: playground.load(session, fields, lambda _: None, Cancel()),
    ]
    for ask in asked:
        with pytest.raises(ServiceError) as caught:
            ask()
        assert caught.value.code == "service-not-running"
        assert "azml deploy echo" in caught.value.remedy
    assert playground.history(session, NAME, 1)[0]["number"] == sent["number"]
    assert playground.sample(session, NAME)["body"] == "[1]"
