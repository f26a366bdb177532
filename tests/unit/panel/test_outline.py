"""What the events of a job come to."""

from __future__ import annotations

from azml_magics.errors import BuildError, CancelledError, Finding, Place, PreflightError
from azml_magics.events import BuildStep, Found, Note, Progress, StepFinished, StepStarted
from azml_magics.panel.outline import Outline, error_state, finding_state

DOUBTFUL = Finding("old-python", "Python 3.8 is old", "use 3.11", Place("cell 3", 2, 1, "python: 3.8"), "warning")
WRONG = Finding("unknown-key", "no key 'pyton'", "python", None)


def states(outline: Outline) -> dict[object, object]:
    return {step["name"]: step["state"] for step in outline.steps()}


def test_steps_of_a_deployment_are_known_before_they_begin() -> None:
    outline = Outline("deploy")
    assert set(states(outline).values()) == {"waiting"}
    outline.take(5.0, StepStarted("packages", "nothing built"))
    outline.take(5.1, Progress(3, 10, "packages", "numpy"))
    (step,) = [step for step in outline.steps() if step["name"] == "packages"]
    assert step == {
        "name": "packages",
        "state": "running",
        "seconds": None,
        "started": 5.0,
        "reason": "nothing built",
        "progress": {"done": 3, "total": 10, "unit": "packages", "text": "numpy"},
    }
    outline.take(6.0, StepFinished("packages", "reused", 1.0, "equal definition"))
    (step,) = [step for step in outline.steps() if step["name"] == "packages"]
    assert (step["state"], step["seconds"], step["progress"]) == ("reused", 1.0, None)


def test_other_steps_take_their_place_in_the_order_of_a_deployment() -> None:
    outline = Outline("deploy")
    outline.take(1.0, StepStarted("score"))
    outline.take(1.0, StepStarted("build"))
    outline.take(1.0, BuildStep(2, 5, "RUN pip install", "started"))
    assert list(states(outline)) == ["check", "plan", "packages", "build", "start", "healthy", "score"]
    (step,) = [step for step in outline.steps() if step["name"] == "build"]
    assert step["progress"] == {"done": 1, "total": 5, "unit": "steps", "text": "RUN pip install"}


def test_a_step_that_was_passed_over_is_not_waited_for() -> None:
    outline = Outline("deploy")
    for step in ("check", "plan"):
        outline.take(1.0, StepStarted(step))
        outline.take(1.0, StepFinished(step, "done", 0.1))
    assert states(outline)["packages"] == "waiting"
    outline.take(1.0, StepStarted("build"))
    assert states(outline)["packages"] == "skipped"
    assert states(outline)["start"] == "waiting"
    outline.take(1.0, StepStarted("packages"))
    assert states(outline)["packages"] == "running"


def test_an_end_leaves_nothing_running() -> None:
    done, failed = Outline("deploy"), Outline("deploy")
    for outline in (done, failed):
        outline.take(1.0, StepStarted("check"))
    done.end("done", None)
    failed.end("failed", BuildError("no such package"))
    assert set(states(done).values()) == {"done", "reused"}
    assert states(failed)["check"] == "failed"
    assert states(failed)["start"] == "waiting"


def test_a_job_that_was_cancelled_has_no_step_that_failed() -> None:
    told, silent = Outline("deploy"), Outline("deploy")
    for outline in (told, silent):
        outline.take(1.0, StepStarted("start", "a new process"))
    told.take(2.0, StepFinished("start", "failed", 1.0, "deploying 'digits' was cancelled"))
    for outline in (told, silent):
        outline.end("cancelled", CancelledError("deploying 'digits' was cancelled"))
        (step,) = [step for step in outline.steps() if step["name"] == "start"]
        assert (step["state"], step["reason"]) == ("cancelled", "")
    assert states(told)["healthy"] == "waiting"


def test_findings_are_told_once_whether_by_event_or_error() -> None:
    outline = Outline("deploy")
    outline.take(1.0, Found(DOUBTFUL))
    outline.take(1.0, Note("by the way"))
    outline.end("failed", PreflightError("cannot be deployed", [WRONG, DOUBTFUL]))
    assert outline.findings == [DOUBTFUL, WRONG]
    assert outline.notes == ["by the way"]
    told = finding_state(DOUBTFUL)
    assert told["place"] == {
        "source": "cell 3",
        "cell": None,
        "line": 2,
        "column": 1,
        "length": 1,
        "text": "python: 3.8",
    }
    assert finding_state(WRONG)["place"] is None


def test_errors_are_told_as_a_cell_shows_them() -> None:
    told = error_state(BuildError("no such package", remedy="another one"))
    assert told["message"] == "no such package"
    assert told["lines"] == ["BuildError (build): no such package", "  fix: another one"]
    assert error_state(OSError("disk"))["message"] == "OSError: disk"
