"""``Model.get_model_path`` for entry scripts that were written for Azure's SDK."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SERVING = Path(__file__).parents[3] / "azml_magics" / "serving"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for version in (2, 10):
        folder = tmp_path / "azureml-models" / "digits" / str(version)
        folder.mkdir(parents=True)
        (folder / f"model-{version}.pkl").touch()
    (tmp_path / "azureml-models" / "digits" / "2" / "other.pkl").touch()
    return tmp_path


def told(app: Path, code: str) -> str:
    program = f"import sys; sys.path.append({str(SERVING)!r}); import azureml_names; azureml_names.install()\n{code}"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=app, capture_output=True, text=True, check=False, timeout=300
    )
    return (ended.stdout + ended.stderr.strip().rpartition("\n")[2]).strip()


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("'digits'", "azureml-models/digits/10/model-10.pkl"),
        ("'digits', version=10", "azureml-models/digits/10/model-10.pkl"),
        ("'digits', 2", "holds 2 files and folders instead of one: ['model-2.pkl', 'other.pkl']"),
        ("'digits', 3", "Model digits version 3 not found in"),
        ("'letters'", "models of this service: digits"),
    ],
)
def test_the_path_of_a_model(app: Path, call: str, answer: str) -> None:
    assert answer in told(app, f"from azureml.core.model import Model\nprint(Model.get_model_path({call}))")


def test_other_names_say_how_to_get_them(app: Path) -> None:
    assert "Add azureml-core to the packages" in told(app, "from azureml.core import Workspace")
    assert "No module named 'azureml.dataprep'" in told(app, "import azureml.dataprep")


def test_data_is_not_collected(app: Path) -> None:
    code = "from azureml.monitoring import ModelDataCollector as C\nprint(C('m', 'inputs', ['a']).collect([1]))"
    assert told(app, code).splitlines() == [
        "ModelDataCollector m/inputs collects nothing here: see azml requests",
        "(False, 'data is not collected here')",
    ]


def test_what_is_installed_is_found_first(app: Path) -> None:
    real = app / "azureml" / "core"
    real.mkdir(parents=True)
    (real / "model.py").write_text("Model = 'the real one'\n")
    look = f"sys.path.append({str(app)!r})\nfrom azureml.core.model import Model\nprint(Model)"
    assert told(app, look) == "the real one"
