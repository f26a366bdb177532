"""The body of a request from what the user typed: text, ``@file`` or ``-``; checked before it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from azml_magics.errors import Place, ScoringError


def read_body(source: str, *, read_bytes: Callable[[Path], bytes], read_stdin: Callable[[], bytes]) -> bytes:
    """``-`` is standard input, ``@NAME`` a file, anything else the body itself."""
    if source == "-":
        return read_stdin()
    if source.startswith("@"):
        return read_bytes(Path(source[1:]))
    return source.encode()


def check_body(body: bytes, content_type: str | None, *, source: str) -> None:
    """Refuse a body that says it is JSON and is not; a body of another type is sent as it is.

    ``source`` is where the body was written (``%%score digits``, ``--data``). Raises ``ScoringError``
    (``body-not-utf8``, ``body-not-json``).
    """
    if content_type is not None and content_type.partition(";")[0].strip().lower() != "application/json":
        return
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ScoringError(
            f"the body is not UTF-8: byte {error.start} is 0x{body[error.start]:02x}",
            remedy="JSON is UTF-8; for raw bytes give --header 'Content-Type: application/octet-stream'",
            place=Place(source),
            code="body-not-utf8",
        ) from error
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        line = text.splitlines()[error.lineno - 1] if text.splitlines()[error.lineno - 1 :] else ""
        start = max(0, error.colno - 60)
        raise ScoringError(
            f"the body is not JSON: {error.msg}",
            remedy="correct it; for a body of another kind give --header 'Content-Type: text/plain'",
            place=Place(source, error.lineno, error.colno - start, line[start : start + 100]),
            code="body-not-json",
        ) from error
