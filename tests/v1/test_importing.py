"""``import azureml...`` by the table of names, and what is not in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from azml_magics.v1.modules import MODULES

INSTALLED = "import importlib, azml_magics.v1.install as names\nassert names.status().is_on\n"


def told(folder: Path, code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", INSTALLED + code], cwd=folder, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


def test_every_name_of_the_table_can_be_imported(tmp_path: Path) -> None:
    statements = [
        f"from {module} import {name}\nassert {name}.__doc__ or isinstance({name}, str), '{module}.{name}'"
        for module, names in MODULES.items()
        for name in names
    ]
    plain = [f"import {module}" for module in MODULES]
    assert told(tmp_path, "\n".join([*plain, *statements, "print('all')"])) == "all\n"
    assert not (tmp_path / ".azml").exists()


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("import azureml.pipeline.steps", "azureml.pipeline is not supported locally; instead: write a script"),
        ("from azureml.train.hyperdrive import BanditPolicy", "call submit once for each set of arguments"),
        ("from azureml.core import Datasett", "azureml.core has no Datasett locally: there is ComputeTarget,"),
        ("from azureml.core.nowhere import x", "azureml.core.nowhere is no module of the SDK's that is known here"),
        ("from azureml.core import Dataset\nDataset.Tabular.from_files('x')", "Dataset.Tabular is not supported"),
        ("from azureml.core import Datastore\nDatastore(None, 'x')", "  fix: read the files themselves: give"),
        ("from azureml.core import Experiment\nExperiment.delete(None, 'x')", "fix: experiments are there as long"),
        (
            "from azureml.core import Workspace\nWorkspace('s').get_default_datastore()",
            "fix: read the files themselves",
        ),
        ("from azureml.contrib.services.aml_request import rawhttp", "in a service, where the server brings it"),
        ("from azureml.monitoring import ModelDataCollector", "azml requests shows"),
    ],
)
def test_what_is_not_there_says_what_to_use_instead(tmp_path: Path, statement: str, answer: str) -> None:
    assert answer in told(tmp_path, statement)


def test_it_can_be_undone(tmp_path: Path) -> None:
    code = """
import sys, azureml.core
names.install()
print(names.remove().is_on, 'azureml.core' in sys.modules, names.remove().is_on, names.install().is_on)
import azureml.core
print(azureml.core.Workspace.__module__)
"""
    assert told(tmp_path, code) == "False False False True\nazml_magics.v1.workspace\n"
