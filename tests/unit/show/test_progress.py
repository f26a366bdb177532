"""News as lines and as a view of how far a job got."""

from __future__ import annotations

import pytest

from azml_magics.errors import BuildError, CancelledError, DeclarationError, Finding, Place, StartError
from azml_magics.events import BuildStep, Event, Found, LogLine, Note, Progress, StateChanged, StepFinished, StepStarted
from azml_magics.show.progress import current_step, failure_view, note_lines, progress_view
from azml_magics.show.text import event_line, view_lines, why_lines
from tests.unit.show import values

EVENTS: list[Event] = [
    StepStarted("check"),
    StepFinished("check", "done", 0.04),
    Found(Finding("not-pinned", "numpy is not pinned", "", severity="warning")),
    StepStarted("packages", "nothing built yet"),
    LogLine("builder", "Resolved 3 packages"),
    StateChanged("digits", "deploying"),
]


def test_progress_names_the_running_step() -> None:
    assert view_lines(progress_view("deploying digits", EVENTS, figures=True)) == [
        "deploying digits",
        "  check     done (40 ms)",
        "  packages  running: nothing built yet",
        "warning: numpy is not pinned",
    ]
    assert current_step(EVENTS) == "packages"
    assert current_step(EVENTS[:2]) is None


BUILD: list[Event] = [
    StepStarted("build", "nothing built yet"),
    BuildStep(1, 2, "FROM local/base:1", "cached"),
    BuildStep(2, 2, "RUN <<END\necho one\nEND", "started"),
    LogLine("builder", "one"),
]


def test_progress_counts_the_steps_of_a_build() -> None:
    assert view_lines(progress_view("deploying", BUILD, figures=True)) == [
        "deploying",
        "  build  running: step 2 of 2: RUN <<END ...",
    ]
    finished = [*BUILD, BuildStep(2, 2, "RUN x", "done", 1.5), StepFinished("build", "done", 2.0)]
    assert view_lines(progress_view("deploying", finished, figures=False)) == ["deploying", "  build  done"]
    assert view_lines(progress_view("deploying", BUILD[1:], figures=True)) == ["deploying"]


def test_what_was_cancelled_did_not_fail() -> None:
    events: list[Event] = [StepStarted("start"), StepFinished("start", "failed", 2.0, "deploying was cancelled")]
    cancelled = failure_view("deploying was cancelled", events, CancelledError("deploying was cancelled"), figures=True)
    assert view_lines(cancelled)[:2] == ["deploying was cancelled", "  start  cancelled (2.0 s)"]
    failed = failure_view("deploying failed", events, StartError("no port"), figures=True)
    assert view_lines(failed)[1] == "  start  failed (2.0 s)"


def test_steps_of_a_build_as_lines() -> None:
    assert [event_line(event, figures=True) for event in BUILD] == [
        *(None, "          cached  1 of 2: FROM local/base:1", None, None),
    ]
    done = BuildStep(2, 2, "RUN " + 100 * "x", "done", 1.5)
    assert event_line(done, figures=True) == f"          done  (1.5 s)  2 of 2: RUN {76 * 'x'} ..."
    assert event_line(done, figures=False) == f"          done  2 of 2: RUN {76 * 'x'} ..."
    assert event_line(BuildStep(2, 2, "", "failed", 1.5), figures=True) == "          failed  2 of 2: "


def test_failure_keeps_the_steps_and_tells_the_error_first() -> None:
    events = [*EVENTS, StepFinished("packages", "failed", 2.0, "no wheel")]
    view = failure_view("deploying digits failed", events, BuildError("no wheel", remedy="choose"), figures=False)
    assert view.tone == "bad"
    assert view_lines(view) == [
        "deploying digits failed",
        "  check     done",
        "  packages  failed",
        "BuildError (build): no wheel",
        "  fix: choose",
        "warning: numpy is not pinned",
    ]
    assert failure_view("x", [], KeyError("y"), figures=False).lines == ("KeyError: 'y'",)


def test_event_lines() -> None:
    finished = StepFinished("packages", "reused", 1.25, "equal definition")
    assert event_line(finished, figures=True) == "packages  reused  (1.2 s)  equal definition"
    assert event_line(finished, figures=False) == "packages  reused  equal definition"
    assert event_line(Note("hello"), figures=True) == "hello"
    assert event_line(StepStarted("check"), figures=True) is None
    with pytest.raises(TypeError):
        event_line("text", figures=True)  # type: ignore[arg-type]  # by design


def test_notes_over_several_lines() -> None:
    assert note_lines([Note("one\ntwo"), StepStarted("check")]) == ["one", "two"]


def test_a_finding_is_shown_with_its_place_and_remedy() -> None:
    finding = Finding("unknown", "no such package", "look it up", Place("cell In [3]", 2, 1, "nmpy", 4))
    lines = ["error: cell In [3], line 2: no such package", "  nmpy", "  ^^^^", "  fix: look it up"]
    assert note_lines([Found(finding)]) == lines
    assert event_line(Found(finding), figures=False) == "\n".join(lines)


@pytest.mark.parametrize(
    ("progress", "figure"),
    [
        (Progress(12_300_000, 45_000_000, "bytes", "3 of 7 layers"), "12.3 MB of 45.0 MB, 3 of 7 layers"),
        (Progress(812, None, "bytes"), "812 bytes"),
        (Progress(0, 1, "layers"), "0 of 1 layer"),
        (Progress(4, 12, "packages", "downloading numpy"), "4 of 12 packages, downloading numpy"),
        (Progress(1, None, "packages"), "1 package"),
    ],
)
def test_progress_of_the_running_step(progress: Progress, figure: str) -> None:
    view = progress_view("deploying", [StepStarted("packages"), progress], figures=True)
    assert view.facts == (("packages", f"running: {figure}"),)
    assert event_line(progress, figures=True) is None
    over: list[Event] = [StepStarted("packages"), progress, StepFinished("packages", "done", 1.0)]
    assert progress_view("deploying", over, figures=False).facts == (("packages", "done"),)
    assert progress_view("deploying", [progress], figures=False).facts == ()


def test_why_shows_everything() -> None:
    error = StartError("it did not start", remedy="look", details=["d"], log_tail=["l"], process_exit_code=3)
    error.__cause__ = OSError("disk")
    assert why_lines(error) == [
        "StartError (start)",
        "it did not start",
        "  fix: look",
        "",
        "details:",
        "  d",
        "",
        "end of the log:",
        "  l",
        "",
        "exit code:",
        "  3",
        "",
        "caused by:",
        "  OSError: disk",
    ]
    assert "warning: second thing" in why_lines(DeclarationError("no", values.FINDINGS))
    assert why_lines(ZeroDivisionError("bug"))[-1] == "ZeroDivisionError: bug"
