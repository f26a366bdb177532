"""What the documents of Azure leave to the reader: names they presuppose, places they leave open, errors they print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Repair:
    """``old``, as it is printed, cannot run anywhere; ``new`` is what was meant."""

    reason: str
    old: str
    new: str


_IMAGE = Repair(
    "placeholder: the path of an image", "<MCR-path>", '"mcr.microsoft.com/azureml/minimal-py312-inference:latest"'
)
#: Block -> everything that is changed in it. What is not listed here runs as it is printed.
REPAIRS: dict[str, tuple[Repair, ...]] = {
    "000:64": (_IMAGE,),
    "000:100": (_IMAGE,),
    "003:64": (_IMAGE,),
    "003:100": (_IMAGE,),
    "002:92": (
        Repair(
            "typing error: a comma is missing",
            'from_pip_requirements(name = "myenv"\n',
            'from_pip_requirements(name = "myenv",\n',
        ),
    ),
    "004:103": (
        Repair(
            "typing error: LocalWebservice is not imported",
            "from azureml.core.webservice import Webservice\n",
            "from azureml.core.webservice import LocalWebservice, Webservice\n",
        ),
    ),
}

#: Block -> what the document says was done before it: (reason, code).
PRESUPPOSED: dict[str, tuple[str, str]] = {
    "002:231": (
        "env is an environment again: two blocks before it was the variable of a loop",
        'env = Environment.get(workspace=ws, name="AzureML-Minimal")',
    ),
    "002:336": (
        "an experiment; a compute target and a datastore created before",
        """from types import SimpleNamespace
experiment = Experiment(workspace=ws, name="estimators")
compute_target = "cpu-cluster"
ds = SimpleNamespace(as_mount=lambda: "data")""",
    ),
    "002:362": ("the training run has completed", "run.wait_for_completion(show_output=True)"),
    "004:103": (
        "the registered model and environment of the tutorial",
        """from azureml.core import Environment, Model, Workspace
before = Workspace.from_config()
Model.register(before, "sklearn_mnist_model.pkl", "sklearn_mnist")
Environment.load_from_directory("tutorial-env").register(before)""",
    ),
}

#: Block -> what must be true behind it.
EXPECTED: dict[str, str] = {
    "000:64": 'myenv.environment_variables == {"AZUREML_EXTRA_REQUIREMENTS_TXT": "requirements.txt"}',
    "002:58": 'env.name == "AzureML-Minimal"',
    "002:67": '{"AzureML-Minimal", "AzureML-Tutorial"} <= set(envs)',
    "002:92": '"pillow" in str(myenv.python.conda_dependencies)',
    "002:108": '"words=1.0" in myenv.python.conda_dependencies.conda_packages',
    "002:119": 'run.get_status() == "Completed" and run.get_metrics() == {"rows": 3}',
    "002:147": '"numpy==1.17.0" in conda_dep.conda_packages',
    "002:171": '"my-custom" in str(myenv.python.conda_dependencies)',
    "002:190": 'myenv.version == "1"',
    "002:208": "restored_environment.python.conda_dependencies == myenv.python.conda_dependencies",
    "002:231": 'build.status == "Succeeded"',
    "002:252": 'myenv.docker.base_image_registry.address == "your_registry_location"',
    "002:260": "myenv.docker.base_dockerfile == dockerfile",
    "002:284": 'myenv.docker.base_image is None and myenv.python.interpreter_path == "/opt/miniconda/bin/python"',
    "002:304": "run.wait_for_completion()['status'] == 'Completed' and run.get_environment().name == 'myenv'",
    "002:362": """service.run('{"data": 20}') == {"area": 42} and model.run_id == run.id""",
    "004:103": 'local_service.port == 6789 and local_service.state == "running"',
    "004:135": 'resp.text == "[2]"',
    "004:194": "logistic_model.predict([[0.0] * 784]).shape == (1,)",
    "004:221": "sk_model.predict(dataset_x[:1]).shape == (1,)",
    "004:236": 'model.version == 1 and model.tags == {"area": "diabetes", "type": "regression"}',
}
