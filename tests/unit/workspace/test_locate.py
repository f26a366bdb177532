from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.workspace.locate import locate
from azml_magics.workspace.workspace import open_workspace


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZML_WORKSPACE", raising=False)


def test_the_nearest_one_above(tmp_path: Path) -> None:
    (tmp_path / ".azml").mkdir()
    (tmp_path / "a" / ".azml").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    assert locate(tmp_path / "a" / "b" / "c") == tmp_path / "a" / ".azml"
    assert locate(tmp_path / "a") == tmp_path / "a" / ".azml"
    assert locate(tmp_path / "other") == tmp_path / ".azml"


def test_a_file_of_that_name_is_none(tmp_path: Path) -> None:
    (tmp_path / ".azml").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".azml").touch()
    assert locate(tmp_path / "a") == tmp_path / ".azml"


def test_nothing_up_to_the_root(tmp_path: Path) -> None:
    if any((parent / ".azml").is_dir() for parent in tmp_path.parents):
        pytest.skip("there is a workspace above the temporary directory")
    assert locate(tmp_path) is None


def test_the_variable_wins_even_when_its_directory_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".azml").mkdir()
    monkeypatch.setenv("AZML_WORKSPACE", str(tmp_path / "given"))
    assert locate(tmp_path) == tmp_path / "given"
    monkeypatch.setenv("AZML_WORKSPACE", "relative")
    monkeypatch.chdir(tmp_path)
    assert locate(tmp_path / "a") == tmp_path / "relative"
    monkeypatch.setenv("AZML_WORKSPACE", "")
    assert locate(tmp_path) == tmp_path / ".azml"


def test_opening_creates_a_private_directory_that_git_ignores(tmp_path: Path) -> None:
    with_start = open_workspace(None, start=tmp_path / "project")
    assert with_start.root == tmp_path / "project" / ".azml"
    assert with_start.root.stat().st_mode & 0o777 == 0o700
    assert (with_start.root / ".gitignore").read_text() == "*\n"
    with_start.close()


def test_the_root_given_wins_over_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZML_WORKSPACE", str(tmp_path / "variable"))
    opened = open_workspace(tmp_path / "given", start=tmp_path)
    assert opened.root == tmp_path / "given"
    opened.close()


def test_a_relative_root_stays_the_same_after_a_change_of_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened = open_workspace(Path("here"), start=tmp_path)
    monkeypatch.chdir("/")
    assert opened.root == tmp_path / "here"
    assert opened.service_directory("digits") == tmp_path / "here" / "services" / "digits" / "1"
    opened.close()


def test_a_folder_with_other_things_in_it_is_not_hidden_from_git(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    open_workspace(tmp_path, start=tmp_path).close()
    assert not (tmp_path / ".gitignore").exists()
