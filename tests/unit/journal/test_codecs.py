"""Errors and events as JSON: what comes back is what was written, whatever they hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from azml_magics import errors, events
from azml_magics.errors import AzmlError, Finding, FindingsError, Frame, Place, RunError, ScriptError, StartError
from azml_magics.events import Event, LogLine
from azml_magics.journal.error_codec import CLASSES, decode_error, encode_error
from azml_magics.journal.event_codec import decode_event, encode_event
from azml_magics.show.text import why_lines

QUICK = settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
TEXT = st.text(max_size=20)
PLACES = st.none() | st.builds(Place)
FINDINGS = st.builds(Finding, place=PLACES)
ALL = st.lists(TEXT, max_size=3).map(tuple)


def any_error(cls: type[AzmlError], data: st.DataObject) -> AzmlError:
    if issubclass(cls, FindingsError):
        return cls(data.draw(TEXT), data.draw(st.lists(FINDINGS, max_size=3)))
    more: dict[str, Any] = {}
    if issubclass(cls, StartError):
        more |= {"log_tail": data.draw(ALL), "process_exit_code": data.draw(st.none() | st.integers())}
    if issubclass(cls, ScriptError):
        frames = st.lists(st.builds(Frame, origin=PLACES), max_size=3)
        more |= {"frames": data.draw(frames), "exception": data.draw(TEXT)}
    if issubclass(cls, RunError):
        more["run_id"] = data.draw(TEXT)
    place, details = data.draw(PLACES), data.draw(ALL)
    code = data.draw(st.none() | TEXT)
    return cls(data.draw(TEXT), remedy=data.draw(TEXT), place=place, details=details, code=code, **more)


def test_every_class_of_the_tree_is_known() -> None:
    def below(cls: type[AzmlError]) -> set[str]:
        return {cls.__name__}.union(*(below(child) for child in cls.__subclasses__()))

    assert {name for name in below(AzmlError) if hasattr(errors, name)} == set(CLASSES)


@pytest.mark.parametrize("cls", CLASSES.values())
@given(data=st.data())
@QUICK
def test_an_error_comes_back_as_it_was(cls: type[AzmlError], data: st.DataObject) -> None:
    error = any_error(cls, data)
    error.__cause__ = data.draw(st.none() | st.sampled_from([ValueError("no model"), any_error(cls, data)]))
    back = decode_error(json.loads(json.dumps(encode_error(error))))
    assert type(back) is type(error)
    for field in {*vars(error), "code", "exit_code"}:
        assert getattr(back, field) == getattr(error, field)
    assert str(back) == str(error)
    assert back._render_traceback_() == error._render_traceback_()
    assert why_lines(back) == why_lines(error)
    assert why_lines(decode_error(encode_error(back))) == why_lines(error)


def test_an_unexpected_exception_brings_its_traceback() -> None:
    try:
        raise ZeroDivisionError("division by zero")
    except ZeroDivisionError as caught:
        back = decode_error(encode_error(caught))
    assert (type(back), back.code) == (AzmlError, "internal")
    assert back.brief == "ZeroDivisionError: division by zero"
    assert "test_codecs.py" in "\n".join(back.details)


def test_an_error_from_elsewhere_is_its_nearest_relative() -> None:
    class OwnScriptError(ScriptError):
        code = "own"

    back = decode_error(encode_error(OwnScriptError("it failed", exception="ValueError: x")))
    assert (type(back), back.code, back.lines()[-1]) == (ScriptError, "own", "  ValueError: x")
    assert type(decode_error({"class": "OfTomorrow", "brief": "b"})) is AzmlError


def test_fields_of_tomorrow_are_left_out() -> None:
    place = Place("cell In [1]", 2)
    error = FindingsError("wrong", [Finding("no-pip", "it has none", "install it", place)])
    content = json.loads(json.dumps(encode_error(error)))
    (finding,) = content["findings"]
    finding["of_tomorrow"] = finding["place"]["of_tomorrow"] = 1
    back = decode_error(content)
    assert isinstance(back, FindingsError)
    assert (back.findings, back.findings[0].place) == (error.findings, place)


EVENTS = st.one_of(*(st.from_type(cls) for cls in events.Event.__args__))


@given(event=EVENTS, at=st.floats(1e9, 2e9))
@QUICK
def test_an_event_comes_back_as_it_was(event: Event, at: float) -> None:
    line = encode_event(event, at)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    when, back = decode_event(line)
    assert back == event
    assert abs(when - at) <= 0.0006
    assert line.startswith(b"[") == isinstance(event, LogLine)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[1]", b'{"at": 1, "event": "OfTomorrow"}', b'{"at": 1, "event": "Note"}', b"7"]
)
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_event(line)


def test_text_that_is_no_unicode_is_written_all_the_same() -> None:
    _, event = decode_event(encode_event(LogLine("builder", "a\udcffb\x00\r\x1b[1m"), 1.0))
    assert event == LogLine("builder", "a?b\x00\r\x1b[1m")
