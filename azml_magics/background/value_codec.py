"""Results of verbs as JSON and back, between a worker and the kernel that started it.

Known are plain values, paths, times, bytes and the frozen values of this package: nothing else is made of what comes
in, and no code of anybody's runs for it.
"""

from __future__ import annotations

import base64
import importlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

PACKAGE = __name__.partition(".")[0]
#: The key that says what an object of JSON stands for.
KIND = "#"


def encode_value(value: object) -> object:
    """``value`` as what JSON can say. Raises ``TypeError`` for anything else than the values above."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [encode_value(item) for item in value]
    if isinstance(value, list | frozenset):
        items = sorted(value, key=repr) if isinstance(value, frozenset) else value
        return {KIND: type(value).__name__, "items": [encode_value(item) for item in items]}
    if isinstance(value, Mapping):
        return {KIND: "mapping", "items": [[encode_value(key), encode_value(item)] for key, item in value.items()]}
    if isinstance(value, Path):
        return {KIND: "path", "text": str(value)}
    if isinstance(value, datetime):
        return {KIND: "datetime", "text": value.isoformat()}
    if isinstance(value, bytes):
        return {KIND: "bytes", "text": base64.b64encode(value).decode("ascii")}
    cls = type(value)
    if is_dataclass(value) and cls.__module__.partition(".")[0] == PACKAGE:
        state = {field.name: encode_value(getattr(value, field.name)) for field in fields(value)}
        return {KIND: "value", "module": cls.__module__, "class": cls.__qualname__, "fields": state}
    raise TypeError(f"{cls.__module__}.{cls.__qualname__} is no value that a worker can give back")


def decode_value(content: Any) -> Any:
    """The value of :func:`encode_value`."""
    if isinstance(content, list):
        return tuple(decode_value(item) for item in content)
    if isinstance(content, dict):
        return DECODERS[content[KIND]](content)
    return content


def _decode_object(content: Mapping[str, Any]) -> object:
    module, name = content["module"], content["class"]
    if module.partition(".")[0] != PACKAGE:
        raise ValueError(f"{module}.{name} is no value of {PACKAGE}")
    cls = getattr(importlib.import_module(module), name)
    if not is_dataclass(cls) or not isinstance(cls, type):
        raise ValueError(f"{module}.{name} is no value of {PACKAGE}")
    value = object.__new__(cls)
    for key, item in content["fields"].items():
        object.__setattr__(value, key, decode_value(item))
    return value


DECODERS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "list": lambda content: [decode_value(item) for item in content["items"]],
    "frozenset": lambda content: frozenset(decode_value(item) for item in content["items"]),
    "mapping": lambda content: {decode_value(key): decode_value(item) for key, item in content["items"]},
    "path": lambda content: Path(content["text"]),
    "datetime": lambda content: datetime.fromisoformat(content["text"]),
    "bytes": lambda content: base64.b64decode(content["text"]),
    "value": _decode_object,
}
