from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.system import sources
from azml_magics.system.sources import importable_modules, list_source_files


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_every_file_by_its_relative_path_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "src", "score.py", "lib/a.py", "lib/deep/b.json", ".config", "A file.txt")
    monkeypatch.chdir(tmp_path)
    files = list_source_files(Path("src"))
    assert list(files) == [".config", "A file.txt", "lib/a.py", "lib/deep/b.json", "score.py"]
    assert all(path.is_absolute() and path.read_text() == name for name, path in files.items())


def test_what_belongs_to_tools_is_left_out_even_if_asked_for(tmp_path: Path) -> None:
    fill(
        tmp_path, "score.py", ".git/config", ".azml/workspace.db", "__pycache__/score.cpython-311.pyc", "lib/old.pyc",
        "lib/__pycache__/x", ".ipynb_checkpoints/a.ipynb", ".venv/bin/python", "web/node_modules/x.js",
    )  # fmt: skip
    (tmp_path / ".gitignore").write_text("!.git/\n!*.pyc\n!.azml\n!node_modules/x.js\n")
    assert list(list_source_files(tmp_path)) == ["score.py"]


NAMES = ("score.py", "notes.txt", "data/big.bin", "data/keep.txt", "src/util.py", "src/notes.txt", "src/deep/x.py")


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("# nothing\n\n", NAMES),
        ("data/", ("notes.txt", "score.py", "src/deep/x.py", "src/notes.txt", "src/util.py")),
        ("data/\n!data/keep.txt", ("notes.txt", "score.py", "src/deep/x.py", "src/notes.txt", "src/util.py")),
        ("data/*\n!data/keep.txt\n*.py", ("data/keep.txt", "notes.txt", "src/notes.txt")),
        ("*\n!*/\n!*.py", ("score.py", "src/deep/x.py", "src/util.py")),
        ("/*\n!/score.py\n!/src/", ("score.py", "src/deep/x.py", "src/notes.txt", "src/util.py")),
        ("/notes.txt\ndeep", ("data/big.bin", "data/keep.txt", "score.py", "src/notes.txt", "src/util.py")),
        ("**/*.txt\nsrc/**/x.py\n", ("data/big.bin", "score.py", "src/util.py")),
        ("*.txt \n\\!x", ("data/big.bin", "score.py", "src/deep/x.py", "src/util.py")),
    ],
)
@pytest.mark.parametrize("name", [".amlignore", ".gitignore"])
def test_ignore_files_mean_what_they_mean_to_git(tmp_path: Path, name: str, ignore: str, left: tuple[str, ...]) -> None:
    fill(tmp_path, *NAMES)
    (tmp_path / name).write_text(ignore)
    assert list(list_source_files(tmp_path)) == sorted(left)


def test_amlignore_stands_in_for_gitignore(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.txt")
    (tmp_path / ".gitignore").write_text("a.txt")
    (tmp_path / ".amlignore").write_text("\ufeffb.txt", encoding="utf-8")
    assert list(list_source_files(tmp_path)) == ["a.txt"]


def test_links_that_stay_inside_are_followed(tmp_path: Path) -> None:
    fill(tmp_path, "shared/util.py")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "lib").symlink_to("../shared")
    (tmp_path / "score.py").symlink_to("shared/util.py")
    files = list_source_files(tmp_path)
    assert list(files) == ["app/lib/util.py", "score.py", "shared/util.py"]
    assert files["score.py"].read_text() == "shared/util.py"


def test_every_link_that_cannot_be_deployed_is_named(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", "secret.txt")
    source = fill(tmp_path / "src", "score.py")
    (source / "file").symlink_to(outside / "secret.txt")
    (source / "folder").symlink_to(outside)
    (source / "nowhere").symlink_to("missing")
    (source / "itself").symlink_to("itself")
    (source / "round").symlink_to(".")
    with pytest.raises(DeclarationError) as caught:
        list_source_files(source)
    assert caught.value.code == "link-leaves-source"
    named = {finding.message.split()[2]: finding.message for finding in caught.value.findings}
    assert sorted(named) == ["file", "folder", "itself", "nowhere", "round"]
    assert str(outside / "secret.txt") in named["file"]
    (source / ".amlignore").write_text("file\nfolder/\nnowhere\nitself\nround/\n")
    assert list(list_source_files(source)) == ["score.py"]


def test_of_many_links_a_few_are_named_and_what_to_do(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"link{number:02}").symlink_to("/")
    with pytest.raises(DeclarationError) as caught:
        list_source_files(tmp_path)
    findings = caught.value.findings
    assert [finding.message.split(" leads")[0] for finding in findings[:5]] == [f"the link link0{n}" for n in range(5)]
    assert findings[5].message == "7 more links and folders in it cannot be taken"
    assert findings[5].remedy == "name a smaller folder with --source-dir, or whole folders in .amlignore"


def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").mkdir()
    whole = Path.iterdir
    refused = {"secret"}  # root, as whom tests may run, is refused nothing

    def iterdir(path: Path) -> Iterator[Path]:
        if path.name in refused:
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(DeclarationError) as caught:
        list_source_files(tmp_path)
    (finding,) = caught.value.findings
    assert finding.message == "the folder secret cannot be read: Permission denied"
    assert (finding.code, finding.remedy) == ("source-unreadable", "name it in .amlignore")


def test_a_directory_that_holds_a_disk_is_refused_before_all_of_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ENTRIES_LIMIT", 2)
    fill(tmp_path, "a.txt", "score.py")
    assert list(list_source_files(tmp_path)) == ["a.txt", "score.py"]
    fill(tmp_path, "b.txt")
    with pytest.raises(DeclarationError) as caught:
        list_source_files(tmp_path)
    (finding,) = caught.value.findings
    assert (finding.code, finding.message) == ("too-many-files", f"{tmp_path} holds more than 2 files")
    assert "--source-dir" in finding.remedy


def test_pipes_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "score.py")
    os.mkfifo(tmp_path / "pipe")
    assert list(list_source_files(tmp_path)) == ["score.py"]


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    fill(tmp_path, "file")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(NotFoundError) as caught:
            list_source_files(path)
        assert caught.value.code == "source-directory-missing"


def test_names_that_can_be_imported(tmp_path: Path) -> None:
    fill(tmp_path, "score.py", "not-a-name.py", "package/__init__.py", "namespace/part.py", "data/x.csv", "notes.txt")
    assert importable_modules(tmp_path) == {"score", "package", "namespace"}
    assert importable_modules(tmp_path / "nowhere") == frozenset()
