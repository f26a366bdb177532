from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.errors import ScoringError
from azml_magics.scoring.body import check_text, read_body


def read(source: str) -> bytes:
    return read_body(source, read_bytes=lambda path: f"file {path}".encode(), read_stdin=lambda: b"input")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"data": [1]}', b'{"data": [1]}'),
        ("-", b"input"),
        ("@data/one.json", b"file data/one.json"),
        ("", b""),
        ("é", "é".encode()),
        ("-1", b"-1"),
        ("\udcff\udcfe", b"\xff\xfe"),  # how Python hands over an argument that is not UTF-8
    ],
)
def test_what_is_typed(source: str, expected: bytes) -> None:
    assert read(source) == expected


@given(st.text().filter(lambda text: text != "-" and not text.startswith("@")))
def test_any_text_is_the_body_itself(text: str) -> None:
    assert read(text).decode() == text


@pytest.mark.parametrize("content_type", [None, "application/json", "Application/JSON; charset=utf-8"])
def test_json_that_is_not_utf8_is_refused_at_its_byte(content_type: str | None) -> None:
    with pytest.raises(ScoringError) as caught:
        check_text(b'{"name": "M\xfcller"}', content_type, source="%%score digits")
    error = caught.value
    assert error.code == "body-not-utf8"
    assert error.brief == "the body is not UTF-8: byte 11 is 0xfc"
    assert "application/octet-stream" in error.remedy
    assert error.place is not None
    assert error.place.source == "%%score digits"


@pytest.mark.parametrize("content_type", ["application/octet-stream", "text/plain", "image/png"])
def test_other_types_are_raw_bytes(content_type: str) -> None:
    assert check_text(b"\x89PNG\xff", content_type, source="--data") is None  # type: ignore[func-returns-value]  # it must not raise


@given(st.text())
def test_any_utf8_is_left_to_the_script(text: str) -> None:
    assert check_text(text.encode(), None, source="--data") is None  # type: ignore[func-returns-value]  # it must not raise
