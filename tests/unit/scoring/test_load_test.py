"""Load tests over the loopback, against a real HTTP server that answers what the test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.load_test import LoadProgress, LoadReport, LoadSize
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ScoringError
from azml_magics.scoring import client, load_test
from azml_magics.scoring.load_test import GIVE_UP_AFTER, run_load_test

REQUEST = ScoringRequest(b'{"data": [1]}', (("X-Mine", "é"), ("accept", "text/plain")))


@dataclass
class Service:
    """A server, and what it saw."""

    endpoint: Endpoint
    answer: Callable[[int], int] = lambda _number: 200
    keeps: bool = True
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: set[bytes] = field(default_factory=set)
    connections: set[object] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with seen.lock:
                number = len(seen.headers)
                seen.headers.append({name.lower(): value for name, value in self.headers.items()})
                seen.bodies.add(body)
                seen.connections.add(self.client_address)
                seen.at_once += 1
                seen.most_at_once = max(seen.most_at_once, seen.at_once)
            status = seen.answer(number)
            with seen.lock:
                seen.at_once -= 1
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "5")
            if not seen.keeps:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            return None

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Connections that the other side breaks belong to these tests."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        port = server.server_address[1]
        seen = Service(Endpoint("digits", "process", port, folder / "service.log", folder))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield seen
        server.shutdown()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with serving(tmp_path) as opened:
        yield opened


def run(service: Service, requests: int, concurrency: int = 1, request: ScoringRequest = REQUEST) -> LoadReport:
    return run_load_test(service.endpoint, request, LoadSize(requests, concurrency))


def test_so_many_requests_so_many_at_a_time_over_kept_connections(service: Service) -> None:
    together = threading.Barrier(4, timeout=60)
    service.answer = lambda number: 200 if number >= 4 or together.wait() >= 0 else 500
    report = run(service, 50, 4)
    assert (report.requests, report.errors, report.statuses, report.stopped) == (50, 0, {200: 50}, False)
    assert len(service.headers) == 50
    assert service.most_at_once == len(service.connections) == 4
    assert len({headers["x-request-id"] for headers in service.headers}) == 50
    assert service.bodies == {REQUEST.body}
    assert sum(each.count for each in report.histogram) == 50
    assert report.p50_ms is not None
    assert report.max_ms is not None
    assert 0 < report.p50_ms <= report.max_ms
    assert report.per_second > 0


def test_services_that_close_each_connection_are_asked_over_new_ones(service: Service) -> None:
    service.keeps = False
    assert run(service, 12, 3).errors == 0
    assert len(service.connections) == 12


def test_the_same_is_sent_as_for_one_request(service: Service) -> None:
    client.send(service.endpoint, REQUEST, read_log=lambda: ())
    run(service, 1)
    one, many = service.headers
    assert one.pop("x-request-id") != many.pop("x-request-id")
    assert one == many
    assert many["content-type"] == "application/json"
    assert (many["x-mine"], many["accept"]) == ("é", "text/plain")


def test_an_id_of_the_callers_own_stays(service: Service) -> None:
    run(service, 3, request=ScoringRequest(b"", (("X-Request-Id", "mine"),)))
    assert [headers["x-request-id"] for headers in service.headers] == ["mine"] * 3


def test_answers_that_are_errors_are_counted_and_told(service: Service) -> None:
    service.answer = lambda number: 500 if number % 4 == 0 else 503 if number == 1 else 200
    report = run(service, 20)
    assert (report.errors, report.statuses) == (6, {500: 5, 200: 14, 503: 1})
    assert report.failures == ("500 Internal Server Error: hello (5 times)", "503 Service Unavailable: hello")


def test_requests_without_an_answer_count_as_errors_and_have_no_latency(service: Service) -> None:
    service.answer = lambda number: 0 if number == 3 else 200
    report = run(service, 10)
    assert (report.requests, report.errors, report.statuses) == (10, 1, {200: 9})
    assert sum(each.count for each in report.histogram) == 9
    (failure,) = report.failures
    assert failure.startswith("the service broke the connection: ")


def test_patience_ends_and_the_next_request_is_sent(service: Service) -> None:
    release = threading.Event()
    service.answer = lambda _number: 200 if release.wait(60) else 500
    with pytest.raises(ScoringError) as caught:
        run(service, 3, request=ScoringRequest(b"", timeout_seconds=0.05))
    release.set()
    assert "gave no answer to 3 requests: no answer within 0.05 s" in caught.value.brief


def test_a_service_that_goes_away_ends_the_test_early(service: Service) -> None:
    service.answer = lambda number: 200 if number < 10 else 0
    report = run(service, 5000, 2)
    assert report.stopped
    # The last good answer may come late, after almost so many without one; then it is counted anew.
    assert report.requests < 10 + 2 * GIVE_UP_AFTER + 5
    assert report.failures[0] == "ended early: nobody answered any more"


def test_a_service_that_never_answers_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = Endpoint("digits", "process", port, tmp_path / "service.log", tmp_path)
    with pytest.raises(ScoringError) as caught:
        run_load_test(gone, REQUEST, LoadSize(1000, 2))
    assert caught.value.code == "service-unreachable"
    assert f"the service does not listen on port {port}" in caught.value.brief
    assert "azml logs digits" in caught.value.remedy


def test_stopping_wakes_whoever_waits_and_keeps_what_was_measured(service: Service) -> None:
    cancel, waiting, release = Cancel(), threading.Semaphore(0), threading.Event()

    def answer(number: int) -> int:
        if number >= 5:
            waiting.release()
            release.wait(60)
        return 200

    service.answer = answer

    def stop() -> None:
        for _ in range(3):
            assert waiting.acquire(timeout=60)
        cancel.request()

    stopper = threading.Thread(target=stop)
    stopper.start()
    report = run_load_test(service.endpoint, REQUEST, LoadSize(1000, 3), cancel=cancel)
    stopper.join()
    release.set()
    assert report.stopped
    assert (report.requests, report.errors, report.failures) == (5, 0, ())


def test_stopped_before_it_began(service: Service) -> None:
    cancel = Cancel()
    cancel.request()
    report = run_load_test(service.endpoint, REQUEST, LoadSize(100, 3), cancel=cancel)
    assert (report.requests, report.stopped, report.p50_ms, report.histogram) == (0, True, None, ())


def test_progress_is_told_in_the_callers_thread_and_ends_with_everything(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_test, "REPORT_SECONDS", 0.0)
    told: list[tuple[LoadProgress, bool]] = []
    caller = threading.current_thread()

    def report(progress: LoadProgress) -> None:
        told.append((progress, threading.current_thread() is caller))

    service.answer = lambda number: 500 if number == 0 else 200
    run_load_test(service.endpoint, REQUEST, LoadSize(20, 2), report=report)
    assert all(here for _, here in told)
    done = [progress.done for progress, _ in told]
    assert done == sorted(done)
    assert (told[-1][0].done, told[-1][0].errors) == (20, 1)
    assert len(told) > 2


def test_what_the_listener_raises_ends_the_test(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_test, "REPORT_SECONDS", 0.0)

    def report(_: LoadProgress) -> None:
        raise RuntimeError("the page is gone")

    with pytest.raises(RuntimeError, match="the page is gone"):
        run_load_test(service.endpoint, REQUEST, LoadSize(100_000, 2), report=report)
    assert len(service.headers) < 100_000


@pytest.mark.parametrize("header", [("X-A", "line\nbreak"), ("X-A", "漢字"), ("bad name\n", "x")])
def test_a_header_that_cannot_be_sent(service: Service, header: tuple[str, str]) -> None:
    with pytest.raises(ScoringError) as caught:
        run(service, 100, request=ScoringRequest(b"{}", (header,)))
    assert caught.value.code == "bad-header"
    assert service.headers == []


def test_no_more_connections_than_requests(service: Service) -> None:
    report = run(service, 2, 50)
    assert (report.requests, report.concurrency) == (2, 2)
