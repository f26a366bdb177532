"""What a run works with is a copy, taken when it was asked for: ignore files honoured, equal files kept once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.run import RunRequest
from azml_magics.errors import DeclarationError
from azml_magics.events import Event, Note
from azml_magics.runs import snapshot
from azml_magics.session import Session
from tests.runs.conftest import Submit

LIST = """\
import os
for top, _, names in os.walk("."):
    for name in names:
        print(os.path.normpath(os.path.join(top, name)))
"""


def listed(session: Session, run_id: str) -> list[str]:
    return sorted(session.runs.logs(run_id))


def test_ignore_files_say_what_stays_out(session: Session, run_script: Submit, folder: Path) -> None:
    for name in (
        "data/big.bin",
        "src/helper.py",
        "notes.txt",
        ".git/config",
        "__pycache__/x.pyc",
        "outputs/old",
        "logs/old",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / ".gitignore").write_text("data/\n")
    assert listed(session, run_script(LIST).id) == ["notes.txt", "src/helper.py", "train.py"]
    (folder / ".amlignore").write_text("*.txt\n")  # it counts instead of the other one
    assert listed(session, run_script(LIST).id) == ["data/big.bin", "src/helper.py", "train.py"]
    (folder / ".amlignore").write_text("train.py\n")
    with pytest.raises(DeclarationError) as refused:
        run_script(LIST)
    assert refused.value.code == "script-ignored"


def test_equal_files_are_kept_once_and_nobody_can_change_them(
    session: Session, run_script: Submit, folder: Path
) -> None:
    (folder / "data.bin").write_bytes(b"x" * 1000)
    change = "open('data.bin', 'w').write('changed')\nopen('new.txt', 'w').close()"
    first, second = run_script(change), run_script(change)
    copies = [record.directory / "snapshot" / "data.bin" for record in (first, second)]
    assert copies[0].samefile(copies[1])
    assert copies[0].read_bytes() == (folder / "data.bin").read_bytes() == b"x" * 1000
    assert copies[0].stat().st_mode & 0o222 == 0
    # What a run did not touch is not there twice; what it wrote or changed stays.
    work = first.directory / "work"
    assert sorted(path.name for path in work.iterdir()) == ["data.bin", "logs", "new.txt", "outputs"]
    assert (work / "data.bin").read_text() == "changed"


def test_a_change_after_the_submission_does_not_reach_the_run(
    session: Session, run_script: Submit, folder: Path
) -> None:
    (folder / "value.txt").write_text("old")
    pipe = folder.parent / "go"
    os.mkfifo(pipe)
    record = run_script(f"open({str(pipe)!r}).read()\nprint(open('value.txt').read())", wait=False)
    (folder / "value.txt").write_text("new")
    pipe.write_text("")
    assert list(session.runs.logs(record.id, follow=True)) == ["old"]


def test_the_workspace_is_no_part_of_a_source(tmp_path: Path) -> None:
    session = Session(tmp_path / "kept here", working_directory=tmp_path)
    (tmp_path / "train.py").write_text(LIST)
    for _ in range(2):
        record = session.runs.submit(RunRequest("train.py", use_current_python=True))
    assert listed(session, record.id) == ["train.py"]


def test_too_much_is_refused_and_much_is_said(
    session: Session, run_script: Submit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "WARNING_BYTES", 1000)
    (folder / "data").mkdir()
    (folder / "data" / "huge.bin").write_bytes(bytes(5000))
    (folder / "train.py").write_text("")
    events: list[Event] = []
    session.runs.submit(RunRequest("train.py", use_current_python=True), emit=events.append)
    assert any("data/huge.bin" in event.text for event in events if isinstance(event, Note))
    with (folder / "data" / "huge.bin").open("wb") as file:
        file.truncate(snapshot.LIMIT_BYTES + 1)  # a hole: it takes no space
    with pytest.raises(DeclarationError) as refused:
        run_script("")
    assert refused.value.code == "snapshot-too-large"
    assert "data/huge.bin (300.0 MB)" in refused.value.findings[0].message
    assert ".amlignore" in refused.value.remedy


def test_without_a_snapshot_it_runs_in_place(session: Session, run_script: Submit, folder: Path) -> None:
    (folder / "outputs").mkdir()
    (folder / "outputs" / "old").write_text("of a former run")
    os.utime(folder / "outputs" / "old", (0, 0))
    record = run_script("import os\nprint(os.getcwd())\nopen('outputs/new', 'w').close()", snapshot=False)
    assert list(session.runs.logs(record.id)) == [str(folder)]
    assert session.runs.files(record.id) == ["outputs/new", "user_logs/std_log.txt"]
    with pytest.raises(DeclarationError):
        request = RunRequest("train.py", use_current_python=True, snapshot=False)
        session.runs.submit(request, script=EntryScript("train.py", ""))


def test_the_source_directory_is_the_current_one_or_the_one_that_is_named(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "train.py").write_text(LIST)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "train.py").write_text(LIST)

    def files(script: str, source: str | None = None) -> list[str]:
        request = RunRequest(script, use_current_python=True, source_directory=source)
        return listed(session, session.runs.submit(request).id)

    assert files("src/train.py") == ["src/train.py"]
    assert files("train.py", "src") == files("src/train.py", "src") == ["train.py"]
    assert files(str(tmp_path / "elsewhere" / "train.py")) == ["train.py"]
    written = session.runs.submit(
        RunRequest("src/new.py", use_current_python=True), script=EntryScript("src/new.py", LIST)
    )
    assert listed(session, written.id) == ["src/new.py", "src/train.py"]


def test_a_file_that_goes_while_the_source_is_copied_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "run").mkdir()
    script = tmp_path / "source" / "train.py"
    script.write_text("print(1)")
    files = {"train.py": script, "app.sqlite-journal": tmp_path / "source" / "app.sqlite-journal"}
    snapshot.take_snapshot(
        snapshot.Source(tmp_path / "source", "train.py", files), tmp_path / "run", tmp_path / "store"
    )
    assert [path.name for path in (tmp_path / "run" / "snapshot").iterdir()] == ["train.py"]
    script.unlink()
    (tmp_path / "again").mkdir()
    with pytest.raises(FileNotFoundError):
        snapshot.take_snapshot(
            snapshot.Source(tmp_path / "source", "train.py", files), tmp_path / "again", tmp_path / "store"
        )
