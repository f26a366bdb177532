"""What a panel shows, of real records and a real workspace, without a page."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azml_magics.cancel import Cancel
from azml_magics.events import Emit, LogLine, StepFinished, StepStarted, discard
from azml_magics.journal.recording import recorded
from azml_magics.journal.records import list_records
from azml_magics.panel.contents import Contents
from azml_magics.panel.newest_job import find_newest_job
from azml_magics.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "shop" / ".azml")


@pytest.fixture
def opened(session: Session) -> Iterator[list[Contents]]:
    contents: list[Contents] = []
    yield contents
    for each in contents:
        each.close()


def do(session: Session, verb: str, name: str) -> None:
    def work(emit: Emit, cancel: Cancel) -> None:
        emit(StepStarted("check"))
        emit(LogLine("builder", f"{verb} {name}"))
        emit(StepFinished("check", "done", 0.5))

    recorded(work, session.workspace.root, verb=verb, name=name, doing=f"{verb}ing {name}")(discard, Cancel())


def read(contents: Contents) -> dict[str, Any]:
    while contents.take_news():
        pass
    return contents.state()


def test_without_a_name_it_is_about_the_workspace(session: Session, opened: list[Contents]) -> None:
    contents = Contents(session, None, follows=True)
    opened.append(contents)
    assert read(contents)["title"] == "services of shop"
    do(session, "deploy", "soup")
    state = read(contents)
    assert (state["about"], state["verdict"], state["steps"]) == ("workspace", "idle", [])
    assert [text for _, _, text in contents.feed.tail(9)] == ["deploy soup"]


def test_the_newest_job_of_a_name_is_followed(session: Session, opened: list[Contents]) -> None:
    root = session.workspace.root
    do(session, "deploy", "soup")
    contents = Contents(session, find_newest_job(root, "soup"), name="soup", follows=True)
    opened.append(contents)
    first = read(contents)
    assert (first["verdict"], first["title"]) == ("done", "soup")
    do(session, "deploy", "bread")
    assert read(contents)["job"] == first["job"]
    woken = threading.Event()
    contents.watch(woken.set)
    read(contents)
    woken.clear()
    do(session, "update", "soup")
    assert woken.wait(120)
    assert read(contents)["doing"] == "updateing soup"
    do(session, "load-test", "soup")
    assert read(contents)["doing"] == "updateing soup"


def test_a_job_that_used_the_service_gives_way_when_it_ends(session: Session, opened: list[Contents]) -> None:
    root = session.workspace.root
    do(session, "deploy", "soup")
    contents = Contents(session, find_newest_job(root, "soup"), name="soup", follows=True)
    opened.append(contents)
    woken, go = threading.Event(), threading.Event()
    contents.watch(woken.set)

    def work(emit: Emit, cancel: Cancel) -> None:
        go.wait(120)

    job = recorded(work, root, verb="package", name="soup", doing="packaging soup")
    packaging = threading.Thread(target=job, args=(discard, Cancel()))
    packaging.start()
    while read(contents)["doing"] != "packaging soup":
        assert woken.wait(120)
        woken.clear()
    go.set()
    packaging.join()
    while read(contents)["verdict"] == "running":
        assert woken.wait(120)
        woken.clear()
    assert read(contents)["doing"] == "deploying soup"


def test_events_of_a_newer_version_do_no_harm(session: Session, opened: list[Contents]) -> None:
    do(session, "deploy", "soup")
    (record,) = list_records(session.workspace.root)
    with record.news_path.open("ab") as news:
        news.write(b'{"at":1.5,"event":"Sang","song":"la"}\n')
    contents = Contents(session, record)
    opened.append(contents)
    state = read(contents)
    assert state["verdict"] == "done"
    assert contents.job is not None
    assert "Sang" in contents.job.outline.notes[0]


def test_a_workspace_that_is_removed_does_no_harm(session: Session, opened: list[Contents]) -> None:
    do(session, "deploy", "soup")
    contents = Contents(session, list_records(session.workspace.root)[0], name="soup", follows=True)
    opened.append(contents)
    contents.watch(lambda: None)
    read(contents)
    shutil.rmtree(session.workspace.root)
    assert read(contents)["verdict"] == "done"


def test_what_cannot_be_read_is_said(session: Session, opened: list[Contents]) -> None:
    do(session, "deploy", "soup")
    (record,) = list_records(session.workspace.root)
    record.news_path.unlink()
    record.news_path.mkdir()
    contents = Contents(session, record)
    opened.append(contents)
    assert "not everything can be shown: " in read(contents)["summary"]
