"""Being told of changes in directories, and of nothing after the end."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from azml_magics.system.watching import watch_directories

LIMIT_SECONDS = 120


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


#: A user of its own takes every watcher that the system grants it: nobody else's tests are in want of one.
WITHOUT_WATCHERS = """
import ctypes, os, tempfile, threading
from pathlib import Path
from azml_magics.system.watching import watch_directories
told = threading.Event()
stop = watch_directories([Path.cwd()], told.set)
assert told.wait(120)
stop()  # by now all is imported, which another user may not read
told.clear()
os.setuid(54321)
folder = Path(tempfile.mkdtemp(dir="/tmp"))
libc = ctypes.CDLL(None)
while libc.inotify_init1(os.O_CLOEXEC) >= 0:
    pass
stop = watch_directories([folder], told.set)
assert told.wait(120)
told.clear()
(folder / "new").write_text("1")
assert told.wait(120)
stop()
(folder / "new").unlink()
folder.rmdir()
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="becomes another user of a system with inotify"
)
def test_changes_are_told_where_no_watcher_is_left(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_WATCHERS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


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
