"""Workers from the side of whoever hires them: what they are told, what they give back, how they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.background import hiring
from azml_magics.background.hiring import OutsideWork, Workers
from azml_magics.background.request import DeclaredCell, WorkRequest, decode_request
from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.errors import AzmlError, FindingsError, ToolError
from azml_magics.events import Event, StepStarted, discard
from azml_magics.journal.records import find_by_id, get_record, new_job_id, state_of
from azml_magics.show.results import DemoReport

LINE = "deploy digits --environment digits --entry-script score.py"
SCRIPT = DeclaredCell(
    "entry_script", "score.py", "def init(): ...\ndef run(data): ...\n", "cell In [2]", 1, "%%entry_script score.py"
)


@pytest.fixture
def workers() -> Iterator[Workers]:
    started = Workers()
    yield started
    started.dismiss()


def request(folder: Path, line: str, *cells: DeclaredCell) -> WorkRequest:
    from azml_magics.errors import Place

    verb = line.split(maxsplit=1)[0]
    return WorkRequest(
        new_job_id(),
        verb,
        verb,
        f"doing {verb}",
        line,
        Place("%azml", None, 7, f"%azml {line}"),
        {"wait_seconds": 50.0},
        str(folder / ".azml"),
        str(folder),
        dict(os.environ),
        cells,
    )


def do(asked: WorkRequest, workers: Workers, *, told: list[Event] | None = None) -> object:
    work = OutsideWork(asked, workers, lambda emit, cancel: "done here")
    return work(discard if told is None else told.append, Cancel())


def test_a_request_comes_back_equal(tmp_path: Path) -> None:
    asked = request(tmp_path, LINE, SCRIPT)
    assert decode_request(asked.encode()) == asked
    assert asked.encode().count(b"\n") == 1


def test_a_result_comes_back_with_its_events(tmp_path: Path, workers: Workers) -> None:
    told: list[Event] = []
    asked = request(tmp_path, "demo")
    result = do(asked, workers, told=told)
    assert isinstance(result, DemoReport)
    assert isinstance(result.service, ServiceReport)
    assert result.response.json() == {"count": 4, "sum": 10}
    assert [event.step for event in told if isinstance(event, StepStarted)][:2] == ["check", "plan"]
    assert state_of(get_record(tmp_path / ".azml", asked.job_id)) == "done"


def test_files_are_those_that_the_cell_read(tmp_path: Path, workers: Workers) -> None:
    """What the cell included is gone; what it said is wrong, as a finding with the cell's own line."""
    files = {"requirements.txt": "numpy==0.0.1\nnumpy==0.0.2\n"}
    line = "digits --file requirements.txt"
    cells = (
        DeclaredCell("requirements", line, None, "%requirements", 1, f"%requirements {line}", files),
        DeclaredCell("environment", "digits", "requirements: digits\n", "cell In [1]", 1, "%%environment digits"),
        SCRIPT,
    )
    with pytest.raises(FindingsError) as caught:
        do(request(tmp_path, LINE, *cells), workers)
    assert {finding.place and finding.place.source for finding in caught.value.findings} == {"requirements.txt"}


def test_without_a_record_it_is_done_here(tmp_path: Path, workers: Workers) -> None:
    (tmp_path / ".azml").mkdir()
    (tmp_path / ".azml" / "jobs").write_text("somebody's file")
    assert do(request(tmp_path, "demo"), workers) == "done here"


def test_a_worker_that_cannot_start_says_why(tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hiring, "PROGRAM", "import nothing_of_that_name")
    asked = request(tmp_path, "demo")
    with pytest.raises(ToolError) as caught:
        do(asked, workers)
    assert caught.value.code == "worker-failed"
    assert "nothing_of_that_name" in "\n".join(caught.value.details)
    assert find_by_id(tmp_path / ".azml", asked.job_id) is None


def test_what_is_imported_is_not_what_the_folder_holds(tmp_path: Path, workers: Workers) -> None:
    for name in ("yaml", "json", "azml_magics"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} of the user was imported')\n")
    with pytest.raises(AzmlError) as caught:
        do(request(tmp_path, LINE), workers)
    assert caught.value.code in ("unknown-environment", "entry-script-missing", "script-missing")
