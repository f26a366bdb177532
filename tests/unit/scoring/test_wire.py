"""Requests and answers as bytes."""

from __future__ import annotations

import pytest

from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ScoringError
from azml_magics.scoring.wire import read_response, render_http

ANSWER = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nx-request-id: abc\r\nx-ms-run-fn-exec-ms: 1.5\r\n"


def test_a_request_is_sent_as_it_would_be_to_a_service() -> None:
    message, request_id = render_http(ScoringRequest(b'{"a": 1}', (("K", "v"), ("X-Request-Id", "mine"))))
    head, _, body = message.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (lines[0], body, request_id) == ("POST /score HTTP/1.1", b'{"a": 1}', "mine")
    assert {"K: v", "Content-Type: application/json", "x-request-id: mine", "Content-Length: 8"} <= set(lines)


def test_another_content_type_stays() -> None:
    message, request_id = render_http(ScoringRequest(b"x", (("content-type", "text/plain"),)))
    assert b"application/json" not in message
    assert len(request_id) == 36


def test_a_header_that_cannot_be_sent() -> None:
    with pytest.raises(ScoringError) as caught:
        render_http(ScoringRequest(b"", (("K", "two\nlines"),)))
    assert caught.value.code == "bad-header"


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        (b"Content-Length: 3\r\n\r\nabc", b"abc"),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
        (b"Connection: close\r\n\r\nabc", b"abc"),
    ],
)
def test_an_answer_is_read_as_it_came(rest: bytes, body: bytes) -> None:
    found = read_response(ANSWER + rest, "once", "asked", latency_ms=2.0, read_log=list, app_root="/app")
    assert (found.status, found.body, found.request_id, found.run_ms) == (200, body, "abc", 1.5)
    assert [value for name, value in found.headers if name == "X-A"] == ["1", "2"]


def test_a_server_error_is_joined_with_the_log() -> None:
    log = [
        "2026-11-21 17:42:24,833 E [7] azmlinfsrv - Encountered Exception: Traceback (most recent call last):",
        '  File "/app/s.py", line 6, in run',
        "    raise ValueError('no')",
        "ValueError: no",
        "",
        '2026-11-21 17:42:24,834 I [7] gunicorn.access - "POST /score HTTP/1.1" 500 9 request_id=abc/abc',
    ]
    message = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    found = read_response(message, "once", "abc", latency_ms=2.0, read_log=lambda: log, app_root="/app")
    assert (found.status, found.run_ms, found.request_id) == (500, None, "abc")
    assert [(frame.file, frame.line) for frame in found.frames] == [("s.py", 6)]
    assert found.traceback[-1] == "ValueError: no"
