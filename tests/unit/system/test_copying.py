from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from azml_magics.system.copying import CHUNK_BYTES, copy_hashed, hash_file


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
def test_a_copy_has_the_bytes_and_their_digest(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "a").write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    assert copy_hashed(tmp_path / "a", tmp_path / "b", mode=0o444) == (expected, size)
    assert (tmp_path / "b").read_bytes() == content
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o444
    assert hash_file(tmp_path / "a") == expected


def test_where_blocks_cannot_be_shared_it_is_read_and_written(tmp_path: Path) -> None:
    # Files below /proc are made when they are read: the system copies nothing of them by itself.
    origin = Path("/proc/self/status") if Path("/proc/self/status").exists() else Path(__file__)
    digest, size = copy_hashed(origin, tmp_path / "copy")
    assert size > 0
    assert hash_file(tmp_path / "copy") == digest


def test_across_file_systems(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        pytest.skip("there is no second file system")
    origin = memory / f"azml-{os.getpid()}"
    origin.write_bytes(b"x" * 3_000_000)
    try:
        assert copy_hashed(origin, tmp_path / "copy")[1] == 3_000_000
    finally:
        origin.unlink()


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    with pytest.raises(FileExistsError):
        copy_hashed(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"2"
