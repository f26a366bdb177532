from __future__ import annotations

import queue
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.system import logs
from azml_magics.system.logs import (
    TOLD_CHARACTERS,
    GrowingLog,
    LineSplitter,
    clip_line,
    follow_lines,
    read_appended,
    read_lines,
    read_newest,
)


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
    assert seen.get(timeout=60) == "recent"
    with path.open("ab", buffering=0) as log:
        log.write(b"in two ")
        log.write(b"parts\nnext\n")
        assert [seen.get(timeout=60), seen.get(timeout=60)] == ["in two parts", "next"]
        log.write(b"half a caf\xc3")
        log.write(b"\xa9 and")
        ended.set()
    assert [seen.get(timeout=60), seen.get(timeout=60)] == ["half a café and", None]
    follower.join()


def test_what_was_written_before_the_end_is_never_missed(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    path.touch()

    def ended() -> bool:  # the service writes its last words while it is asked
        with path.open("a") as log:
            log.write("last words\n")
        return True

    assert list(follow_lines(path, tail=None, ended=ended)) == ["last words"]


@given(content=st.binary(max_size=60), size=st.integers(1, 7))
def test_blocks_into_lines_wherever_they_are_cut(content: bytes, size: int) -> None:
    splitter = LineSplitter()
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    lines = [line for block in blocks for line in splitter.feed(block)] + splitter.rest()
    *expected, rest = content.split(b"\n")
    assert lines == [raw.decode(errors="replace").rstrip("\r") for raw in (*expected, *([rest] if rest else []))]
    assert splitter.rest() == []


def test_of_a_huge_line_only_the_beginning_is_kept() -> None:
    splitter = LineSplitter(is_clipped=True)
    for _ in range(1000):
        assert splitter.feed("\N{SNOWMAN}".encode() * 10_000) == []
        assert splitter._kept <= 4 * TOLD_CHARACTERS
    huge, after = splitter.feed(b"\nshort\n")
    assert huge == TOLD_CHARACTERS * "\N{SNOWMAN}" + " ... (a line of 30,000,000 bytes)"
    assert after == "short"


@pytest.mark.parametrize(("length", "clipped"), [(TOLD_CHARACTERS, False), (TOLD_CHARACTERS + 1, True)])
def test_lines_are_clipped_by_characters(length: int, clipped: bool) -> None:
    text = length * "\N{SNOWMAN}"
    expected = f"{text[:TOLD_CHARACTERS]} ... (a line of {3 * length:,} bytes)" if clipped else text
    assert LineSplitter(is_clipped=True).feed(text.encode() + b"\n") == [expected] == [clip_line(text)]


def test_what_is_appended_comes_once_and_the_rest_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    log = GrowingLog(path)
    assert list(log.read()) == []
    path.write_bytes(b"one\ntwo")
    assert list(log.read()) == ["one"]
    with path.open("ab") as file:
        file.write(b" parts\ncaf\xc3")
    assert list(log.read()) == ["two parts"]
    with path.open("ab") as file:
        file.write(b"\xa9")
    assert list(log.read()) == []
    assert log.rest() == ["café"]
    assert list(GrowingLog(path, 4).read()) == ["two parts"]


def test_of_much_that_was_appended_the_end_is_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "service.log"
    path.write_bytes(b"".join(b"%d\n" % number for number in range(10_000)) + b"no end")
    assert read_appended(path, 10, limit=2) == ["9998", "9999"]
    assert read_newest(path, limit=2) == ["9999", "no end"]
    assert len(read_appended(path, 10, limit=20_000)) == 9995
    monkeypatch.setattr(logs, "RECENT_BYTES", 16)
    assert read_appended(path, 10, limit=20_000) == ["9998", "9999"]
    assert read_appended(tmp_path / "none", 0, limit=5) == read_newest(tmp_path / "none", limit=5) == []
