"""However often progress comes, few are told, and always the last."""

from __future__ import annotations

from azml_magics.events import Event, Progress
from azml_magics.events.pace import INTERVAL_SECONDS, Pace


def test_few_are_told_and_the_last_one() -> None:
    told: list[Event] = []
    now = 0.0
    pace = Pace(told.append, lambda: now)
    for step in range(1, 1001):
        pace.tell(Progress(step, 1000, "bytes"))
        now += INTERVAL_SECONDS / 100
    assert told == [Progress(1 + 100 * n, 1000, "bytes") for n in range(10)]
    pace.finish()
    pace.finish()
    assert told[10:] == [Progress(1000, 1000, "bytes")]


def test_what_changes_nothing_is_not_told() -> None:
    told: list[Event] = []
    now = 0.0
    pace = Pace(told.append, lambda: now)
    pace.finish()
    for _ in range(3):
        pace.tell(Progress(1, None, "layers"))
        now += 1
    assert told == [Progress(1, None, "layers")]
