"""Asking for the end of work: before it listens, while it does, and of work that nobody does any more."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.journal.canceling import is_end_requested, listening, request_end

ASK = (
    "import sys, pathlib; from azml_magics.journal.canceling import request_end; request_end(pathlib.Path(sys.argv[1]))"
)


def test_another_process_wakes_whoever_listens(tmp_path: Path) -> None:
    cancel, woken = Cancel(), threading.Event()
    cancel.add_hook(woken.set)
    with listening(tmp_path, cancel):
        assert not cancel.requested
        subprocess.run([sys.executable, "-c", ASK, str(tmp_path)], check=True)
        assert woken.wait(30)
    assert [path.name for path in tmp_path.iterdir()] == ["canceled"]


def test_who_begins_to_listen_later_is_told_at_once(tmp_path: Path) -> None:
    request_end(tmp_path)
    assert is_end_requested(tmp_path)
    cancel, woken = Cancel(), threading.Event()
    cancel.add_hook(woken.set)
    with listening(tmp_path, cancel):
        assert woken.wait(30)


def test_work_that_ends_unasked_stays_so(tmp_path: Path) -> None:
    cancel = Cancel()
    with listening(tmp_path, cancel):
        pass
    assert not cancel.requested
    assert list(tmp_path.iterdir()) == []
    request_end(tmp_path)
    assert not cancel.requested
