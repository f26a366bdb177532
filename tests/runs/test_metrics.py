"""What a script logs through MLflow or Azure's Run is read back, whatever it logs with."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.model import Model
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.run import RunRecord, RunRequest
from azml_magics.runs import models
from azml_magics.session import Session
from azml_magics.workspace.workspace import Workspace
from tests.require import require
from tests.runs.conftest import Submit, failure_of

MLFLOW = """\
import mlflow, sys
if "own" in sys.argv:
    mlflow.set_experiment("an experiment of its own")
with mlflow.start_run():
    mlflow.log_params({"alpha": 0.5, "solver": "lsqr"})
    for step in range(3):
        mlflow.log_metric("train/mse", 1 / (step + 1), step=step)
    mlflow.log_metric("worst", float("inf"))
    mlflow.set_tag("kind", "ridge")
    with open("model.txt", "w") as file:
        file.write("model")
    mlflow.log_artifact("model.txt", "model")
    with mlflow.start_run(nested=True):
        mlflow.log_metric("fold", 1.0)
"""
RUN = """\
from azureml.core import Run
from azureml.core.run import Run as Same

run = Run.get_context()
assert run is Same.get_context() and run.parent is None
print(run.id, run.experiment.name)
run.log("mse", 1.0)
run.log("mse", 0.5)
run.log_list("curve", [1, 2])
run.log_row("limits", low=1, high=float("nan"))
run.tag("kind", "ridge")
run.add_properties({"author": "me"})
open("model.pkl", "w").write("model")
run.upload_file("model.pkl", "model.pkl")
run.upload_file("logs/told.txt", "model.pkl")
run.register_model("diabetes", "outputs/model.pkl", tags={"area": "x"}, description="ridge")
run.register_model("missing", "outputs/nothing.pkl")
assert run.get_metrics() == {"mse": [1.0, 0.5], "curve": [1, 2], "limits": run.get_metrics()["limits"]}
assert run.get_file_names() == ["logs/told.txt", "outputs/model.pkl"]
run.complete()
"""


def test_metrics_through_mlflow_are_read_back(session: Session, folder: Path) -> None:
    environment = Environment("with-mlflow", requirements=parse_requirements("mlflow-skinny>=3"))
    (folder / "train.py").write_text(MLFLOW)
    for arguments in ((), ("own",)):
        record = session.runs.submit(RunRequest("train.py", arguments), environment=environment)
        details = session.runs.details(record.id)
        metrics = {metric.name: metric for metric in details.metrics}
        assert sorted(metrics) == ["train/mse", "worst"]
        assert [(item.value, item.step) for item in metrics["train/mse"].values] == [(1.0, 0), (0.5, 1), (1 / 3, 2)]
        assert metrics["worst"].last == math.inf
        assert details.parameters == (("alpha", "0.5"), ("solver", "lsqr"))
        assert details.tags == (("kind", "ridge"),)
        assert details.child_runs == 1
        assert details.files == ("model/model.txt", "user_logs/std_log.txt")
        model = session.runs.register_model(record.id, "from-mlflow", "model")
        assert model.is_folder


def test_a_store_that_is_half_written_or_strange_gives_what_can_be_read(session: Session) -> None:
    record = session.runs.start_interactive("by-hand")
    run = record.metrics_directory / "1" / "abc"
    for folder in ("metrics", "params", "tags"):
        (run / folder).mkdir(parents=True)
    (run / "meta.yaml").write_text("start_time: 1\n")
    (run / "metrics" / "mse").write_text(
        "1700000000000 0.5 1\nnot a line\n1700000000001 0.25\n99999999999999999999 1\n"
    )
    strange = record.metrics_directory / "1" / "strange"
    strange.mkdir()
    (strange / "meta.yaml").write_text("[: not YAML")
    with (record.record_directory / "events.jsonl").open("wb") as file:
        file.write(b'{"kind": "metric", "name": "told", "value": 1}\n[1]\n{"kind": "metric", "na')
    assert session.runs.metric_values(record.id) == {"mse": [0.5, 0.25], "told": 1}


def test_a_run_that_has_completed_has_its_models_and_tags(
    session: Session, run_script: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, object]] = []
    register = models.register_told_model

    def look(workspace: Workspace, record: RunRecord, told: Mapping[str, object]) -> Model:
        known = session.workspace.runs.get(record.id)
        seen.append((known.state, dict(known.tags)))
        return register(workspace, record, told)

    monkeypatch.setattr(models, "register_told_model", look)
    script = """\
from azureml.core import Run
run = Run.get_context()
run.tag("kind", "ridge")
open("outputs/m.pkl", "w").close()
run.register_model("m", "outputs/m.pkl")
"""
    record = run_script(script)
    assert seen == [("Running", {"kind": "ridge"})]
    assert session.runs.details(record.id).models == ("m:1",)


def test_run_stands_in_where_there_is_no_azureml_core(session: Session, run_script: Submit) -> None:
    record = run_script(RUN, experiment="diabetes-ridge")
    said, missing = session.runs.logs(record.id)
    assert said == f"{record.id} diabetes-ridge"
    assert missing.startswith("model missing was not registered: ")
    assert (record.state, record.error) == ("Completed", missing)
    values = session.runs.metric_values(record.id)
    assert values["mse"] == [1.0, 0.5]
    assert values["curve"] == [1, 2]
    assert record.tags == (("kind", "ridge"),)
    assert record.properties == (("author", "me"),)
    model = session.models.get("diabetes")
    assert (dict(model.properties)["azml.run_id"], model.description) == (record.id, "ridge")


def test_a_script_may_say_that_it_failed(run_script: Submit) -> None:
    script = "from azureml.core import Run\nRun.get_context().fail('the data is too old')"
    assert "the data is too old" in failure_of(lambda: run_script(script)).brief


def test_the_rest_of_azureml_core_is_refused_with_what_to_do(run_script: Submit) -> None:
    error = failure_of(lambda: run_script("from azureml.core.compute import AmlCompute"))
    assert "instead: add azureml-core to the packages of the environment" in error.exception
    assert not error.remedy
    error = failure_of(
        lambda: run_script(
            "from azureml.core import Run\nRun.get_context().experiment.workspace.get_default_datastore()"
        )
    )
    assert "instead: read the files themselves" in error.exception


def test_a_real_azureml_core_wins(session: Session, run_script: Submit, tmp_path: Path) -> None:
    core = tmp_path / "real" / "azureml" / "core"
    core.mkdir(parents=True)
    (core / "__init__.py").write_text("Run = 'the real one'")
    path = (("PYTHONPATH", str(tmp_path / "real")),)
    record = run_script("from azureml.core import Run\nprint(Run)", environment_variables=path)
    assert list(session.runs.logs(record.id)) == ["the real one"]


@pytest.mark.parametrize("python", ["3.8", "3.9", "3.13"])
def test_launcher_and_stand_in_run_on_every_python(python: str, tmp_path: Path) -> None:
    from azml_magics.build.uv_calls import find_interpreter
    from azml_magics.engines.run_process import RUNNING

    program = find_interpreter(python)
    if program is None:
        require(f"python{python}")
    (tmp_path / "outputs").mkdir()
    (tmp_path / "train.py").write_text(RUN.replace("print(run.id, run.experiment.name)\n", ""))
    specification = tmp_path / "launch.json"
    command = f'["{program}", "{RUNNING / "script.py"}", "train.py"]'
    specification.write_text(f'{{"command": {command}, "record": "{tmp_path}"}}')
    ran = subprocess.run(
        [program, "-I", str(RUNNING / "launch.py"), str(specification)],
        cwd=tmp_path,
        env={"AZML_RUN_RECORD": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert '"exit_code": 0' in (tmp_path / "result.json").read_text()


def test_outside_of_a_run_the_stand_in_prints(tmp_path: Path) -> None:
    from azml_magics.engines.run_process import RUNNING

    script = "from azureml.core import Run\nrun = Run.get_context()\nrun.log('mse', 1)\nprint(run.id[:10])"
    shim = tmp_path / "shim"
    shutil.copytree(RUNNING / "azureml_shim", shim)
    ran = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(shim)}, capture_output=True, text=True, check=True
    )
    said, offline = ran.stdout.splitlines()
    assert '"name": "mse"' in said
    assert offline == "OfflineRun"
