"""Copies of what a run left."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.errors import DeclarationError, WorkspaceError
from azml_magics.runs.files import INCOMING, copy_out


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """Two files as a run leaves them."""
    folder = tmp_path / "outputs"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.pkl").write_text("model")
    (folder / "deep" / "notes.txt").write_text("notes")
    return folder


def test_a_folder_goes_into_one_that_is_there(left: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies"
    (target / "deep").mkdir(parents=True)
    (target / "mine.txt").write_text("mine")
    assert copy_out(left, target) == [target / "deep" / "notes.txt", target / "model.pkl"]
    assert sorted(path.name for path in target.rglob("*")) == ["deep", "mine.txt", "model.pkl", "notes.txt"]
    assert (target / "model.pkl").read_text() == "model"


def test_a_file_goes_into_a_folder_or_gets_the_name(left: Path, tmp_path: Path) -> None:
    assert copy_out(left / "model.pkl", tmp_path / "new" / "digits.pkl") == [tmp_path / "new" / "digits.pkl"]
    assert copy_out(left / "model.pkl", tmp_path / "new") == [tmp_path / "new" / "model.pkl"]


def test_nothing_is_copied_over_what_is_there(left: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies"
    target.mkdir()
    (target / "model.pkl").write_text("mine")
    with pytest.raises(DeclarationError):
        copy_out(left, target)
    assert [path.name for path in target.iterdir()] == ["model.pkl"]
    assert (target / "model.pkl").read_text() == "mine"


def test_what_a_killed_copy_left_is_removed_by_the_next(left: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies"
    (target / f"{INCOMING}killed").mkdir(parents=True)
    copy_out(left, target)
    assert not list(target.glob(f"{INCOMING}*"))


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(left: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies"
    target.mkdir()
    (target / "deep").write_text("a file")
    with pytest.raises(WorkspaceError) as refused:
        copy_out(left, target)
    assert refused.value.code == "target-directory"
    assert str(target) in refused.value.brief
    assert [path.name for path in target.iterdir()] == ["deep"]
