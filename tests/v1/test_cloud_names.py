"""What notebooks say to clusters, diagnostics and services of a cloud: it has no effect, and does not stop them."""

from __future__ import annotations

import pytest

from azml_magics.build.failure import CAUSES
from azml_magics.errors import BuildError
from azml_magics.v1.authentication import ArmTokenAuthentication, ServicePrincipalAuthentication
from azml_magics.v1.checked import AzureMLWarning
from azml_magics.v1.compute import AksCompute, AmlCompute, ComputeTarget, RemoteCompute, ResourceConfiguration
from azml_magics.v1.diagnostics import diagnostic_log, set_diagnostics_collection
from azml_magics.v1.exceptions import NotSupportedLocally, WebserviceException
from azml_magics.v1.experiment import Experiment
from azml_magics.v1.model import Model
from azml_magics.v1.offline_run import OfflineRun
from azml_magics.v1.runconfig import RunConfiguration
from azml_magics.v1.webservice import LocalWebservice
from azml_magics.v1.workspace import Workspace


def test_clusters_are_this_machine(ws: Workspace) -> None:
    with pytest.warns(AzureMLWarning, match="'cpu-cluster' is this machine"):
        cluster = ComputeTarget.create(ws, "cpu-cluster", AmlCompute.provisioning_configuration(vm_size="D2"))
    cluster.wait_for_completion(show_output=True, min_node_count=0, timeout_in_minutes=10)
    assert cluster.get_status() == "Succeeded"
    assert cluster.status.serialize()["currentNodeCount"] == 1
    assert cluster.get_status().provisioning_state == cluster.serialize()["provisioningState"] == "Succeeded"
    assert cluster.provisioning_errors is None
    cluster.update(max_nodes=4)
    cluster.refresh_state()
    assert AmlCompute.supported_vmsizes(workspace=ws)[0]["name"] == "local"
    assert cluster.list_nodes() == []
    cluster.delete()
    assert "gpu" not in ws.compute_targets
    with pytest.warns(AzureMLWarning):
        assert ws.compute_targets["gpu"].name == "gpu"
    with pytest.warns(AzureMLWarning):
        assert RemoteCompute.attach(ws, "vm", username="me", address="example.com").name == "vm"
    with pytest.raises(NotSupportedLocally, match="nobody signs in"):
        _ = AksCompute.here(ws).get_credentials
    configuration = AksCompute.provisioning_configuration(location="eastus2")
    configuration.vnet_name = "mine"
    configuration.enable_ssl(leaf_domain_label="example")
    assert (configuration.location, configuration["vnet_name"], configuration.agent_count) == ("eastus2", "mine", None)
    resources = ResourceConfiguration(cpu=1, memory_in_gb=0.5)
    assert ResourceConfiguration.deserialize(resources.serialize()).memory_in_gb == 0.5
    settings = RunConfiguration(framework="python")
    settings.amlcompute.vm_size = "STANDARD_D2_V2"
    settings.spark.configuration["spark.app.name"] = "example"


def test_what_is_asked_of_a_class_is_answered_too() -> None:
    with pytest.raises(NotSupportedLocally, match="experiments are there as long as they have runs"):
        Experiment.delete(None, "id")  # type: ignore[operator]  # what it answers is an error
    with pytest.raises(NotSupportedLocally, match="azml strategies"):
        Model.profile()  # type: ignore[operator]
    assert not hasattr(Model, "profile")
    with pytest.raises(AttributeError, match=r"(?s)no attribute 'get_model_pth'.*get_model_path"):
        _ = Model.get_model_pth


def test_nothing_is_sent(ws: Workspace) -> None:
    set_diagnostics_collection(send_diagnostics=True)
    with diagnostic_log("azureml.log", context_name="c") as log:
        log.start_capture()
    ArmTokenAuthentication("x").update_arm_access_token("y")
    with pytest.raises(NotSupportedLocally, match="nobody to authenticate with"):
        ServicePrincipalAuthentication("tenant", "id", "secret").get_token()
    assert (ws.subscription_id, ws.resource_group) == ("local", "local")


def test_a_scripts_message_shows_the_remedy_and_the_cause(ws: Workspace) -> None:
    with pytest.raises(WebserviceException) as error:
        LocalWebservice(ws, "nowhere")
    assert str(error.value).endswith("fix: Webservice.list(ws) shows what there is")
    assert error.value.message == "WebserviceNotFound: there is no service 'nowhere' on this machine"
    error.value.print_stacktrace()
    assert error.value.inner_exception is None


@pytest.mark.parametrize("remedy", [cause.remedy for cause in CAUSES if "%%" in cause.remedy])
def test_a_remedy_names_nothing_that_only_cells_have(remedy: str) -> None:
    error = WebserviceException.of(BuildError("packages cannot be installed", remedy=remedy))
    assert "set_python_version(VERSION)" in str(error)
    assert "%%" not in f"{error} {error.remedy}"


def test_outside_of_a_run_everything_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with OfflineRun() as run:
        run.log_row("row", x=1)
        run.log_image("curve", path="curve.png")
        run.upload_file("outputs/x", "x")
        run.child_run("c").log("mse", 1)
    assert run.get_metrics("row") == {"row": {"x": 1}}
    assert not hasattr(run, "experiment")
    with pytest.raises(NotSupportedLocally, match=r"Workspace\.from_config\(\)"):
        _ = run.experiment
    with pytest.raises(NotSupportedLocally, match="read the files themselves"):
        _ = run.input_datasets
    assert (run.get_status(), run.parent, run.id[:10]) == ("Running", None, "OfflineRun")
    assert "curve.png" in capsys.readouterr().out
