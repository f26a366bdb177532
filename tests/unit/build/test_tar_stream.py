"""Contexts as tars: what Python's own tarfile reads back, made piece by piece."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.build.tar_stream import CHUNK_BYTES, Entry, read_entry, stream_tar, written_entry
from azml_magics.cancel import Cancel
from azml_magics.errors import BuildError, CancelledError


def unpacked(entries: dict[str, Entry]) -> dict[str, tarfile.TarInfo]:
    content = b"".join(stream_tar(entries, cancel=Cancel()))
    assert len(content) % tarfile.RECORDSIZE == 0
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = {member.name: member for member in archive}
        for name, member in members.items():
            entry, file = entries[name], archive.extractfile(member) if member.isfile() else None
            if file is not None:
                expected = entry.content if isinstance(entry.content, bytes) else entry.content.read_bytes()  # type: ignore[union-attr]
                assert file.read() == expected
    assert list(members) == sorted(entries)
    return members


def test_files_links_and_directories(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "run.sh").write_text("true")
    (tmp_path / "run.sh").chmod(0o700)
    (tmp_path / "link").symlink_to("file")
    entries: dict[str, Entry] = {"made": written_entry(b"bytes"), "script": written_entry(tmp_path / "run.sh")}
    for name in ("file", "link", "."):
        entry = read_entry(tmp_path / name)
        assert entry is not None
        entries["folder" if name == "." else name] = entry
    members = unpacked(entries)
    assert [members[name].mode for name in ("made", "script", "file")] == [0o644, 0o755, 0o640]
    assert (members["link"].linkname, members["link"].issym()) == ("file", True)
    assert members["folder"].isdir()
    assert {member.uid for member in members.values()} == {0}
    assert {member.uname for member in members.values()} == {""}


def test_equal_content_makes_equal_tars(tmp_path: Path) -> None:
    tars = []
    for name in ("one", "two"):
        (tmp_path / name).write_text("same")
        tars.append(b"".join(stream_tar({"a": written_entry(tmp_path / name)}, cancel=Cancel())))
    assert tars[0] == tars[1]


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1), st.binary(max_size=1500)
    )
)
def test_any_names_and_contents(files: dict[str, bytes]) -> None:
    unpacked({f"folder/{name}": written_entry(content) for name, content in files.items() if name not in (".", "..")})


def test_long_names() -> None:
    unpacked({"/".join(["a" * 90] * 5): written_entry(b"x"), "ä" * 120: written_entry(b"y")})


def test_what_no_context_can_hold(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    assert read_entry(tmp_path / "pipe") is None


def test_large_files_are_not_held_in_memory(tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(50 * CHUNK_BYTES)
    tracemalloc.start()
    total = sum(len(piece) for piece in stream_tar({"big": written_entry(big)}, cancel=Cancel()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 50 * CHUNK_BYTES
    assert peak < 4 * CHUNK_BYTES


def test_a_file_that_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(b"x" * 3 * CHUNK_BYTES)
    pieces = stream_tar({"a": written_entry(path)}, cancel=Cancel())
    next(pieces)
    path.write_bytes(b"x")
    with pytest.raises(BuildError) as caught:
        list(pieces)
    assert caught.value.code == "context-changed"
    assert "shrinking" in caught.value.brief


def test_cancelling(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"x" * 3 * CHUNK_BYTES)
    cancel = Cancel()
    pieces = stream_tar({"a": written_entry(path)}, cancel=cancel)
    next(pieces)
    cancel.request()
    with pytest.raises(CancelledError):
        list(pieces)
