"""Directories of Azure's SDK v1: saved whole or not at all, loaded again as the same environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azml_magics.assets.environment_files import TEMPORARY
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import AzmlError, DeclarationError, NotFoundError, WorkspaceError
from azml_magics.events import Event, Found
from azml_magics.session import Session

PLAIN = Environment("digits", "3.11", parse_requirements("numpy==2.2.6"), (("LEVEL", "1"),))
DOCKERFILE = Environment("digits", image_source=ImageSource(dockerfile="FROM a\nRUN b\n", user_managed=True))
FILES = ["azureml_environment.json", "conda_dependencies.yml"]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_environment_is_the_same_again(session: Session, tmp_path: Path) -> None:
    first = session.environments.register(PLAIN)
    saved = session.environments.save(first, Path("deep/down/digits"))
    assert (sorted(saved.files), listed(tmp_path / "deep" / "down" / "digits")) == (FILES, FILES)
    loaded = session.environments.load(Path("deep/down/digits"))
    assert loaded.version is None
    assert session.environments.register(loaded).label == "digits:1"
    assert listed(tmp_path / "deep" / "down") == ["digits"]


def test_files_are_private(session: Session, tmp_path: Path) -> None:
    session.environments.save(PLAIN, Path("digits"))
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "digits").iterdir()}
    assert ((tmp_path / "digits").stat().st_mode & 0o777, modes) == (0o700, {0o600})


@pytest.mark.parametrize(("kind", "overwrite"), [("directory", False), ("file", False), ("file", True)])
def test_what_is_there_stays(session: Session, tmp_path: Path, kind: str, overwrite: bool) -> None:
    path = tmp_path / "digits"
    if kind == "file":
        path.write_text("mine")
    else:
        path.mkdir()
    with pytest.raises(DeclarationError) as raised:
        session.environments.save(PLAIN, Path("digits"), overwrite=overwrite)
    assert raised.value.code == "directory-exists"
    assert f"{kind} {path} exists" in "\n".join(raised.value.lines())
    assert path.read_text() == "mine" if kind == "file" else listed(path) == []


@pytest.mark.parametrize("inside", [None, "folder", "link", "working"])
def test_overwriting_keeps_what_is_not_ours_and_nothing_stale(
    session: Session, tmp_path: Path, inside: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "digits"
    session.environments.save(DOCKERFILE, Path("digits"))
    (target / "conda_dependencies.yml").write_text("dependencies: [python=3.8]\n")
    (target / "score.py").write_text("mine")
    if inside == "folder":
        (target / "data").mkdir()
    elif inside == "link":
        (target / "data").symlink_to("score.py")
    elif inside == "working":
        monkeypatch.chdir(target)
    session.environments.save(PLAIN, Path("digits"), overwrite=True)
    assert listed(target) == sorted([*FILES, "score.py", *(["data"] if inside in ("folder", "link") else [])])
    assert (target / "score.py").read_text() == "mine"
    assert session.environments.load(Path("digits")).digest() == PLAIN.digest()
    if inside == "working":
        assert listed(Path(os.curdir)) == sorted([*FILES, "score.py"])
    session.environments.save(DOCKERFILE, Path("digits"), overwrite=True)
    assert session.environments.load(Path("digits")).digest() == DOCKERFILE.digest()
    assert not (target / "conda_dependencies.yml").exists()
    assert [name for name in listed(tmp_path) if name.startswith(TEMPORARY)] == []


def test_a_link_to_a_directory_stays_one(session: Session, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o750)
    (tmp_path / "here").symlink_to("there")
    session.environments.save(PLAIN, Path("here"), overwrite=True)
    assert (tmp_path / "here").is_symlink()
    assert listed(tmp_path / "there") == FILES
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o750


def test_what_cannot_be_written_is_told(session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError) as raised:
        session.environments.save(PLAIN, Path("file/digits"))
    assert (raised.value.code, bool(raised.value.remedy)) == ("directory-not-written", True)


def test_what_the_files_do_not_hold_is_told(session: Session) -> None:
    saved = session.environments.save(Environment("a", tags=(("b", "c"),)), Path("a"))
    assert [finding.code for finding in saved.findings] == ["left-out"]


def test_warnings_are_told_while_loading(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / FILES[0]).write_text('{"name": "a", "docker": {"baseImageRegistry": {"password": "hunter2"}}}')
    events: list[Event] = []
    session.environments.load(Path("a"), emit=events.append)
    (found,) = events
    assert isinstance(found, Found)
    assert "user name and password of the image registry are not kept" in found.finding.message
    assert "hunter2" not in str(found)


def test_a_reference_means_what_is_registered_here(session: Session, tmp_path: Path) -> None:
    session.environments.register(PLAIN)
    (tmp_path / "a").mkdir()
    reference = tmp_path / "a" / FILES[0]
    reference.write_text('{"name": "digits"}')
    assert session.environments.load(Path("a")).label == "digits:1"
    reference.write_text('{"name": "digits", "version": "1"}')
    assert session.environments.load(Path("a")).label == "digits:1"
    reference.write_text('{"name": "digitz"}')
    with pytest.raises(NotFoundError, match="only names environment 'digitz'"):
        session.environments.load(Path("a"))
    reference.write_text('{"name": "digits", "version": "7"}')
    with pytest.raises(NotFoundError) as raised:
        session.environments.load(Path("a"))
    assert raised.value.code == "unknown-environment-version"


def test_a_directory_without_the_file(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(AzmlError) as raised:
        session.environments.load(Path("a"))
    assert (raised.value.code, raised.value.brief) == (
        "environment-file-missing",
        f"environment file {tmp_path / 'a' / FILES[0]} does not exist",
    )
