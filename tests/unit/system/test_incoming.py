from __future__ import annotations

import threading
from pathlib import Path

import pytest

from azml_magics.system import incoming as module
from azml_magics.system.incoming import incoming, put_in_place


def test_what_is_not_taken_away_is_removed(tmp_path: Path) -> None:
    with incoming(tmp_path, ".new-") as folder:
        (folder / "x").write_text("half")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_the_killed_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    (tmp_path / ".new-left").mkdir()
    (tmp_path / ".other").mkdir()
    with incoming(tmp_path, ".new-") as mine, incoming(tmp_path, ".new-") as second:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([".other", mine.name, second.name])


def test_threads_do_not_take_each_others_folders(tmp_path: Path) -> None:
    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def make(number: int) -> None:
        barrier.wait()
        try:
            for turn in range(10):
                with incoming(tmp_path, ".new-") as folder:
                    (folder / "x").write_text("x")
                    put_in_place(folder / "x", tmp_path / f"{number}-{turn}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(tmp_path.iterdir())) == 40


@pytest.mark.parametrize("exchanges", [True, False])
def test_names_are_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool) -> None:
    if not exchanges:
        monkeypatch.setattr(module, "_exchange", lambda *_: False)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a").write_text("new")
    put_in_place(tmp_path / "new", tmp_path / "there")
    assert (tmp_path / "there" / "a").read_text() == "new"
    (tmp_path / "newer").mkdir()
    put_in_place(tmp_path / "newer", tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []
    assert (tmp_path / "newer" / "a").read_text() == "new"


def test_a_failure_of_the_system_is_told(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "missing", tmp_path / "there")
    assert (tmp_path / "there").is_dir()
