"""Being told of changes in directories, and of nothing after the end."""

from __future__ import annotations

import contextvars
import threading
from pathlib import Path

import pytest

from azml_magics.system.watching import watch_directories

LIMIT_SECONDS = 30


class Calls:
    """How often it was called; lets a test wait for the next call."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait_beyond(self, count: int) -> int:
        with self._changed:
            assert self._changed.wait_for(lambda: self.count > count, LIMIT_SECONDS)
            return self.count


@pytest.mark.parametrize("compares", [False, True])
def test_changes_are_told(compares: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if compares:
        monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    calls = Calls()
    stop = watch_directories([one, two], calls)
    count = calls.wait_beyond(0)
    for path in (one / "new", two / "other"):
        path.write_text("1")
        count = calls.wait_beyond(count)
    stop()
    count = calls.count
    (one / "late").write_text("1")
    stop()
    assert calls.count == count


def test_nothing_to_watch_is_told_once(tmp_path: Path) -> None:
    calls = Calls()
    stop = watch_directories([tmp_path / "nowhere"], calls)
    assert calls.wait_beyond(0) == 1
    stop()


def test_the_context_of_whoever_watches(tmp_path: Path) -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    seen: list[str] = []
    told = threading.Event()

    def wake() -> None:
        seen.append(variable.get())
        told.set()

    stop = watch_directories([tmp_path], wake)
    assert told.wait(LIMIT_SECONDS)
    stop()
    assert seen[0] == "set"


def test_whoever_is_woken_may_stop_it(tmp_path: Path) -> None:
    stops: list[object] = []
    told = threading.Event()

    def wake() -> None:
        if armed.is_set():
            stops.append(stop())
            told.set()

    armed = threading.Event()
    stop = watch_directories([tmp_path], wake)
    armed.set()
    (tmp_path / "new").write_text("1")
    assert told.wait(LIMIT_SECONDS)
    assert len(stops) == 1
