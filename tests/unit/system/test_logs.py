from __future__ import annotations

import queue
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.system import logs
from azml_magics.system.logs import follow_lines, read_lines


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    missing = tmp_path / "service.log"
    assert list(read_lines(missing)) == []
    assert list(read_lines(missing, tail=5)) == []
    assert list(follow_lines(missing, tail=None, ended=lambda: False)) == []


@pytest.mark.parametrize("end", ["", "\n"])
def test_all_lines_or_the_last_ones(tmp_path: Path, end: str) -> None:
    path = tmp_path / "service.log"
    path.write_text("one\ntwo\r\n\nfour" + end)
    lines = ["one", "two", "", "four"]
    assert list(read_lines(path)) == lines
    for tail in range(7):
        assert list(read_lines(path, tail=tail)) == (lines[-tail:] if tail else [])


@given(content=st.binary(max_size=60), tail=st.integers(0, 8), block=st.integers(1, 7))
def test_the_last_lines_are_the_last_of_all_lines_whatever_the_blocks(content: bytes, tail: int, block: int) -> None:
    content = content.replace(b"\r", b"")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "BLOCK_BYTES", block)
        path = Path(folder, "log")
        path.write_bytes(content)
        everything = content.split(b"\n")
        if everything[-1] == b"":
            everything.pop()
        expected = [line.decode(errors="replace") for line in everything]
        assert list(read_lines(path)) == expected
        assert list(read_lines(path, tail=tail)) == (expected[-tail:] if tail else [])


def test_huge_lines_broken_utf8_and_control_characters_survive(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.write_bytes(b"first\n" + b"x" * 5_000_000 + b"\ncaf\xe9 \x1b[31m\x00\x07\x0c\x85\n")
    huge, odd = read_lines(path, tail=2)
    assert huge == "x" * 5_000_000
    assert odd == "caf� \x1b[31m\x00\x07\x0c�"
    assert len(list(read_lines(path))) == 3  # only a line feed ends a line


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "service.log"
    path.write_bytes(b"x" * 100 + b"\nlast\n")
    monkeypatch.setattr(logs, "BLOCK_BYTES", 10)
    offset = logs._tail_offset(path, 1)
    assert offset == 101
    with path.open("r+b") as file:  # what lies before is never looked at
        file.write(b"\n" * 90)
    assert list(read_lines(path, tail=1)) == ["last"]


def test_following_gives_old_lines_new_ones_and_the_last_without_a_line_end(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.write_bytes(b"old\nrecent\n")
    ended = threading.Event()
    seen: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def follow() -> None:
        for line in follow_lines(path, tail=1, ended=ended.is_set):
            seen.put(line)
        seen.put(None)

    follower = threading.Thread(target=follow)
    follower.start()
    assert seen.get(timeout=10) == "recent"
    with path.open("ab", buffering=0) as log:
        log.write(b"in two ")
        log.write(b"parts\nnext\n")
        assert [seen.get(timeout=10), seen.get(timeout=10)] == ["in two parts", "next"]
        log.write(b"half a caf\xc3")
        log.write(b"\xa9 and")
        ended.set()
    assert [seen.get(timeout=10), seen.get(timeout=10)] == ["half a café and", None]
    follower.join()


def test_what_was_written_before_the_end_is_never_missed(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.touch()

    def ended() -> bool:  # the service writes its last words while it is asked
        with path.open("a") as log:
            log.write("last words\n")
        return True

    assert list(follow_lines(path, tail=None, ended=ended)) == ["last words"]
