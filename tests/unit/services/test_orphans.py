"""The mark of a start that nobody wrote down: left alone while somebody works on the service, else taken up."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.engines import process
from azml_magics.errors import ToolError
from azml_magics.events import Event, Note, discard
from azml_magics.services.orphans import INTERRUPTED, MARK, find_orphans, held_service, marked
from azml_magics.session import Session

DEPLOYMENT = Deployment("digits", EntryScript("score.py", "def init(): ...\ndef run(data): ...\n"))


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / ".azml", working_directory=tmp_path)


def leave_a_mark(session: Session) -> Path:
    directory = session.workspace.service_directory("digits")
    with marked(directory, DEPLOYMENT):
        content = (directory / MARK).read_bytes()
    assert find_orphans(session.workspace) == []
    (directory / MARK).write_bytes(content)
    assert find_orphans(session.workspace) == [directory]
    return directory


def test_a_start_that_goes_on_is_left_alone(session: Session) -> None:
    directory = leave_a_mark(session)
    with session.workspace.service_lock("digits"):
        assert session.services() == []
    assert find_orphans(session.workspace) == [directory]


def test_one_that_was_killed_is_known_as_failed(session: Session) -> None:
    directory = leave_a_mark(session)
    (report,) = session.services()
    assert (report.name, report.state, report.error) == ("digits", "failed", INTERRUPTED)
    assert report.log_path == directory / "service.log"
    assert find_orphans(session.workspace) == []


def test_what_cannot_be_ended_now_is_told_and_tried_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = leave_a_mark(session)
    asked: list[Path] = []
    news: list[Event] = []

    def end_orphan(where: Path) -> None:
        asked.append(where)
        if len(asked) == 1:
            raise ToolError("the engine is away", remedy="start it", code="docker-unavailable")

    monkeypatch.setattr(process.ENGINE, "end_orphan", end_orphan)
    with held_service(session.workspace, "digits", emit=news.append):
        pass
    (note,) = news
    assert isinstance(note, Note)
    assert "'digits' left cannot be ended now: the engine is away" in note.text
    with held_service(session.workspace, "digits", emit=discard):
        pass
    assert (asked, find_orphans(session.workspace)) == ([directory, directory], [])
