"""Lines of uv and of the program that installs conda packages, as progress; real ones run in ``test_packages``."""

from __future__ import annotations

from typing import cast

import pytest

from azml_magics.build.package_progress import CondaProgress, UvProgress
from azml_magics.events import Event, Progress, pace

#: As uv 0.13 said it.
UV = """\
Using Python 3.11.7 environment at: venv
Resolved 6 packages in 5.36s
Downloading pandas (11.8MiB)
Downloading numpy (16.1MiB)
   Building docopt==0.6.2
 Downloaded pandas
 Downloaded numpy
      Built docopt==0.6.2
Prepared 6 packages in 8.95s
Installed 6 packages in 397ms
 + docopt==0.6.2
"""


@pytest.fixture(autouse=True)
def _every_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "INTERVAL_SECONDS", 0.0)


def test_packages_of_uv() -> None:
    told: list[Event] = []
    progress = UvProgress(told.append)
    for line in UV.splitlines():
        progress.feed(line)
    progress.finish()
    assert [(event.done, event.total, event.unit) for event in cast(list[Progress], told)] == [
        *[(0, 6, "packages")] * 4,
        *[(1, 6, "packages"), (2, 6, "packages"), (3, 6, "packages"), (6, 6, "packages"), (6, 6, "packages")],
    ]
    assert [event.text for event in cast(list[Progress], told)] == [
        "resolved",
        "downloading pandas (11.8MiB)",
        "downloading numpy (16.1MiB)",
        "building docopt==0.6.2",
        "downloaded pandas",
        "downloaded numpy",
        "built docopt==0.6.2",
        "installing",
        "installed",
    ]


def test_nothing_is_told_before_the_number_is_known() -> None:
    told: list[Event] = []
    progress = UvProgress(told.append)
    for line in ("Downloading cpython-3.12 (30MiB)", " Downloaded cpython", "error: no", ""):
        progress.feed(line)
    progress.finish()
    assert told == []


def test_conda_packages() -> None:
    told: list[Event] = []
    progress = CondaProgress(told.append)
    for line in (
        "solving for linux-64: python",
        "downloading words 1.0",
        "azml-bytes [1000, null]",
        "azml-bytes [2000, 3000]",
        "installing words 1.0 (1 of 2)",
        "installing greeting 2.0 (2 of 2)",
        'azml-conda {"packages": []}',
    ):
        progress.feed(line)
    progress.finish(succeeded=True)
    assert told == [
        Progress(1000, None, "bytes", "downloading"),
        Progress(2000, 3000, "bytes", "downloading"),
        Progress(0, 2, "packages", "installing words 1.0"),
        Progress(1, 2, "packages", "installing greeting 2.0"),
        Progress(2, 2, "packages", "installed"),
    ]


def test_a_failed_installation_does_not_say_that_all_is_there() -> None:
    told: list[Event] = []
    progress = CondaProgress(told.append)
    progress.feed("installing words 1.0 (1 of 2)")
    progress.finish(succeeded=False)
    assert told == [Progress(0, 2, "packages", "installing words 1.0")]
