"""Digests of files: right always, read again only when something changed."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from azml_magics.build.hashes import REMEMBERED_BYTES, FileHashes


def settle(path: Path) -> None:
    earlier = time.time() - 60
    os.utime(path, (earlier, earlier))


def expected(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_large_files_are_read_once(tmp_path: Path) -> None:
    memory, big = tmp_path / "deep" / "memory.json", tmp_path / "big"
    big.write_bytes(b"x" * REMEMBERED_BYTES)
    settle(big)
    hashes = FileHashes(memory)
    first = hashes.digest(big)
    hashes.save()
    assert first == expected(big)
    assert oct(memory.stat().st_mode)[-3:] == "600"
    facts = big.stat()
    with big.open("r+b") as file:  # same size, and the time is put back: only the memory can know
        file.write(b"y")
    os.utime(big, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert FileHashes(memory).digest(big) == first
    settle(big)
    os.utime(big, (facts.st_mtime + 1, facts.st_mtime + 1))
    assert FileHashes(memory).digest(big) == expected(big) != first


def test_a_file_that_was_just_written_is_not_believed(tmp_path: Path) -> None:
    memory, big = tmp_path / "memory.json", tmp_path / "big"
    big.write_bytes(b"x" * REMEMBERED_BYTES)
    later = time.time() + 3600  # however slowly it is read
    os.utime(big, (later, later))
    hashes = FileHashes(memory)
    hashes.digest(big)
    hashes.save()
    assert not memory.exists()


@pytest.mark.parametrize("damage", ["{", "[]", "null", '{"%s": 7}'])
def test_a_damaged_memory(tmp_path: Path, damage: str) -> None:
    memory, big = tmp_path / "memory.json", tmp_path / "big"
    big.write_bytes(b"x" * REMEMBERED_BYTES)
    memory.write_text(damage.replace("%s", str(big)))
    assert FileHashes(memory).digest(big) == expected(big)


def test_without_a_memory(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_text("text")
    hashes = FileHashes(None)
    assert hashes.digest(small) == expected(small)
    hashes.save()
