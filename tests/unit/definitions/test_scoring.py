"""Requests and responses as values."""

from __future__ import annotations

import pytest

from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse


def response(status: int, body: bytes) -> ScoringResponse:
    return ScoringResponse("digits", status, body, (("X-Ms-Request-Id", "1"),), 1.5, "1")


@pytest.mark.parametrize(("status", "ok"), [(199, False), (200, True), (204, True), (299, True), (300, False)])
def test_ok_is_a_2xx(status: int, ok: bool) -> None:
    assert response(status, b"").ok is ok


def test_bodies() -> None:
    assert response(200, b"[2]").json() == [2]
    assert response(500, b"\xffx").text == "\ufffdx"
    with pytest.raises(ValueError, match="Expecting value"):
        response(200, b"nope").json()


def test_headers_are_found_without_case() -> None:
    assert response(200, b"").header("x-ms-request-id") == "1"
    assert response(200, b"").header("other") is None
    request = ScoringRequest(b"{}", (("Content-Type", "text/plain"),))
    assert request.header("content-type") == "text/plain"
    assert request.header("accept") is None
