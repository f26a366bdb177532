from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.system.files import missing, read_bytes, read_text, write_atomically


def test_a_file_is_replaced_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    path.chmod(0o644)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    write_atomically(path, b"shared", mode=0o644)
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_sees_one_content_or_the_other(tmp_path: Path) -> None:
    path = tmp_path / "state"
    contents = [b"a" * 200_000, b"b" * 200_000]
    path.write_bytes(contents[0])
    over = threading.Event()

    def write() -> None:
        for number in range(40):
            write_atomically(path, contents[number % 2])
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = {path.read_bytes()}
    while not over.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)


def test_a_failed_write_leaves_the_old_content_and_no_rest(tmp_path: Path) -> None:
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "kept").touch()  # a folder that is not empty cannot be replaced by a file
    with pytest.raises(OSError, match=str(folder)):
        write_atomically(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]
    assert (folder / "kept").exists()


def test_text_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "score.py"
    path.write_bytes(b"\xef\xbb\xbfna\xc3\xafve\r\n")
    assert read_text(path) == "naïve\r\n"


def test_a_file_that_is_not_utf8_is_located(tmp_path: Path) -> None:
    path = tmp_path / "score.py"
    path.write_bytes(b"one\ntwo caf\xe9\n")
    with pytest.raises(DeclarationError) as caught:
        read_text(path, what="entry script")
    finding = caught.value.findings[0]
    assert caught.value.code == "not-utf8"
    assert "byte 11 (0xe9)" in finding.message
    assert finding.place is not None
    assert (finding.place.source, finding.place.line) == (str(path), 2)


def test_near_names_of_a_missing_file_are_offered(tmp_path: Path) -> None:
    (tmp_path / "score.py").touch()
    with pytest.raises(NotFoundError, match=r"entry script .*scor\.py does not exist") as caught:
        read_text(tmp_path / "scor.py", what="entry script", code="entry-script-missing")
    assert caught.value.code == "entry-script-missing"
    assert caught.value.remedy == "did you mean score.py?"


def test_the_folder_is_named_when_nothing_is_near_and_when_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        read_bytes(tmp_path / "zzz.py")
    assert caught.value.code == "file-not-found"
    assert caught.value.remedy == f"look in {tmp_path}"
    with pytest.raises(NotFoundError) as caught:
        read_bytes(tmp_path / "no" / "score.py")
    assert caught.value.remedy == f"there is no directory {tmp_path / 'no'}"


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is a directory"):
        read_bytes(tmp_path)


def test_a_file_below_a_file_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "score.py").touch()
    with pytest.raises(NotFoundError, match="does not exist"):
        read_bytes(tmp_path / "score.py" / "x")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_an_impossible_name_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="cannot be read"):
        read_bytes(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "score.py"
    path.touch(0o000)
    with pytest.raises(NotFoundError, match="cannot be read") as caught:
        read_bytes(path)
    assert "permissions" in caught.value.remedy


def test_a_link_to_nothing_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").symlink_to("gone.pkl")
    error = missing(tmp_path / "model.pkl", what="model", code="model-path")
    assert (error.brief, error.remedy) == (
        f"model {tmp_path}/model.pkl is a link to nothing",
        "bring back what it names",
    )
