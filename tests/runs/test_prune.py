"""What runs use is not removed: environments that still hold, and whatever a run that goes on was started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.run import RunRequest
from azml_magics.prune.unused import find_unused
from azml_magics.session import Session


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


def unused(session: Session) -> list[str]:
    """Names of what may go."""
    found = find_unused(session.workspace, session.declarations, session.working_directory)
    return [item.name for item in found.unused]


def test_packages_of_runs_are_kept_as_long_as_somebody_means_them(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    first = Environment("tiny", "3.11", environment_variables=(("VERSION", "1"),))
    record = session.runs.submit(RunRequest("train.py"), environment=first, wait=False)
    venvs = list((session.workspace.packages_directory / "venvs").glob("*/bin/python"))
    assert len(venvs) == 1
    assert unused(session) == []
    session.runs.cancel(record.id)
    assert unused(session) == []  # the environment may run again
    session.environments.archive("tiny")
    assert len(unused(session)) == 1


def test_a_run_that_goes_on_keeps_what_nobody_means_any_more(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(600)\n")
    record = session.runs.submit(RunRequest("train.py"), environment=Environment("tiny", "3.11"), wait=False)
    session.environments.archive("tiny")
    assert unused(session) == []
    session.runs.cancel(record.id)
    assert len(unused(session)) == 1
