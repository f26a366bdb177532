"""Runs as they are written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from azml_magics.definitions.run import RunRecord, RunRequest, new_run_id
from azml_magics.errors import NotFoundError
from azml_magics.workspace.workspace import Workspace


@pytest.fixture
def record(workspace: Workspace) -> RunRecord:
    """A run that is written down."""
    now = datetime.now(timezone.utc)
    run_id = new_run_id("digits", now)
    directory = workspace.run_directory(run_id)
    request = RunRequest("train.py", ("--alpha", "0.5"), tags=(("kind", "ridge"),))
    new = RunRecord(run_id, "digits", "Preparing", request, "train.py", directory, directory / "work", now)
    return workspace.runs.add(replace(new, tags=request.tags))


def test_a_run_is_read_as_it_was_written(workspace: Workspace, record: RunRecord) -> None:
    assert workspace.runs.get(record.id) == record
    assert workspace.runs.get("latest") == record
    assert workspace.runs.list_all("other") == []


def test_words_that_were_added_meanwhile_stay(workspace: Workspace, record: RunRecord) -> None:
    workspace.runs.add_words(record.id, tags={"area": "vision"}, properties={"p": "q"})
    saved = workspace.runs.save(replace(record, state="Running"))
    assert saved.state == "Running"
    assert (dict(saved.tags), dict(saved.properties)) == ({"area": "vision", "kind": "ridge"}, {"p": "q"})


def test_a_run_that_has_ended_is_not_written_over(workspace: Workspace, record: RunRecord) -> None:
    workspace.runs.save(replace(record, state="Canceled"))
    assert workspace.runs.save(replace(record, state="Running"), unless_over=True).state == "Canceled"
    assert workspace.runs.list_all(going=True) == []


def test_a_run_that_there_is_not(workspace: Workspace, record: RunRecord) -> None:
    with pytest.raises(NotFoundError) as missing:
        workspace.runs.get(record.id[:-1])
    assert (missing.value.code, record.id in missing.value.remedy) == ("unknown-run", True)
