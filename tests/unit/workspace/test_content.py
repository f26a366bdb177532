"""The content store: the same bytes once, read-only, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from azml_magics.errors import DeclarationError, WorkspaceError
from azml_magics.workspace import content
from azml_magics.workspace.content import ContentStore


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path / "store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "net"
    (folder / "layers").mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    (folder / "layers" / "0.bin").write_bytes(b"\0\1")
    return folder


def entries(store: ContentStore) -> list[str]:
    return sorted(path.name for path in store.directory.iterdir() if path.is_dir())


def codes(error: DeclarationError) -> list[str]:
    return [finding.code for finding in error.findings]


def test_a_file_is_kept_under_its_name_read_only(store: ContentStore, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"weights")
    stored = store.add(tmp_path / "model.pkl")
    assert stored.path == store.path(stored.digest, "model.pkl") == store.directory / stored.digest / "model.pkl"
    assert stored.path.read_bytes() == b"weights"
    assert stored.path.stat().st_mode & 0o777 == 0o444
    assert stored.path.parent.stat().st_mode & 0o777 == 0o700
    assert stored.size_bytes == 7
    assert len(stored.digest) == 64


def test_equal_content_is_kept_once_and_other_content_beside_it(store: ContentStore, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("m", "a/m"):
        (tmp_path / name).write_bytes(b"same")
    first, second = store.add(tmp_path / "m"), store.add(tmp_path / "a" / "m")
    assert first == second
    (tmp_path / "m").write_bytes(b"other")
    third = store.add(tmp_path / "m")
    assert entries(store) == sorted([first.digest, third.digest])
    assert first.path.read_bytes() == b"same"


def test_the_name_is_part_of_the_key(store: ContentStore, tmp_path: Path) -> None:
    for name in ("m", "n"):
        (tmp_path / name).write_bytes(b"same")
    assert store.add(tmp_path / "m").path.name == "m"
    assert store.add(tmp_path / "n").path.name == "n"


def test_a_folder_is_kept_with_all_its_files(store: ContentStore, folder: Path) -> None:
    stored = store.add(folder)
    assert stored.path.name == "net"
    assert stored.size_bytes == 4
    assert (stored.path / "layers" / "0.bin").read_bytes() == b"\0\1"
    assert {path.stat().st_mode & 0o777 for path in stored.path.rglob("*") if path.is_file()} == {0o444}


def test_a_folders_key_is_its_paths_and_bytes(store: ContentStore, folder: Path, tmp_path: Path) -> None:
    key = store.add(folder).digest
    (folder / "empty").mkdir()
    os.utime(folder / "config.json", (0, 0))
    assert store.add(folder).digest == key
    copy = tmp_path / "elsewhere" / "net"
    shutil.copytree(folder, copy)
    assert store.add(copy).digest == key
    (copy / "config.json").rename(copy / "settings.json")
    assert store.add(copy).digest != key
    (folder / "layers" / "0.bin").write_bytes(b"\0\2")
    assert store.add(folder).digest != key


def test_a_file_that_looks_like_the_listing_of_a_folder_is_not_taken_for_it(
    store: ContentStore, folder: Path, tmp_path: Path
) -> None:
    kept = store.add(folder)
    lines = [
        f"{path.relative_to(folder).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    shutil.rmtree(folder)
    folder.write_text("".join(lines))
    assert store.add(folder).digest != kept.digest


# links and odd things -------------------------------------------------------------------------------------------------


def test_links_are_followed_also_out_of_the_folder(store: ContentStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "1f").write_bytes(b"from the cache")
    (folder / "weights").symlink_to("../blobs/1f")
    (folder / "more").symlink_to(tmp_path / "blobs")
    stored = store.add(folder)
    for name in ("weights", "more/1f"):
        assert (stored.path / name).read_bytes() == b"from the cache"
        assert not (stored.path / name).is_symlink()
    assert not (stored.path / "more").is_symlink()


def test_everything_that_cannot_be_kept_is_said_together(store: ContentStore, folder: Path) -> None:
    (folder / "gone").symlink_to("nowhere")
    (folder / "layers" / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    os.mkfifo(folder / "pipe")
    with pytest.raises(DeclarationError) as caught:
        store.add(folder)
    assert sorted(codes(caught.value)) == ["link-broken", "link-broken", "link-loop", "not-a-file"]
    assert any(str(folder / "pipe") in finding.message for finding in caught.value.findings)
    assert not store.directory.exists()


def test_a_folder_reached_twice_is_no_loop(store: ContentStore, folder: Path) -> None:
    (folder / "again").symlink_to("layers")
    assert (store.add(folder).path / "again" / "0.bin").read_bytes() == b"\0\1"


@pytest.mark.parametrize("name", ["pipe", "device"])
def test_a_pipe_or_device_is_refused_without_reading_it(store: ContentStore, tmp_path: Path, name: str) -> None:
    if name == "pipe":
        os.mkfifo(tmp_path / name)
    path = tmp_path / name if name == "pipe" else Path("/dev/zero")
    with pytest.raises(DeclarationError) as caught:
        store.add(path)
    assert codes(caught.value) == ["not-a-file"]


def test_a_folder_without_files_is_refused(store: ContentStore, tmp_path: Path) -> None:
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    with pytest.raises(DeclarationError) as caught:
        store.add(tmp_path / "empty")
    assert codes(caught.value) == ["empty-model"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(store: ContentStore, folder: Path) -> None:
    (folder / "config.json").chmod(0)
    with pytest.raises(DeclarationError) as caught:
        store.add(folder)
    assert codes(caught.value) == ["unreadable-file"]
    assert entries(store) == []


def test_a_file_name_that_is_not_utf8(store: ContentStore, folder: Path) -> None:
    try:
        (folder / os.fsdecode(b"\xff.bin")).write_bytes(b"x")
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    assert (store.add(folder).path / os.fsdecode(b"\xff.bin")).read_bytes() == b"x"


# whole or not at all --------------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_nothing(store: ContentStore, folder: Path) -> None:
    def grow_beyond_the_limit() -> None:
        (folder / "big").write_bytes(b"x" * 100_000)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
        try:
            store.add(folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with pytest.raises(WorkspaceError) as caught:  # Python ignores SIGXFSZ: writing fails with EFBIG
        grow_beyond_the_limit()
    assert caught.value.code == "workspace-directory"
    assert os.strerror(errno.EFBIG) in caught.value.brief
    assert entries(store) == []


def test_what_a_killed_process_left_is_removed(store: ContentStore, tmp_path: Path) -> None:
    left = store.directory / f"{content.INCOMING}left"
    (left / "net").mkdir(parents=True)
    (left / "net" / "half").write_bytes(b"x")
    (tmp_path / "m").write_bytes(b"x")
    stored = store.add(tmp_path / "m")
    assert entries(store) == [stored.digest]


def test_what_a_living_process_is_copying_is_left_alone(store: ContentStore, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from azml_magics.system.incoming import incoming; from azml_magics.workspace.content import INCOMING\n"
        "with incoming(Path(sys.argv[1]), INCOMING) as mine:\n"
        "    print(mine.name, flush=True); sys.stdin.read()\n"
    )
    store.directory.mkdir()
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(store.directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    name = other.stdout.readline().strip()
    (tmp_path / "m").write_bytes(b"x")
    stored = store.add(tmp_path / "m")
    assert entries(store) == sorted([name, stored.digest])
    other.kill()
    other.communicate()
    store.add(tmp_path / "m")
    assert entries(store) == [stored.digest]


def test_threads_that_add_the_same_at_once(store: ContentStore, folder: Path) -> None:
    results: list[str] = []
    barrier = threading.Barrier(4)

    def add() -> None:
        barrier.wait()
        results.append(store.add(folder).digest)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert entries(store) == [results[0]]


BIG = 300_000_000


def used_bytes(directory: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in directory.rglob("*") if path.is_file())


def test_memory_stays_flat_and_space_is_taken_once(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(BIG)
    script = (
        "import resource, sys; from pathlib import Path; from azml_magics.workspace.content import ContentStore\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "ContentStore(Path(sys.argv[1])).add(Path(sys.argv[2]))\n"
        "after = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(after.ru_maxrss - before, after.ru_oublock)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "store"), str(tmp_path / "big")]
    per_unit = 1 if sys.platform == "darwin" else 1024
    used = []
    for _ in range(2):
        grown, blocks_written = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert int(grown) * per_unit < 20_000_000
        used.append(used_bytes(tmp_path / "store"))
    assert used[0] == used[1] <= BIG + 100_000
    assert int(blocks_written) * 512 < 1_000_000  # the second time nothing was copied only to be thrown away


def test_content_that_is_there_is_not_copied_again(store: ContentStore, folder: Path, tmp_path: Path) -> None:
    first = store.add(folder)
    before = store.directory.stat().st_mtime_ns
    assert store.add(folder) == first
    assert store.directory.stat().st_mtime_ns == before  # no temporary directory either
    (folder / "layers" / "0.bin").write_bytes(b"\0\3")  # as large, and something else
    assert store.add(folder).digest != first.digest


def test_content_is_measured_as_it_would_be_kept(store: ContentStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"weights")
    for source in (folder, tmp_path / "m"):
        measured = content.measure(source)
        kept = store.add(source)
        assert (measured.digest, measured.size_bytes) == (kept.digest, kept.size_bytes)
