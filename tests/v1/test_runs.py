"""Runs of the SDK's objects: every one is a process of this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from azml_magics.v1.checked import AzureMLWarning
from azml_magics.v1.conda_dependencies import CondaDependencies
from azml_magics.v1.environment import Environment
from azml_magics.v1.estimator import Chainer, Estimator, Mpi, PyTorch, SKLearn
from azml_magics.v1.exceptions import (
    ActivityFailedException,
    ExperimentExecutionException,
    NotSupportedLocally,
    RunConfigurationException,
    RunEnvironmentException,
    UserErrorException,
)
from azml_magics.v1.experiment import Experiment
from azml_magics.v1.offline_run import OfflineRun
from azml_magics.v1.run import Run
from azml_magics.v1.runconfig import (
    DockerConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
)
from azml_magics.v1.script_run_config import ScriptRunConfig, run_request
from azml_magics.v1.widgets import RunDetails
from azml_magics.v1.workspace import Workspace

TRAIN = """
import os, sys
from azureml.core.run import Run

run = Run.get_context()
for rate in (0.1, 0.2):
    run.log("rate", rate)
run.log("best", 0.2)
run.tag("kind", "ridge")
os.makedirs("outputs", exist_ok=True)
with open("outputs/model.pkl", "w") as file:
    file.write(" ".join(sys.argv[1:]))
print("python", sys.executable)
if "fail" in sys.argv:
    raise ValueError("no data here")
if "wait" in sys.argv:
    import signal
    signal.pause()
"""


@pytest.fixture(scope="module")
def experiment(ws: Workspace, notebook: Path) -> Experiment:
    (notebook / "train.py").write_text(TRAIN)
    return Experiment(ws, "ridge")


@pytest.fixture(scope="module")
def run(experiment: Experiment) -> Run:
    submitted = experiment.submit(ScriptRunConfig(".", "train.py", ["--alpha", 0.5]), tags={"by": "hand"})
    assert submitted.wait_for_completion(show_output=True)["status"] == "Completed"
    return submitted


def test_what_a_run_leaves(ws: Workspace, experiment: Experiment, run: Run, tmp_path: Path) -> None:
    assert run.get_metrics() == {"rate": [0.1, 0.2], "best": 0.2}
    assert run.get_metrics("best") == {"best": 0.2}
    assert run.tags["by"] == "hand"
    assert run.status == run.get_details()["status"] == "Completed"
    assert run.get_details()["runDefinition"]["arguments"] == ["--alpha", "0.5"]
    assert "python" in next(iter(run.get_details_with_logs()["logFiles"].values()))
    assert "outputs/model.pkl" in run.get_file_names()
    run.download_file("outputs/model.pkl", str(tmp_path / "m.pkl"))
    run.download_files("outputs", str(tmp_path / "all"))
    run.download_files("outputs/", str(tmp_path / "some"), append_prefix=False)
    run.download_files("outputs/model", str(tmp_path), output_paths=["named.pkl"])
    copies = [tmp_path / name for name in ("m.pkl", "all/outputs/model.pkl", "some/model.pkl", "named.pkl")]
    assert [copy.read_text() for copy in copies] == ["--alpha 0.5"] * 4
    with pytest.raises(UserErrorException, match="1 output_paths for 2 files"):
        run.download_files(output_paths=["one"])
    with pytest.raises(UserErrorException):
        run.download_file("outputs/none.pkl")
    model = run.register_model("ridge", "outputs/model.pkl", tags={"alpha": 0.5}, description="d")
    assert (model.version, model.run_id, model.tags) == (1, run.id, {"alpha": "0.5"})
    assert model.run is not None
    assert (model.run.id, model.experiment_name) == (run.id, "ridge")
    assert [item.id for item in experiment.get_runs()] == [run.id]
    assert [*experiment.get_runs(tags={"by": "nobody"})] == []
    assert Run.get(ws, run.id).id == Run(experiment, run.id).id == run.id
    assert [*ws.experiments] == ["ridge"]
    assert [each.name for each in Experiment.list(ws, "ridge")] == ["ridge"]
    assert Experiment.list(ws, "another") == Experiment.list(ws, tags=["a"]) == []
    assert f"Id: {run.id}" in repr(run)
    with pytest.raises(RunEnvironmentException):
        Run.get(ws, "ridge_1_2")


def test_the_environment_of_a_run_and_of_the_newest(run: Run) -> None:
    assert run.get_environment().name == "default-environment"
    assert Run.get_environment().name == "default-environment"


def test_a_run_that_fails_says_where(experiment: Experiment) -> None:
    failed = experiment.submit(ScriptRunConfig(".", command=["python", "train.py", "fail"]))
    with pytest.raises(ActivityFailedException, match="no data here") as error:
        failed.wait_for_completion()
    assert "train.py, line 15" in str(error.value)
    assert failed.wait_for_completion(raise_on_error=False)["status"] == "Failed"
    for name, told in (
        ("sklearn.externals", "write import joblib"),
        ("pandaz", r"ScriptRunConfig\(\.\.\., environment="),
    ):
        Path("old.py").write_text(f"raise ModuleNotFoundError(\"No module named '{name}'\")")
        with pytest.raises(ActivityFailedException, match=f"fix: .*{told}"):
            experiment.submit(ScriptRunConfig(".", "old.py")).wait_for_completion()
    with pytest.raises(ExperimentExecutionException, match=r"nowhere\.py"):
        experiment.submit(ScriptRunConfig(".", "nowhere.py"))
    with pytest.raises(ExperimentExecutionException, match="fix: name a source_directory that holds it"):
        experiment.submit(ScriptRunConfig("nowhere", "train.py"))


def test_a_run_is_cancelled(experiment: Experiment) -> None:
    waiting = experiment.submit(ScriptRunConfig(".", "train.py", ["wait"]))
    waiting.cancel()
    assert waiting.get_status() == "Canceled"


def test_a_run_without_a_script(experiment: Experiment) -> None:
    with experiment.start_logging() as run:
        run.log("loss", 0.5)
        run.log_list("losses", [1, 2])
        run.log_row("row", a=1)
        for angle in (1, 2):
            run.log_row("rows", angle=angle, cosine=-angle)
        run.tag("kind", "hand")
        assert run.get_status() == "Running"
    assert run.get_status() == "Completed"
    assert run.get_metrics() == {
        "loss": 0.5,
        "losses": [1, 2],
        "row": {"a": 1},
        "rows": {"angle": [1, 2], "cosine": [-1, -2]},
    }
    assert run.tags == {"kind": "hand"}
    with pytest.raises(KeyError), experiment.start_logging() as run:
        raise KeyError("no data")
    assert run.get_status() == "Failed"
    assert run.get_details()["error"] == "KeyError('no data')"


def test_what_a_notebook_trains_itself_is_kept(
    experiment: Experiment, notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = experiment.start_logging(snapshot_directory=None)
    (notebook / "outputs" / "model.pkl").write_text("trained here")
    (notebook / "picture.png").write_text("a picture")
    run.upload_file("picture.png", "picture.png")
    run.upload_folder("outputs/source", "outputs")
    run.log_image("loss", path="picture.png")
    run.take_snapshot("./")
    run.add_properties({"author": "me"})
    with pytest.raises(UserErrorException, match="'author' is set"):
        run.add_properties({"author": "you"})
    run.tag("worth another look")
    with run.child_run(name="fold 1") as child:
        child.log("mse", 0.5)
    (fold,) = run.create_children(tag_key="fold", tag_values=[2])
    with fold, fold.child_run() as inner:
        inner.log("mse", 0.25)
    run.complete()
    assert [each.id for each in run.get_children()] == [fold.id, child.id]
    assert [each.id for each in run.get_children(tags={"fold": "2"}, status="Completed")] == [fold.id]
    assert {each.id for each in run.get_children(recursive=True)} == {fold.id, child.id, inner.id}
    assert not {fold.id, child.id, inner.id} & {each.id for each in experiment.get_runs()}
    assert {fold.id, child.id, inner.id} <= {each.id for each in experiment.get_runs(include_children=True)}
    names = ["model.pkl", "picture.png", "loss.png", "source/model.pkl"]
    assert {f"outputs/{name}" for name in names} <= {*run.get_file_names()}
    assert run.register_model("here", "./outputs/model.pkl").run_id == run.id
    (notebook / "picture.png").write_text("another one")
    for _ in range(2):  # a notebook is run more than once
        run.download_file("picture.png")
        assert (notebook / "picture.png").read_text() == "a picture"
    assert run.register_model("picture", "picture.png").name == "picture"
    found = experiment.get_runs(tags="worth another look", properties={"author": "me"})
    assert [each.id for each in found] == [run.id]
    with pytest.raises(UserErrorException, match="no name below"):
        run.upload_file("../x", "picture.png")
    with pytest.raises(FileNotFoundError, match=r"no file nowhere\.png, to be kept as outputs/loss\.png"):
        run.log_image("loss", path="nowhere.png")
    RunDetails(child).show()
    assert "mse: 0.5" in capsys.readouterr().out


def test_packages_that_the_user_manages_are_those_of_this_python(experiment: Experiment) -> None:
    environment = Environment("mine")
    environment.python.user_managed_dependencies = True
    run = experiment.submit(ScriptRunConfig(".", "train.py", environment=environment))
    assert run.wait_for_completion()["status"] == "Completed"
    assert f"python {sys.executable}" in next(iter(run.get_details_with_logs()["logFiles"].values()))
    assert run.get_environment().python.user_managed_dependencies


def test_what_is_asked_for(ws: Workspace) -> None:
    config = ScriptRunConfig("src", "train.py", ["--a", 1], compute_target="local", environment=Environment("asked"))
    config.run_config.history.snapshot_project = False
    config.run_config.environment_variables = {"A": "1"}
    request = run_request(config, ws, "e", {"t": 1})
    assert (request.environment, request.engine, request.snapshot) == ("asked:1", "process", False)
    assert (request.environment_variables, request.tags) == ((("A", "1"),), (("t", "1"),))
    config.run_config.docker = DockerConfiguration(use_docker=True)
    assert run_request(config, ws, "e", None).engine == "docker"
    config = ScriptRunConfig("src", command="python train.py --rate 0.1")
    assert run_request(config, ws, "e", None).arguments == ("--rate", "0.1")
    for command in ("bash train.sh", "python", "python -m train"):
        with pytest.raises(RunConfigurationException, match="no Python script"):
            run_request(ScriptRunConfig("src", command=command), ws, "e", None)
    with pytest.raises(RunConfigurationException, match="no script"):
        run_request(ScriptRunConfig("src"), ws, "e", None)
    with pytest.raises(UserErrorException, match="exclude each other"):
        ScriptRunConfig("src", "train.py", command="python train.py")
    with pytest.warns(AzureMLWarning, match="'gpu-cluster' is this machine"):
        assert ScriptRunConfig("src", "train.py", compute_target="gpu-cluster").run_config.target == "local"
    with pytest.warns(AzureMLWarning, match="one process"):
        MpiConfiguration(node_count=4)
    assert (MpiConfiguration(1, 1).node_count, TensorflowConfiguration(1, 1).worker_count) == (1, 1)
    assert PyTorchConfiguration("Gloo").communication_backend == "Gloo"
    packages = CondaDependencies.create(pip_packages=["joblib"])
    said = RunConfiguration("train.py", conda_dependencies=packages, command=["python", "train.py"])
    assert said.environment.python.conda_dependencies is packages
    assert (said.script, said.command, said.framework) == ("train.py", ["python", "train.py"], "Python")
    said.environment.docker.gpu_support = False
    with pytest.warns(AzureMLWarning, match="gpu_support has no effect"):
        said.environment.docker.gpu_support = True
    with pytest.raises(AttributeError, match="targt"):
        RunConfiguration().targt = "local"


def test_estimators_hold_script_and_packages(ws: Workspace, notebook: Path) -> None:
    (notebook / "requirements.txt").write_text("pandas\n")
    with pytest.warns(AzureMLWarning, match="vm_size"):
        estimator = SKLearn(
            ".",
            entry_script="train.py",
            script_params={"--alpha": 0.5, "--verbose": ""},
            pip_packages=["numpy"],
            framework_version="1.7.2",
            environment_variables={"A": "1"},
            vm_size="STANDARD",
        )
    assert estimator.conda_dependencies is not None
    assert estimator.conda_dependencies.pip_packages == ("azureml-defaults", "joblib", "numpy", "scikit-learn==1.7.2")
    request = run_request(estimator.script_run_config, ws, "e", None)
    assert request.arguments == ("--alpha", "0.5", "--verbose")
    assert request.environment == "train-environment:1"
    with pytest.warns(AzureMLWarning) as warned:
        Chainer(".", entry_script="train.py", distributed_training=Mpi(process_count_per_node=2))
    told = [str(each.message) for each in warned]
    assert "nodes and processes" in told[0]
    assert "distributed_training is not used" in told[1]
    former = Estimator(".", entry_script="train.py", pip_requirements_file_path="requirements.txt")
    assert former.conda_dependencies is not None
    assert former.conda_dependencies.pip_packages == ("pandas",)
    listed = Estimator(".", entry_script="train.py", pip_requirements_file="requirements.txt")
    assert listed.conda_dependencies is not None
    assert listed.conda_dependencies.pip_packages == ("pandas",)
    with pytest.raises(RunConfigurationException, match="no script"):
        Experiment(ws, "e").submit(PyTorch("."))
    with pytest.raises(NotSupportedLocally, match="object"):
        Experiment(ws, "e").submit(object())  # type: ignore[arg-type]  # what somebody else made


def test_outside_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.get_context()
    assert isinstance(run, OfflineRun)
    run.log("loss", 0.5)
    run.flush()
    assert run.get_metrics() == {"loss": 0.5}
    assert "loss" in capsys.readouterr().out
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)
