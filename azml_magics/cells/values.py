"""Words of a command line as values; each function raises ``ValueError`` with what the word must be."""

from __future__ import annotations

import math
import re

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def whole_number(text: str) -> int:
    """``8000``; also negative."""
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def count(text: str) -> int:
    """``0`` or more."""
    if not text.isascii() or not text.isdecimal():
        raise ValueError("must be a whole number from 0")
    return int(text)


def positive_count(text: str) -> int:
    """``1`` or more."""
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number from 1")
    return int(text)


def seconds(text: str) -> float:
    """A positive, finite number of seconds; fractions are allowed."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if not math.isfinite(value) or value <= 0:
        raise ValueError("must be a positive number of seconds")
    return value


def number(text: str) -> float:
    """A finite number; fractions are allowed."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if not math.isfinite(value):
        raise ValueError("must be a number")
    return value


def key_value(text: str) -> tuple[str, str]:
    """``KEY=VALUE``; the value may be empty and hold further ``=``."""
    key, equals, value = text.partition("=")
    if not equals or not key or any(character.isspace() or character == "\0" for character in key):
        raise ValueError("must be KEY=VALUE")
    return key, value


def key_and_value(text: str) -> tuple[str, str | None]:
    """``KEY=VALUE``, or ``KEY`` alone with ``None``: of any value."""
    return key_value(text) if "=" in text else (key_value(f"{text}=")[0], None)


def header(text: str) -> tuple[str, str]:
    """``Name:value`` of an HTTP header; white space around the value is dropped."""
    name, colon, value = text.partition(":")
    if not colon or not _HEADER_NAME.fullmatch(name):
        raise ValueError("must be NAME:VALUE")
    value = value.strip()
    if not value.isprintable():
        raise ValueError("must be one line of printable text")
    return name, value


def is_notebook(target: str | None) -> bool:
    """True when the target of ``deploy`` names a notebook file instead of a service."""
    return target is not None and target.endswith(".ipynb")
