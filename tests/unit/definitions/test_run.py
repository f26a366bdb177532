from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.run import (
    EXPERIMENT_PATTERN,
    Metric,
    MetricValue,
    RunRecord,
    RunRequest,
    check_experiment,
    check_run_script,
    default_experiment,
    new_run_id,
)

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def record(**fields: object) -> RunRecord:
    run = RunRecord(
        "a_1_b", "a", "Running", RunRequest("train.py", ("1",)), "train.py", Path("/r"), Path("/r/work"), NOW
    )
    return RunRecord(**{**vars(run), **fields})


def test_ids_are_as_in_the_cloud() -> None:
    assert new_run_id("my-exp", NOW).startswith("my-exp_1767225600_")
    assert len(new_run_id("x", NOW).rpartition("_")[2]) == 8


@pytest.mark.parametrize(
    ("script", "experiment"),
    [("train.py", "train"), ("src/train model.py", "train-model"), ("_.py", "experiment"), ("a.b.py", "a-b")],
)
def test_an_experiment_is_named_after_its_script(script: str, experiment: str) -> None:
    assert default_experiment(script) == experiment


@given(st.text())
def test_every_script_has_a_possible_experiment(script: str) -> None:
    assert EXPERIMENT_PATTERN.fullmatch(default_experiment(script))


def test_names_that_cannot_be() -> None:
    assert check_experiment("my_exp-2") == []
    (finding,) = check_experiment("my exp")
    assert (finding.code, finding.remedy) == ("invalid-experiment", "for instance 'my-exp'")
    assert check_run_script("src/train.py") == []
    assert [finding.code for finding in check_run_script("train.ipynb")] == ["invalid-script-path"]


def test_a_record_knows_its_places() -> None:
    run = record()
    assert (run.engine, run.arguments, run.environment, run.is_over, run.is_in_place) == (
        "process",
        ("1",),
        None,
        False,
        False,
    )
    assert run.seconds is None
    ended = record(
        state="Completed", started=NOW, ended=NOW + timedelta(seconds=2), definition=Environment("e", version=3)
    )
    assert (ended.seconds, ended.environment, ended.is_over) == (2.0, "e:3", True)
    places = (run.outputs_directory, run.logs_directory, run.log_path, run.metrics_directory, run.record_directory)
    assert [path.relative_to("/r").as_posix() for path in (*places, run.alive_path)] == [
        "outputs",
        "logs",
        "user_logs/std_log.txt",
        "mlflow",
        "record",
        "alive.lock",
    ]


def test_metrics_as_azure_gives_them() -> None:
    assert Metric("mse", (MetricValue(1.0),)).plain == 1.0
    several = Metric("mse", (MetricValue(1.0), MetricValue(0.5)))
    assert (several.plain, several.last) == ([1.0, 0.5], 0.5)
