"""What tests with real runs share: a session in a folder of its own, and scripts written there."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from azml_magics.definitions.run import RunRecord, RunRequest
from azml_magics.errors import RunError
from azml_magics.events import Event, LogLine
from azml_magics.session import Session

Submit = Callable[..., RunRecord]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that scripts are in."""
    made = tmp_path / "project"
    made.mkdir()
    return made


@contextmanager
def session_in(folder: Path) -> Iterator[Session]:
    """A session of a new workspace beside ``folder``, where relative paths start; nothing goes on after it."""
    opened = Session(folder.parent / ".azml", working_directory=folder)
    yield opened
    for record in opened.runs.list_all():
        opened.runs.cancel(record.id)
    opened.workspace.close()


@pytest.fixture
def session(folder: Path) -> Iterator[Session]:
    """The session that the test's runs belong to."""
    with session_in(folder) as opened:
        yield opened


@pytest.fixture
def run_script(session: Session, folder: Path) -> Submit:
    """``run_script(text, *arguments, **request)``: write it as train.py and run it with the current Python."""

    def run(text: str, *arguments: str, wait: bool = True, **request: object) -> RunRecord:
        (folder / "train.py").write_text(text)
        wanted = {"use_current_python": True, **request}
        return session.runs.submit(RunRequest("train.py", arguments, **wanted), wait=wait)  # type: ignore[arg-type]

    return run


def make_wheel(folder: Path, name: str, *, python: str = ">=3.8") -> Path:
    """A wheel of one empty module."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: {python}\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.0.dist-info/METADATA", metadata)
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return path


def failure_of(submit: Callable[[], object]) -> RunError:
    """The error of a run that fails."""
    with pytest.raises(RunError) as caught:
        submit()
    return caught.value


def printed(events: list[Event]) -> list[str]:
    """What a script printed."""
    return [event.text for event in events if isinstance(event, LogLine) and event.source == "run"]
