"""What the system refuses: the remedy fits the reason."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from azml_magics.errors import WorkspaceError
from azml_magics.system.refusals import disks_explained, remedy_for


def test_a_full_disk_is_told_with_its_place_and_remedy() -> None:
    with (
        pytest.raises(WorkspaceError) as caught,
        disks_explained("run submit"),
        Path("/dev/full").open("wb", 0) as full,
    ):
        full.write(b"x")
    assert caught.value.code == "disk"
    assert "run submit stopped: No space left on device" in caught.value.brief
    assert "make room" in caught.value.remedy


def test_other_refusals_go_on_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disks_explained("run submit"):
        (tmp_path / "nope").read_bytes()


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "make room"), (errno.EDQUOT, "quota"), (errno.EROFS, "only be read"), (errno.EACCES, "otherwise")],
)
def test_remedies(number: int, remedy: str) -> None:
    assert remedy in remedy_for(OSError(number, os.strerror(number)), "otherwise")
