"""Many requests to one service, so many at a time: sent over kept connections and measured; nothing is kept of answers.

A closed loop: whoever has an answer sends the next request at once. Services are asked on this machine's own address
alone, as :class:`~azml_magics.definitions.endpoint.Endpoint` gives it. Workers that close a connection after each
answer (gunicorn's ``sync``) are given a new one each time; what that takes is part of the latency, as it is for anyone.
"""

from __future__ import annotations

import http.client
import queue
import socket
import threading
import time
import uuid
from array import array
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from azml_magics.cancel import Cancel
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.load_test import LoadProgress, LoadReport, LoadSize, latency_histogram, percentile
from azml_magics.definitions.scoring import ScoringRequest, reason_phrase
from azml_magics.scoring.client import unreachable
from azml_magics.scoring.wire import bad_header, headers_to_send

Report: TypeAlias = Callable[[LoadProgress], None]
#: Progress is told at most this often.
REPORT_SECONDS = 0.1
#: Nobody answers any more when so many in a row, and twice as many as are sent at once, had no answer.
GIVE_UP_AFTER = 20
#: Of the first answer of each error status so much is told, of the failures so many.
TOLD_BYTES = 300
TOLD_FAILURES = 10
PIECE_BYTES = 65_536


def run_load_test(
    endpoint: Endpoint,
    request: ScoringRequest,
    size: LoadSize,
    *,
    report: Report = lambda _progress: None,
    cancel: Cancel | None = None,
) -> LoadReport:
    """Send ``request`` that often; ``report`` is called in this thread.

    When ``cancel`` is requested, requests on their way are broken off and not counted; what was measured is returned.
    Raises ``ScoringError`` when not one answer came (``service-unreachable``) or nothing can be sent (``bad-header``).
    """
    load = _Load(endpoint, request, size.requests, min(size.concurrency, size.requests))
    remove_hook = (cancel or Cancel()).add_hook(load.stop)
    try:
        return load.run(report)
    finally:
        load.stop()
        remove_hook()


class _Load:
    """One test: what its threads share is guarded by ``_lock``."""

    def __init__(self, endpoint: Endpoint, request: ScoringRequest, requests: int, concurrency: int) -> None:
        self._endpoint = endpoint
        self._request = request
        self._concurrency = concurrency
        self._headers = _headers(request)
        self._lock = threading.Lock()
        self._left = requests
        self._stopped = False
        self._gave_up = False
        self._sockets: dict[int, socket.socket] = {}
        self._latencies = array("d")
        self._statuses: Counter[int] = Counter()
        self._failures: Counter[str] = Counter()
        self._error_texts: dict[int, str] = {}
        self._silent_in_a_row = 0
        self._news: queue.SimpleQueue[LoadProgress | BaseException | None] = queue.SimpleQueue()
        self._began = self._reported = time.perf_counter()

    def run(self, report: Report) -> LoadReport:
        work = self._work
        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(self._concurrency)]
        self._began = self._reported = time.perf_counter()
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            news = self._news.get()
            if news is None:
                running -= 1
            elif isinstance(news, BaseException):
                raise news
            else:
                report(news)
        seconds = time.perf_counter() - self._began
        report(self._progress())
        return self._result(seconds)

    def stop(self) -> None:
        """End the test: sockets are shut down so that whoever waits for an answer wakes up."""
        with self._lock:
            self._stopped |= self._left > 0 or bool(self._sockets)
            self._left = 0
            sockets = list(self._sockets.values())
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    # threads ----------------------------------------------------------------------------------------------------------

    def _work(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._endpoint.port, timeout=self._request.timeout_seconds)
        try:
            while self._take():
                self._ask(connection, number)
        except BaseException as failure:  # a defect: raised where the test was asked for
            self._news.put(failure)
        finally:
            connection.close()
            with self._lock:
                self._sockets.pop(number, None)
            self._news.put(None)

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> None:
        headers = {**self._headers, "x-request-id": self._request.header("x-request-id") or str(uuid.uuid4())}
        began = time.perf_counter()
        try:
            self._connect(connection, number)
            connection.request("POST", "/score", self._request.body, headers)
            answer = connection.getresponse()
            first = answer.read(PIECE_BYTES)
            while answer.read(PIECE_BYTES):
                pass
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._count_silent(self._why(error))
        else:
            self._count(answer.status, 1000 * (time.perf_counter() - began), first)
        finally:
            with self._lock:
                self._sockets.pop(number, None)

    def _connect(self, connection: http.client.HTTPConnection, number: int) -> None:
        from urllib3.util.wait import wait_for_read

        kept: socket.socket | None = connection.sock
        if kept is not None and wait_for_read(kept, timeout=0):
            connection.close()  # the other side has closed it meanwhile
        if connection.sock is None:
            connection.connect()
        with self._lock:
            if self._stopped:
                raise ConnectionAbortedError
            self._sockets[number] = connection.sock

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"no answer within {self._request.timeout_seconds:g} s"
        if isinstance(error, ConnectionRefusedError):
            return f"the service does not listen on port {self._endpoint.port}"
        return f"the service broke the connection: {str(error) or type(error).__name__}"

    # figures ----------------------------------------------------------------------------------------------------------

    def _count(self, status: int, latency_ms: float, first: bytes) -> None:
        with self._lock:
            self._silent_in_a_row = 0
            self._latencies.append(latency_ms)
            self._statuses[status] += 1
            if not 200 <= status < 300 and status not in self._error_texts:
                self._error_texts[status] = first[:TOLD_BYTES].decode("utf-8", errors="replace")
            self._tell()

    def _count_silent(self, why: str) -> None:
        with self._lock:
            if self._stopped:
                return
            self._failures[why] += 1
            self._silent_in_a_row += 1
            if self._silent_in_a_row >= max(GIVE_UP_AFTER, 2 * self._concurrency) and self._left > 0:
                self._left, self._gave_up = 0, True
            self._tell()

    def _tell(self) -> None:
        now = time.perf_counter()
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self._news.put(self._progress())

    def _progress(self) -> LoadProgress:
        return LoadProgress(self._done(), self._errors(), time.perf_counter() - self._began)

    def _done(self) -> int:
        return len(self._latencies) + self._failures.total()

    def _errors(self) -> int:
        ok = sum(count for status, count in self._statuses.items() if 200 <= status < 300)
        return self._done() - ok

    def _result(self, seconds: float) -> LoadReport:
        if not self._latencies and self._failures:
            ((why, _),) = self._failures.most_common(1)
            raise unreachable(self._endpoint, f"gave no answer to {self._failures.total()} requests: {why}")
        ordered = array("d", sorted(self._latencies))
        p50, p90, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.9, 0.95, 0.99))
        return LoadReport(
            service=self._endpoint.service,
            concurrency=self._concurrency,
            requests=self._done(),
            errors=self._errors(),
            seconds=seconds,
            p50_ms=p50,
            p90_ms=p90,
            p95_ms=p95,
            p99_ms=p99,
            max_ms=ordered[-1] if ordered else None,
            histogram=latency_histogram(ordered),
            statuses=dict(self._statuses),
            failures=self._failure_texts(),
            stopped=self._stopped or self._gave_up,
        )

    def _failure_texts(self) -> tuple[str, ...]:
        counts = self._failures + Counter(
            {
                f"{status} {reason_phrase(status)}".strip() + (f": {text}" if text else ""): self._statuses[status]
                for status, text in self._error_texts.items()
            }
        )
        told = [why if count == 1 else f"{why} ({count} times)" for why, count in counts.most_common(TOLD_FAILURES)]
        given_up = "ended early: nobody answered any more"
        return (given_up, *told) if self._gave_up else tuple(told)


def _headers(request: ScoringRequest) -> dict[str, str]:
    """Those of ``request`` with what ``client.send`` sends beside them.

    What every request would fail with is refused once: raises ``ScoringError`` (``bad-header``).
    """
    from requests.structures import CaseInsensitiveDict
    from requests.utils import default_headers

    own, _ = headers_to_send(request)
    connection = http.client.HTTPConnection("localhost")
    connection.putrequest("POST", "/score")  # only kept in memory: nothing is connected before the headers end
    try:
        for name, value in own.items():
            connection.putheader(name, value)
    except (ValueError, UnicodeError) as error:
        raise bad_header(error) from error
    complete: CaseInsensitiveDict[str] = CaseInsensitiveDict(default_headers())
    complete.update(own)
    return dict(complete)
