"""Models: names with versions from 1, whatever is registered from wherever it lies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from azml_magics.definitions.model import Model
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.workspace.versions import VersionedTable
from azml_magics.workspace.workspace import Workspace


def register(
    workspace: Workspace, path: Path, name: str = "digits", *, description: str = "", **tags: str
) -> Model:  # fmt: skip
    return workspace.register_model(path, name=name, tags=tags, properties={}, description=description)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    (tmp_path / "model.pkl").write_bytes(b"weights")
    return tmp_path / "model.pkl"


def test_a_file(workspace: Workspace, model_file: Path) -> None:
    model = workspace.register_model(
        model_file, name="digits", tags={"b": "2", "a": "1"}, properties={"p": "q"}, description="small"
    )
    assert (model.label, model.basename, model.is_folder, model.size_bytes) == ("digits:1", "model.pkl", False, 7)
    assert (model.tags, model.properties, model.description) == ((("a", "1"), ("b", "2")), (("p", "q"),), "small")
    assert model.created is not None
    assert abs(datetime.now(timezone.utc) - model.created) < timedelta(minutes=5)
    path = workspace.model_path(model)
    assert (path.name, path.read_bytes()) == ("model.pkl", b"weights")
    assert path == workspace.root / "models" / model.digest / "model.pkl"


def test_a_folder_keeps_its_name(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "net" / "layers").mkdir(parents=True)
    (tmp_path / "net" / "layers" / "0").write_bytes(b"x")
    model = register(workspace, tmp_path / "net")
    assert (model.basename, model.is_folder, model.size_bytes) == ("net", True, 1)
    assert (workspace.model_path(model) / "layers" / "0").read_bytes() == b"x"


def test_equal_content_and_words_give_the_same_version_anything_else_the_next(
    workspace: Workspace, model_file: Path
) -> None:
    first = register(workspace, model_file, area="vision")
    assert register(workspace, model_file, area="vision") == first
    assert register(workspace, model_file, area="text").version == 2
    assert register(workspace, model_file).version == 3
    assert register(workspace, model_file, description="new").version == 4
    model_file.write_bytes(b"better")
    assert register(workspace, model_file, area="vision").version == 5
    renamed = model_file.rename(model_file.with_name("other.pkl"))
    assert register(workspace, renamed, area="vision").version == 6
    assert register(workspace, renamed, "letters").version == 1
    renamed.write_bytes(b"weights")
    renamed.rename(model_file)
    assert register(workspace, model_file, area="vision") == first


def test_a_model_outlives_what_it_was_registered_from(workspace: Workspace, model_file: Path) -> None:
    model = register(workspace, model_file)
    model_file.unlink()
    workspace.close()
    reopened = Workspace(workspace.root)
    assert reopened.get_model("digits") == model
    assert reopened.model_path(model).read_bytes() == b"weights"
    reopened.close()


def test_looking_up(workspace: Workspace, model_file: Path) -> None:
    first, second = register(workspace, model_file, area="vision"), register(workspace, model_file, area="text")
    letters = register(workspace, model_file, "letters", area="text", kind="net")
    assert (workspace.get_model("digits"), workspace.get_model("digits", 1)) == (second, first)
    assert workspace.find_model("digits", 3) is None
    assert workspace.list_models() == [first, second, letters]
    assert workspace.list_models("digits") == [first, second]
    assert workspace.list_models(tags={"area": "text"}) == [second, letters]
    assert workspace.list_models(tags={"area": "text", "kind": "net"}) == [letters]
    assert workspace.list_models("digits", {"kind": "net"}) == []


def test_unknown_ones_are_told_with_what_is_near(workspace: Workspace, model_file: Path) -> None:
    with pytest.raises(NotFoundError) as empty:
        workspace.get_model("digits")
    assert (empty.value.code, empty.value.remedy) == (
        "unknown-model",
        "register it: azml model register PATH --name digits",
    )
    register(workspace, model_file)
    with pytest.raises(NotFoundError) as near:
        workspace.get_model("digit")
    assert near.value.remedy == "did you mean digits?"
    with pytest.raises(NotFoundError) as version:
        workspace.get_model("digits", 2)
    assert (version.value.code, version.value.remedy) == ("unknown-model-version", "versions: 1")


def test_a_missing_path_offers_near_files(workspace: Workspace, model_file: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        register(workspace, model_file.with_name("modell.pkl"))
    assert caught.value.code == "model-path"
    assert caught.value.remedy == "did you mean model.pkl?"
    assert str(model_file.with_name("modell.pkl")) in caught.value.brief
    with pytest.raises(NotFoundError) as folder:
        register(workspace, model_file.parent / "nowhere" / "model.pkl")
    assert folder.value.remedy == f"there is no directory {model_file.parent / 'nowhere'}"


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "..", "a:1", "é", "x" * 256])
def test_a_bad_name_registers_nothing(workspace: Workspace, model_file: Path, name: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        register(workspace, model_file, name)
    assert caught.value.code == "invalid-model-name"
    assert "rename it, for instance '" in caught.value.findings[0].remedy
    assert workspace.list_models() == []
    assert not (workspace.root / "models").exists()


def test_a_bad_folder_registers_nothing(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DeclarationError) as caught:
        register(workspace, tmp_path / "empty")
    assert caught.value.code == "empty-model"
    assert workspace.list_models() == []


def test_the_folder_of_the_workspace_is_refused(workspace: Workspace, tmp_path: Path, model_file: Path) -> None:
    for path in (tmp_path, workspace.root, tmp_path / ".azml" / ".."):
        with pytest.raises(DeclarationError) as caught:
            register(workspace, path)
        assert caught.value.code == "model-holds-workspace"


@pytest.mark.parametrize("written", [".", "../net", "layers/.."])
def test_a_folder_named_in_a_roundabout_way(workspace: Workspace, tmp_path: Path, written: str) -> None:
    (tmp_path / "net" / "layers").mkdir(parents=True)
    (tmp_path / "net" / "layers" / "0").write_bytes(b"x")
    model = register(workspace, tmp_path / "net" / written)
    assert model.basename == "net"
    assert (workspace.model_path(model) / "layers" / "0").read_bytes() == b"x"


def test_a_link_is_registered_under_its_own_name(workspace: Workspace, model_file: Path) -> None:
    (model_file.parent / "newest").symlink_to("model.pkl")
    model = register(workspace, model_file.parent / "newest")
    assert model.basename == "newest"
    assert not workspace.model_path(model).is_symlink()


def test_a_file_name_that_is_not_utf8(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.bin")
    try:
        path.write_bytes(b"x")
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    with pytest.raises(DeclarationError) as caught:
        register(workspace, path)
    assert caught.value.code == "name-not-utf8"
    assert "\\udcff" in "\n".join(caught.value.lines())


def test_any_text_in_tags(workspace: Workspace, model_file: Path) -> None:
    tags: Mapping[str, str] = {"ключ": "값 'quoted' \"twice\"", "": "", "a=b": "c\nd"}
    model = workspace.register_model(model_file, name="digits", tags=tags, properties=tags, description="'; --")
    assert dict(model.tags) == dict(model.properties) == tags
    assert workspace.get_model("digits") == model
    assert workspace.list_models(tags={"ключ": tags["ключ"]}) == [model]


def test_content_that_no_model_has(workspace: Workspace, model_file: Path) -> None:
    used = register(workspace, model_file)
    left = workspace.root / "models" / ("0" * 64)
    left.mkdir()
    (left / "model.pkl").write_bytes(b"left by a killed process")
    assert workspace.unused_model_content() == [left]
    assert not workspace.remove_unused_model_content(workspace.model_path(used).parent)
    assert workspace.remove_unused_model_content(left)
    assert workspace.unused_model_content() == []
    assert not left.exists()
    assert workspace.model_path(used).read_bytes() == b"weights"


def test_content_that_is_removed_while_it_is_registered(
    workspace: Workspace, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the copy and the row nobody knows of it."""
    add = VersionedTable.add

    def removed_before(table: Any, *values: Any, **options: Any) -> Any:
        (unused,) = workspace.unused_model_content()
        assert workspace.remove_unused_model_content(unused)
        return add(table, *values, **options)

    monkeypatch.setattr(VersionedTable, "add", removed_before)
    model = register(workspace, model_file)
    assert workspace.model_path(model).read_bytes() == b"weights"
