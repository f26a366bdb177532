"""What is kept of news in memory is bounded by the steps of the work, not by how long it takes."""

from __future__ import annotations

from azml_magics.events import Event, LogLine, Note, Progress, StepStarted, remember


def test_of_progress_the_last_in_a_row_is_kept_and_of_the_log_nothing() -> None:
    kept: list[Event] = []
    for step in ("packages", "build"):
        remember(kept, StepStarted(step))
        for done in range(1000):
            remember(kept, LogLine("builder", f"line {done}"))
            remember(kept, Progress(done, 1000, "packages"))
        remember(kept, Note(step))
    last = Progress(999, 1000, "packages")
    assert kept == [StepStarted("packages"), last, Note("packages"), StepStarted("build"), last, Note("build")]
