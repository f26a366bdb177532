"""Words as values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from azml_magics.cells import values


@pytest.mark.parametrize(
    ("convert", "text", "value"),
    [
        (values.whole_number, "-3", -3),
        (values.count, "0", 0),
        (values.positive_count, "12", 12),
        (values.seconds, "0.5", 0.5),
        (values.number, "-0.5", -0.5),
        (values.key_value, "A=1=2", ("A", "1=2")),
        (values.key_value, "A=", ("A", "")),
        (values.header, "Content-Type: text/plain", ("Content-Type", "text/plain")),
        (values.header, "X:", ("X", "")),
        (values.header, "X:a:b", ("X", "a:b")),
    ],
)
def test_values(convert: Callable[[str], object], text: str, value: object) -> None:
    assert convert(text) == value


@pytest.mark.parametrize(
    ("convert", "text", "must"),
    [
        (values.whole_number, "1.5", "must be a whole number"),
        (values.count, "-1", "must be a whole number from 0"),
        (values.count, "٣", "must be a whole number from 0"),
        (values.positive_count, "0", "must be a whole number from 1"),
        (values.positive_count, "x", "must be a whole number from 1"),
        (values.seconds, "soon", "must be a number of seconds"),
        (values.seconds, "0", "must be a positive number of seconds"),
        (values.seconds, "inf", "must be a positive number of seconds"),
        (values.seconds, "nan", "must be a positive number of seconds"),
        (values.number, "many", "must be a number"),
        (values.number, "inf", "must be a number"),
        (values.key_value, "A", "must be KEY=VALUE"),
        (values.key_value, "=1", "must be KEY=VALUE"),
        (values.key_value, "A B=1", "must be KEY=VALUE"),
        (values.key_value, "A\0=1", "must be KEY=VALUE"),
        (values.header, "X", "must be NAME:VALUE"),
        (values.header, "X Y:1", "must be NAME:VALUE"),
        (values.header, "X:a\r\nY:b", "must be one line of printable text"),
    ],
)
def test_what_a_word_must_be(convert: Callable[[str], object], text: str, must: str) -> None:
    with pytest.raises(ValueError, match=f"^{must}$"):
        convert(text)
