"""What is printed while something is deployed, as ``show_output`` asks for."""

from __future__ import annotations

import pytest

from azml_magics.errors import Finding, Place
from azml_magics.events import Event, Found, LogLine, Note, Progress, StateChanged, StepFinished, StepStarted
from azml_magics.v1.news import print_event

NEWS: list[tuple[Event, str]] = [
    (StepStarted("start"), ""),
    (LogLine("server", "2026-11-21 20:36:04,496 I [2] gunicorn.error - Booting worker with pid: 2"), ""),
    (LogLine("init", "loading the model"), "loading the model\n"),
    (LogLine("builder", "Resolved 6 packages"), "Resolved 6 packages\n"),
    (Progress(1, 6, "packages"), ""),
    (StepFinished("start", "done", 1.0, "a new process"), "start: done (a new process)\n"),
    (Note("hello"), "hello\n"),
    (StateChanged("digits", "running"), "service digits is running\n"),
    (
        Found(Finding("unpinned", "not pinned: numpy", "pin it", Place("score.py", 2), "warning")),
        "warning: score.py, line 2: not pinned: numpy\n  fix: pin it\n",
    ),
]


@pytest.mark.parametrize(("event", "printed"), NEWS)
def test_what_is_printed(event: Event, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_event(event)
    assert capsys.readouterr().out == printed
