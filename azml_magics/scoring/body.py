"""The body of a request from what the user typed: text, ``@file`` or ``-``; what is no text is refused unsent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from azml_magics.errors import Place, ScoringError


def read_body(source: str, *, read_bytes: Callable[[Path], bytes], read_stdin: Callable[[], bytes]) -> bytes:
    """``-`` is standard input, ``@NAME`` a file, anything else the body itself.

    Bytes of a command line that are not UTF-8 come back as they were typed.
    """
    if source == "-":
        return read_stdin()
    if source.startswith("@"):
        return read_bytes(Path(source[1:]))
    return source.encode(errors="surrogateescape")


def check_text(body: bytes, content_type: str | None, *, source: str) -> None:
    """Refuse a JSON body that is not UTF-8, as the server would (AZUREML.md 1.6); other types are raw bytes.

    Whether it is well-formed JSON is the script's business. ``source`` is where the body was written
    (``%%score digits``, ``--data``). Raises ``ScoringError`` (``body-not-utf8``).
    """
    if content_type is not None and content_type.partition(";")[0].strip().lower() != "application/json":
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise ScoringError(
            f"the body is not UTF-8: byte {error.start} is 0x{body[error.start]:02x}",
            remedy="JSON is UTF-8; for raw bytes give --header 'Content-Type: application/octet-stream'",
            place=Place(source),
            code="body-not-utf8",
        ) from error
