"""Sending one request over the loopback, against a real HTTP server that answers what the test says."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import ScoringError
from azml_magics.scoring import client, failure_log
from azml_magics.system.logs import read_appended

SCRIPT = EntryScript("score.py", "", Origin("cell In [4]", 1))
REQUEST = ScoringRequest(b"{}")
LOG_HEAD = "2026-11-21 02:37:40,843"


@dataclass
class Service:
    """What the server answers, and what it was asked."""

    endpoint: Endpoint
    status: int = 200
    body: bytes = b"7"
    headers: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str, list[tuple[str, str]], bytes]] = field(default_factory=list)
    before: Callable[[socket.socket], bool] = lambda _connection: True
    after: Callable[[str], None] = lambda _request_id: None

    def sent_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.asked[-1][2]}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answers.asked.append((self.command, self.path, self.headers.items(), body))
            if not answers.before(self.connection):
                self.close_connection = True
                return
            self.send_response(answers.status)
            for name, value in answers.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body)
            answers.after(self.headers["x-request-id"])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_address[1]
        answers = Service(Endpoint("digits", "process", port, tmp_path / "service.log", tmp_path))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield answers
        server.shutdown()


def send(
    endpoint: Endpoint, request: ScoringRequest, script: EntryScript | None = None, path: str = "/score"
) -> ScoringResponse:
    offset = endpoint.log_path.stat().st_size if endpoint.log_path.exists() else 0
    return client.send(
        endpoint,
        request,
        read_log=lambda: read_appended(endpoint.log_path, offset, limit=1000),
        script=script,
        path=path,
    )


def fail(endpoint: Endpoint, request: ScoringRequest = REQUEST) -> ScoringError:
    with pytest.raises(ScoringError) as caught:
        send(endpoint, request)
    return caught.value


# what is sent ---------------------------------------------------------------------------------------------------------


def test_a_request_goes_to_score_as_json_with_an_id(service: Service) -> None:
    response = send(service.endpoint, ScoringRequest(b'{"data": [1]}'))
    ((method, path, _, body),) = service.asked
    assert (method, path, body) == ("POST", "/score", b'{"data": [1]}')
    sent = service.sent_headers()
    assert sent["content-type"] == "application/json"
    assert len(sent["x-request-id"]) == 36
    assert sent["host"] == f"127.0.0.1:{service.endpoint.port}"
    assert response.request_id == sent["x-request-id"]
    assert send(service.endpoint, ScoringRequest(b"{}")).request_id != response.request_id


def test_the_callers_headers_are_kept(service: Service) -> None:
    headers = (("CONTENT-TYPE", "application/octet-stream"), ("X-Request-ID", "mine"), ("X-Other", "é"))
    response = send(service.endpoint, ScoringRequest(b"\xff\0", headers))
    names = [name.lower() for name, _ in service.asked[0][2]]
    assert names.count("content-type") == names.count("x-request-id") == 1
    assert (service.sent_headers()["content-type"], service.sent_headers()["x-request-id"]) == (
        "application/octet-stream",
        "mine",
    )
    assert service.sent_headers()["x-other"] == "é"
    assert service.asked[0][3] == b"\xff\0"
    assert response.request_id == "mine"


@pytest.mark.parametrize("body", [b"", b"\0" * 3_000_000, "{'é'}".encode()])
def test_any_body_as_it_is(service: Service, body: bytes) -> None:
    send(service.endpoint, ScoringRequest(body))
    assert service.asked[0][3] == body


def test_no_proxy_and_no_netrc_sees_it(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("default login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert send(service.endpoint, ScoringRequest(b"{}")).ok
    assert "authorization" not in service.sent_headers()


@pytest.mark.parametrize("header", [("X-A", "line\nbreak"), ("X-A", "漢字"), ("bad name\n", "x")])
def test_a_header_that_cannot_be_sent(service: Service, header: tuple[str, str]) -> None:
    error = fail(service.endpoint, ScoringRequest(b"{}", (header,)))
    assert error.code == "bad-header"
    assert service.asked == []


# what comes back ------------------------------------------------------------------------------------------------------


def test_the_answer_as_it_is(service: Service) -> None:
    service.body = b"\xff[1]"
    service.headers = [("x-ms-run-fn-exec-ms", "0.531"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-B", "é")]
    response = send(service.endpoint, ScoringRequest(b"{}"), path="/other")
    assert (response.service, response.status, response.body, response.run_ms) == ("digits", 200, b"\xff[1]", 0.531)
    assert [value for name, value in response.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert response.header("x-b") == "é"
    assert response.latency_ms > 0
    assert service.asked[0][1] == "/other"
    assert (response.traceback, response.frames) == ((), ())


def test_the_servers_id_wins(service: Service) -> None:
    service.headers = [("x-request-id", "given")]
    assert send(service.endpoint, ScoringRequest(b"{}", (("x-request-id", "asked"),))).request_id == "given"


@pytest.mark.parametrize("status", [201, 204, 400, 404, 415, 418, 424])
def test_no_status_is_an_error_of_ours(service: Service, status: int) -> None:
    service.status, service.body = status, b"" if status == 204 else b'{"message": "x"}'
    response = send(service.endpoint, ScoringRequest(b"{}"))
    assert (response.status, response.body, response.ok) == (status, service.body, status < 300)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_shown_and_not_followed(service: Service, status: int) -> None:
    service.status, service.headers = status, [("Location", service.endpoint.base_url + "/elsewhere")]
    response = send(service.endpoint, ScoringRequest(b"{}"))
    assert (response.status, len(service.asked)) == (status, 1)


@pytest.mark.parametrize("text", ["soon", "0.5, 0.7", ""])
def test_a_figure_of_the_scripts_own_is_no_figure(service: Service, text: str) -> None:
    service.headers = [("x-ms-run-fn-exec-ms", text)]
    assert send(service.endpoint, ScoringRequest(b"{}")).run_ms is None


def test_a_compressed_answer_is_unpacked(service: Service) -> None:
    service.headers, service.body = [("Content-Encoding", "gzip")], gzip.compress(b"[1, 2]")
    assert send(service.endpoint, ScoringRequest(b"{}")).json() == [1, 2]


# no answer ------------------------------------------------------------------------------------------------------------


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = fail(Endpoint("digits", "process", port, tmp_path / "service.log", tmp_path))
    assert error.code == "service-unreachable"
    assert error.brief == f"service 'digits' does not listen on port {port}"
    assert "azml services" in error.remedy


def test_an_answer_that_takes_too_long(service: Service) -> None:
    done = threading.Event()
    service.before = lambda _connection: done.wait(120) and False
    error = fail(service.endpoint, ScoringRequest(b"{}", timeout_seconds=0.05))
    done.set()
    assert error.code == "scoring-timeout"
    assert "0.05 s" in error.brief
    assert "--timeout-seconds" in error.remedy


def no_answer(connection: socket.socket) -> bool:
    connection.shutdown(socket.SHUT_RDWR)
    return False


def half_an_answer(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,")
    return no_answer(connection)


def no_http(connection: socket.socket) -> bool:
    connection.sendall(b"hello\r\n\r\n")
    return no_answer(connection)


@pytest.mark.parametrize("ending", [no_answer, half_an_answer, no_http])
def test_a_connection_that_breaks(
    service: Service, monkeypatch: pytest.MonkeyPatch, ending: Callable[[socket.socket], bool]
) -> None:
    monkeypatch.setattr(failure_log, "LOG_WAIT_SECONDS", 0.05)
    service.before = ending
    error = fail(service.endpoint)
    assert error.code == "service-unreachable"
    assert error.brief.startswith("service 'digits' broke the connection: ")
    assert "azml logs digits" in error.remedy


def test_an_answer_that_is_not_what_it_says(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "LOG_WAIT_SECONDS", 0.05)
    service.headers, service.body = [("Content-Encoding", "gzip")], b"not gzip"
    assert fail(service.endpoint).code == "service-unreachable"


def test_a_worker_that_was_killed_while_it_answered(service: Service) -> None:
    log = service.endpoint.log_path
    log.write_text(f"{LOG_HEAD} E [1] gunicorn.error - Worker (pid:6) exited with code 3.\n")

    def die(connection: socket.socket) -> bool:
        with log.open("a") as file:
            file.write(f"{LOG_HEAD} E [1] gunicorn.error - Worker (pid:7) was sent SIGKILL! Perhaps out of memory?\n")
        return no_answer(connection)

    service.before = die
    error = fail(service.endpoint)
    assert error.code == "worker-ended"
    assert error.brief.endswith("Worker (pid:7) was sent SIGKILL! Perhaps out of memory?")


# server errors --------------------------------------------------------------------------------------------------------


def log_failure(service: Service, request_id: str, message: str) -> None:
    with service.endpoint.log_path.open("a") as log:
        log.write(
            f"{LOG_HEAD} E [7] azmlinfsrv - Encountered Exception: Traceback (most recent call last):\n"
            f'  File "{service.endpoint.directory}/app/score.py", line 8, in run\n    1 / 0\nValueError: {message}\n\n'
            f'{LOG_HEAD} I [7] gunicorn.access - 127.0.0.1 - - [x] "POST" 500 9 "-" "-" request_id=a/{request_id}\n'
        )


def test_a_server_error_is_joined_with_its_traceback(service: Service) -> None:
    service.status = 500
    service.endpoint.log_path.touch()  # as every service that answers has one
    service.after = lambda request_id: log_failure(service, request_id, f"failed {request_id}")
    for request_id in ("one", "two"):
        response = send(service.endpoint, ScoringRequest(b"{}", (("x-request-id", request_id),)), script=SCRIPT)
        assert response.status == 500
        assert response.traceback[0] == "Traceback (most recent call last):"
        assert response.traceback[-1] == f"ValueError: failed {request_id}"
        (frame,) = response.frames
        assert (frame.file, frame.line, str(frame.origin)) == ("score.py", 8, "cell In [4], line 9")


def test_an_answer_the_script_meant_to_give_has_none(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "LOG_WAIT_SECONDS", 0.05)
    service.status, service.body = 503, b"busy"
    response = send(service.endpoint, ScoringRequest(b"{}"))
    assert (response.status, response.body, response.traceback) == (503, b"busy", ())
    missing = replace(service.endpoint, log_path=service.endpoint.directory / "nowhere" / "service.log")
    assert send(missing, ScoringRequest(b"{}")).traceback == ()


def test_a_client_error_is_not_looked_up(service: Service) -> None:
    service.status = 400
    service.after = lambda request_id: log_failure(service, request_id, "unrelated")
    assert send(service.endpoint, ScoringRequest(b"{}")).traceback == ()
