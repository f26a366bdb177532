"""What scripts written for the SDK import and call in a run, where azureml-core is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from azml_magics.engines.run_process import RUNNING
from azml_magics.v1.exceptions import ExistingPathException, SnapshotException
from azml_magics.v1.experiment import Experiment
from azml_magics.v1.model import Model
from azml_magics.v1.run import Run, get_run
from azml_magics.v1.script_run_config import ScriptRunConfig
from azml_magics.v1.workspace import Workspace

TRAIN = """
import os
import azureml.core
from azureml.core import Dataset, Datastore, Experiment, Run, Workspace
from azureml.core.authentication import InteractiveLoginAuthentication
from azureml.core.dataset import Dataset as SameDataset
from azureml.core.model import Model
from azureml.core.run import _OfflineRun, get_run
from azureml.core.workspace import Workspace as SameWorkspace

print(azureml.core.VERSION)
run = Run.get_context(allow_offline=False)
ws = Workspace.from_config() if isinstance(run, _OfflineRun) else run.experiment.workspace
print(ws.name, ws.resource_group, run.get_portal_url()[:7], InteractiveLoginAuthentication(tenant_id="t") is None)
for number, child in enumerate(run.create_children(count=2)):
    child.log("mse", number)
    child.complete()
with run.child_run("best") as child:
    child.log("mse", 0.25)
    child.tag("kind", "ridge")
    with open("weights.txt", "w") as file:
        file.write("1 2 3")
    child.upload_file("weights.txt", "weights.txt")
    assert child.parent is run and child.get_metrics() == {"mse": 0.25}
assert ws.get_mlflow_tracking_uri().startswith("file:")
print([child.parent.id == run.id for child in run.create_children(tag_key="fold", tag_values=[1])])
model = Model.register(workspace=ws, model_path="weights.txt", model_name="weights", tags={"kind": "ridge"})
print(model.name, model.version, Model.get_model_path("weights.txt"), get_run(run.experiment, run.id) is run)
"""


@pytest.fixture(scope="module")
def run(ws: Workspace, notebook: Path) -> Run:
    (notebook / "source").mkdir()
    (notebook / "source" / "train.py").write_text(TRAIN)
    submitted = Experiment(ws, "scripts").submit(ScriptRunConfig("source", "train.py"))
    submitted.wait_for_completion(raise_on_error=False)
    return submitted


def test_what_a_script_may_use(run: Run, ws: Workspace) -> None:
    (said,) = run.get_details_with_logs()["logFiles"].values()
    assert run.get_status() == "Completed", said
    assert said.splitlines() == [
        "1.61.0",
        "local local file:// False",
        "[True]",
        "weights None weights.txt True",
    ]
    assert run.get_metrics() == {"child 1/mse": 0, "child 2/mse": 1, "best/mse": 0.25}
    assert run.get_tags()["best/kind"] == "ridge"
    assert {"outputs/best/weights.txt", "outputs/weights.txt"} <= {*run.get_file_names()}
    model = Model(ws, "weights")
    assert (model.version, model.tags["kind"], model.run_id) == (1, "ridge", run.id)


def test_the_source_of_a_run_is_had_again(run: Run, ws: Workspace, tmp_path: Path) -> None:
    assert run.get_snapshot_id() == run.id
    again = Path(run.restore_snapshot(path=str(tmp_path / "again")))
    assert (again / "train.py").read_text() == TRAIN
    assert not (again / "outputs").exists()
    beside = Path(run.restore_snapshot(path=str(again)))
    assert (beside, (beside / "train.py").read_text()) == (again / run.id, TRAIN)
    with pytest.raises(ExistingPathException):
        run.restore_snapshot(path=str(again))
    with pytest.raises(SnapshotException, match="leave snapshot_id out"):
        run.restore_snapshot("another", str(tmp_path / "other"))
    with pytest.raises(SnapshotException, match="no copy"):
        run.experiment.start_logging().restore_snapshot(path=str(tmp_path / "other"))
    (log,) = run.get_all_logs(str(tmp_path / "logs"))
    assert Path(log).read_text().startswith("1.61.0")
    assert get_run(run.experiment, run.id).portal_url == run.get_portal_url()


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("import azureml.mlflow", "instead: leave it out: MLflow logs into the local run by itself"),
        ("from azureml.data import x", "instead: read the files themselves"),
        ("from azureml.core.compute import AmlCompute", "instead: add azureml-core to the packages"),
        ("from azureml.core.dataset import Nothing", "azureml.core.dataset.Nothing is not there in a local run"),
        ("from azureml.core import Nothing", "azureml.core.Nothing is not there in a local run; instead: add"),
        (
            "from azureml.core import Dataset\nDataset.get_by_name(None, 'x')",
            "Dataset.get_by_name is not there in a run",
        ),
        ("from azureml.core import Datastore\nDatastore(None, 'x')", "instead: read the files themselves"),
        ("from azureml.core import Run\nRun.get_context().input_datasets", "instead: read the files themselves"),
        ("from azureml.core import Run\nRun.get_context().get_secret('x')", "instead: read an environment variable"),
        ("from azureml.core import Workspace\nWorkspace.from_config().datasets", "instead: read the files themselves"),
        ("from azureml.core import Experiment\nExperiment(None, 'e').submit", "use it in the notebook"),
        ("from azureml.core import Model\nModel(None, 'm').download", "instead: use it in the notebook, or azml model"),
        ("from azureml.core import Model\nModel.get_model_path('m')", "instead: download it before"),
        ("from azureml.core import Run\nassert hasattr(Run.get_context(), 'input_datasets')", "AssertionError"),
    ],
)
def test_what_is_not_there_in_a_run_says_what_to_use_instead(script: str, answer: str, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(script)
    environment = {"AZML_RUN_RECORD": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-I", str(RUNNING / "script.py"), "train.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert answer in ran.stderr.splitlines()[-1]
