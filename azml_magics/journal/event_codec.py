"""Events as lines of JSON and back: a log line is a short array, because there may be 100,000 of them."""

from __future__ import annotations

import json
from json.encoder import encode_basestring as _quoted
from typing import Any

from azml_magics import events
from azml_magics.events import Event, Found, LogLine
from azml_magics.journal.error_codec import decode_finding, known_fields

CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in events.Event.__args__}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=vars)


def encode_event(event: Event, at: float) -> bytes:
    """One line with its end, of what happened at second ``at`` since the epoch."""
    if isinstance(event, LogLine):
        return encode_log_line(at, event.source, event.text) + b"\n"
    text = _ENCODER.encode({"at": round(at, 3), "event": type(event).__name__, **vars(event)})
    return text.encode(errors="replace") + b"\n"


def encode_log_line(at: float, source: str, text: str) -> bytes:
    """A line of a log, without its end: three times as fast as an encoder for the list."""
    return f'[{round(at, 3)},"{source}",{_quoted(text)}]'.encode(errors="replace")


def decode_event(line: bytes) -> tuple[float, Event]:
    """When it happened and what; raises ``ValueError`` for a line that is none, or is of a newer version."""
    content = json.loads(line)
    try:
        if isinstance(content, list):
            at, source, text = content
            return at, LogLine(source, text)
        at, name = content.pop("at"), content.pop("event")
        cls = CLASSES[name]
        if cls is Found:
            return at, Found(decode_finding(content["finding"]))
        return at, cls(**known_fields(cls, content))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this line is no event of this version: {line[:200]!r}") from error
