"""Models from and into files: ``model.yml``, and copies out of the workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.assets.copies import INCOMING, copy_out
from azml_magics.errors import DeclarationError, NotFoundError, WorkspaceError
from azml_magics.session import Session

YAML = """\
$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json
name: digits
version: 7
type: mlflow_model
path: weights/model.pkl
description: small
tags: {area: vision}
stage: Production
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "files" / "weights").mkdir(parents=True)
    (tmp_path / "files" / "weights" / "model.pkl").write_bytes(b"weights")
    (tmp_path / "files" / "model.yml").write_text(YAML)
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    opened.workspace.close()


def test_a_model_file_is_registered_and_what_does_not_count_is_said(session: Session) -> None:
    model, findings = session.models.register_file(Path("files/model.yml"))
    assert (model.label, model.basename, model.description) == ("digits:1", "model.pkl", "small")
    assert model.tags == (("area", "vision"),)
    assert [finding.code for finding in findings] == ["unused-field", "version-differs", "model-type"]


def test_what_is_given_wins_over_the_file(session: Session) -> None:
    model, _ = session.models.register_file(Path("files/model.yml"), name="other", tags={"a": "1"}, framework="Onnx")
    assert (model.label, model.tags, model.framework) == ("other:1", (("a", "1"),), "Onnx")


def test_model_files_that_cannot_be_registered(session: Session, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as missing:
        session.models.register_file(Path("files/modle.yml"))
    assert (missing.value.code, missing.value.remedy) == ("model-file", "did you mean model.yml?")
    (tmp_path / "bare.yml").write_text("name: bare\n")
    with pytest.raises(DeclarationError) as bare:
        session.models.register_file(Path("bare.yml"))
    assert bare.value.code == "missing-key"
    (tmp_path / "gone.yml").write_text("name: gone\npath: nowhere\n")
    with pytest.raises(NotFoundError) as gone:
        session.models.register_file(Path("gone.yml"))
    assert gone.value.code == "model-path"


def test_a_framework_version_needs_its_framework(session: Session) -> None:
    path = Path("files/weights/model.pkl")
    with pytest.raises(DeclarationError) as caught:
        session.models.register(path, name="m", framework_version="1.5")
    assert caught.value.code == "missing-argument"
    made = session.models.register(path, name="m", framework="ScikitLearn", framework_version="1.5")
    assert session.models.get("m") == made
    assert (made.framework, made.framework_version) == ("ScikitLearn", "1.5")


def test_a_download_is_anybodys_file(session: Session, tmp_path: Path) -> None:
    session.models.register(Path("files/weights/model.pkl"), name="m")
    session.models.register(Path("files/weights"), name="m")
    folder = session.models.download("m", directory=Path("out/new"))
    assert (folder.label, folder.shown) == ("model m:2", "out/new/weights")
    assert (folder.path / "model.pkl").read_bytes() == b"weights"
    file = session.models.download("m", 1, directory=Path("out"))
    assert file.path == tmp_path / "out" / "model.pkl"
    mask = os.umask(0)
    os.umask(mask)
    assert file.path.stat().st_mode & 0o777 == 0o666 & ~mask
    file.path.write_bytes(b"mine now")
    assert session.models.path(session.models.get("m", 1)).read_bytes() == b"weights"
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == ["model.pkl", "new"]


def test_what_is_there_is_replaced_only_when_asked_for(session: Session, tmp_path: Path) -> None:
    session.models.register(Path("files/weights"), name="m")
    mine = tmp_path / "out" / "weights"
    mine.mkdir(parents=True)
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(DeclarationError) as caught:
        session.models.download("m", directory=Path("out"))
    assert caught.value.code == "target-exists"
    assert [entry.name for entry in mine.iterdir()] == ["notes.txt"]
    session.models.download("m", directory=Path("out"), overwrite=True)
    assert [entry.name for entry in mine.iterdir()] == ["model.pkl"]
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["weights"]


def test_leftovers_of_a_killed_download_are_removed(session: Session, tmp_path: Path) -> None:
    (tmp_path / "out" / f"{INCOMING}x").mkdir(parents=True)
    session.models.register(Path("files/weights"), name="m")
    session.models.download("m", directory=Path("out"))
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["weights"]


def test_targets_that_cannot_be_written(session: Session, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DeclarationError) as caught:
        copy_out(tmp_path / "files", tmp_path / "file")
    assert caught.value.code == "target-not-a-folder"
    with pytest.raises(WorkspaceError) as below:
        copy_out(tmp_path / "files", tmp_path / "file" / "below")
    assert below.value.code == "target-directory"
    with pytest.raises(WorkspaceError):
        copy_out(tmp_path / "nowhere", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_model_with_its_file_is_registered_again(session: Session, tmp_path: Path) -> None:
    made = session.models.register(Path("files/weights"), name="m", tags={"a": "1"}, description="small")
    written = session.models.save_file("m", directory=Path("out"))
    assert written.shown == "out/model.yml"
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == ["model.yml", "weights"]
    again, findings = session.models.register_file(Path("out/model.yml"))
    assert (again, findings) == (made, ())
    with pytest.raises(DeclarationError) as caught:
        session.models.save_file("m", directory=Path("out"))
    assert caught.value.code == "directory-exists"
    session.models.save_file("m", directory=Path("out"), overwrite=True)


def test_names_and_texts_do_where_paths_and_values_are_meant(session: Session, tmp_path: Path) -> None:
    (tmp_path / "plain.bin").write_text("weights")
    model = session.models.register("plain.bin", name="plain", tags={"depth": 3}, properties={"mse": 0.5})
    assert (model.tags, model.properties) == ((("depth", "3"),), (("mse", "0.5"),))
    assert session.models.list_all(tags={"depth": "3"}) == [model]
    assert session.models.path("plain") == session.models.path(model) == session.models.path("plain", 1)
    assert session.models.download("plain", directory="there").path == tmp_path / "there" / "plain.bin"
