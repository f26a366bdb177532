"""Events as lines of JSON and back: a log line is a short array, because there may be 100,000 of them."""

from __future__ import annotations

import json
from dataclasses import fields
from json.encoder import encode_basestring as _quoted
from typing import Any

from azml_magics import events
from azml_magics.events import Event, Found, LogLine
from azml_magics.journal.error_codec import decode_finding

CLASSES: dict[str, type[Any]] = {cls.__name__: cls for cls in events.Event.__args__}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=vars)


def encode_event(event: Event, at: float) -> bytes:
    """One line with its end, of what happened at second ``at`` since the epoch."""
    at = round(at, 3)
    if isinstance(event, LogLine):
        text = f'[{at},"{event.source}",{_quoted(event.text)}]'  # three times as fast as an encoder for the list
    else:
        text = _ENCODER.encode({"at": at, "event": type(event).__name__, **vars(event)})
    return text.encode(errors="replace") + b"\n"


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
        return at, cls(**{field.name: content[field.name] for field in fields(cls) if field.name in content})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this line is no event of this version: {line[:200]!r}") from error
