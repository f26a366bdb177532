"""Files that are held as long as somebody lives: who asks, who waits, and who no longer does."""

from __future__ import annotations

import os
import threading
from functools import partial
from pathlib import Path

import pytest

from azml_magics.system.holding import hold, is_held, wait_until_free, when_free

LIMIT_SECONDS = 120


def test_a_file_is_held_until_its_descriptor_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "alive"
    assert not is_held(path)
    held = hold(path)
    assert is_held(path)
    with pytest.raises(BlockingIOError):
        hold(path)
    os.close(held)
    assert not is_held(path)
    wait_until_free(path)
    wait_until_free(tmp_path / "nowhere")
    assert path.stat().st_mode & 0o777 == 0o600


def test_all_who_wait_are_told_by_one_thread_and_nobody_who_left(tmp_path: Path) -> None:
    path = tmp_path / "alive"
    held = hold(path)
    before = set(threading.enumerate())
    told: list[int] = []
    last = threading.Event()
    leave = [when_free(path, partial(told.append, number)) for number in range(5)]
    when_free(path, last.set)
    assert len(set(threading.enumerate()) - before) == 1
    for number in (1, 3):
        leave[number]()
    os.close(held)
    assert last.wait(LIMIT_SECONDS)
    assert told == [0, 2, 4]
    leave[0]()


def test_whoever_comes_later_is_told_too(tmp_path: Path) -> None:
    for path in (tmp_path / "alive", tmp_path / "alive", tmp_path / "nowhere"):
        if path.name == "alive":
            os.close(hold(path))
        told = threading.Event()
        when_free(path, told.set)
        assert told.wait(LIMIT_SECONDS)
