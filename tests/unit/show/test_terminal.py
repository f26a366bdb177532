"""Progress and errors on a real pseudo-terminal and in a plain file."""

from __future__ import annotations

import io
import os
import pty
import threading
from collections.abc import Callable
from typing import Any

import pytest

from azml_magics.errors import BuildError, Finding
from azml_magics.events import BuildStep, Event, Found, LogLine, Progress, StepFinished, StepStarted
from azml_magics.show.describe import describe
from azml_magics.show.terminal import Terminal
from tests.unit.show import values

RED, GREEN = "\x1b[1;31m", "\x1b[1;32m"


def on_terminal(use: Callable[[Terminal], None], monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What ``use`` writes to a terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", **environment}.items():
        monkeypatch.setenv(name, value)
    master, slave = pty.openpty()
    chunks: list[bytes] = []

    def read() -> None:
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # how Linux says that the other end is closed
                return
            if not chunk:
                return
            chunks.append(chunk)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(slave, "w") as stream:
        use(Terminal(stream))
    reader.join()
    os.close(master)
    return b"".join(chunks).decode()


def show_progress(terminal: Terminal) -> None:
    with terminal.progress("deploying digits") as emit:
        emit(StepStarted("packages", "nothing built yet"))
        emit(LogLine("builder", "Resolved [3] packages"))
        emit(Progress(4, 12, "packages", "downloading numpy"))
        emit(Found(Finding("not-pinned", "numpy is not pinned", "", severity="warning")))
        emit(StepFinished("packages", "done", 1.25, "nothing built yet"))


def test_progress_is_redrawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = on_terminal(show_progress, monkeypatch)
    assert "deploying digits" in written
    assert "warning: numpy is not pinned\r\n" in written
    assert "(1.2 s)" not in written  # the report says it once, at the end
    assert written.rstrip().endswith("\x1b[2K") or "\x1b[?25h" in written


def test_a_build_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = [
        StepStarted("build", "nothing built yet"),
        BuildStep(2, 5, "RUN pip install \\\n    numpy", "started"),
        LogLine("builder", "[2/5] RUN pip install"),
        LogLine("builder", "Downloading numpy"),
        Progress(12_300_000, 45_000_000, "bytes", "3 of 7 layers"),
        LogLine("init", "\x1b[31mepoch\x1b[0m\x07 3"),
        LogLine("server", "Booting worker"),
        StepFinished("build", "done", 1.25),
    ]
    said: list[str] = []

    def show(terminal: Terminal) -> None:
        with terminal.progress("deploying") as emit:
            status: Any = vars(emit)["_status"]  # what is drawn, and when, is rich's own affair
            for event in events:
                emit(event)
                said.append(status.status.plain)

    on_terminal(show, monkeypatch)
    assert said == [
        "deploying  build  nothing built yet",
        "deploying  build  step 2 of 5  RUN pip install \\ numpy",
        "deploying  build  step 2 of 5  RUN pip install",
        "deploying  build  step 2 of 5  Downloading numpy",
        "deploying  build  step 2 of 5  12.3 MB of 45.0 MB, 3 of 7 layers",
        "deploying  build  step 2 of 5  epoch 3",
        "deploying  build  step 2 of 5  epoch 3",
        "deploying",
    ]


def show_start(terminal: Terminal, *, verbose: bool) -> None:
    with terminal.progress("deploying", verbose=verbose) as emit:
        for event in (
            StepStarted("start"),
            LogLine("server", "Booting worker"),
            LogLine("init", "epoch 3"),
            LogLine("builder", "Collecting six"),
            StepFinished("start", "done", 1.25),
        ):
            emit(event)


@pytest.mark.parametrize("verbose", [False, True])
def test_what_a_service_logs_is_printed_to_whoever_asks(verbose: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    show_start(Terminal(stream), verbose=verbose)
    assert stream.getvalue() == ("Booting worker\nepoch 3\n" if verbose else "") + "start     done  (1.2 s)\n"
    written = on_terminal(lambda terminal: show_start(terminal, verbose=verbose), monkeypatch)
    assert ("Booting worker\r\n" in written) is verbose


def test_progress_is_a_line_a_step_elsewhere() -> None:
    stream = io.StringIO()
    show_progress(Terminal(stream))
    assert stream.getvalue() == "warning: numpy is not pinned\npackages  done  (1.2 s)  nothing built yet\n"


def test_errors_have_a_red_title(monkeypatch: pytest.MonkeyPatch) -> None:
    error = BuildError("no [red]wheel[/red]", remedy="choose", details=["everything"])
    written = on_terminal(lambda terminal: terminal.show_error(error, verbose=False), monkeypatch)
    assert f"{RED}BuildError (build): no [red]wheel[/red]" in written
    assert "fix: choose" in written
    assert "everything" not in written
    verbose = on_terminal(lambda terminal: terminal.show_error(error, verbose=True), monkeypatch)
    assert "everything" in verbose


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    error = BuildError("no wheel")
    written = on_terminal(lambda terminal: terminal.show_error(error, verbose=False), monkeypatch, NO_COLOR="1")
    assert "no wheel" in written
    assert "31m" not in written


def test_views_are_plain_in_a_file_and_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    view = describe(values.report(), figures=True)
    stream = io.StringIO()
    Terminal(stream).show_view(view)
    assert stream.getvalue().startswith("service digits is running\n  scoring URI  http")
    assert "\x1b" not in stream.getvalue()
    written = on_terminal(lambda terminal: terminal.show_view(view), monkeypatch)
    assert f"{GREEN}service digits is running" in written


def test_what_was_added_and_removed_has_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    diff = describe(values.diff(), figures=True)
    shown = on_terminal(lambda terminal: terminal.show_view(diff), monkeypatch)
    assert "\x1b[33m~ python          3.11 -> 3.12\x1b[0m" in shown
    assert "\x1b[31m- package numpy   numpy==2.2.6\x1b[0m" in shown
    assert "\x1b[32m+ package pandas  pandas\x1b[0m" in shown
    plain = on_terminal(lambda terminal: terminal.show_view(diff), monkeypatch, NO_COLOR="1")
    assert "[3" not in plain
