"""Environments of the SDK's objects as Azure's files: what was recorded comes back, a plain one is written exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from azml_magics.v1.environment import Environment
from tests.require import require

VECTORS = Path(__file__).parents[2].parent / "shared" / "contract" / "vectors" / "environments"
CASES = sorted(path.parent.name for path in VECTORS.glob("*/azureml_environment.json"))


def read(folder: Path) -> dict[str, Any]:
    """Every file by what it says."""
    return {
        path.name: yaml.safe_load(path.read_text()) if path.suffix in (".json", ".yml") else path.read_text()
        for path in folder.iterdir()
        if not path.name.startswith("_")
    }


def without_credentials(files: dict[str, Any]) -> dict[str, Any]:
    files["azureml_environment.json"]["docker"]["baseImageRegistry"].update(username=None, password=None)
    return files


def test_a_plain_environment_is_written_as_azure_writes_it(tmp_path: Path) -> None:
    if not CASES:
        require("vectors")
    written = json.loads((VECTORS / "default" / "azureml_environment.json").read_text())["name"]
    Environment(written).save_to_directory(str(tmp_path / "saved"))
    saved, wanted = tmp_path / "saved", VECTORS / "default"
    name = "azureml_environment.json"
    assert (saved / name).read_text() == (wanted / name).read_text()
    assert read(saved) == read(wanted)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore")
def test_what_azure_wrote_is_loaded_and_written_again_equal(tmp_path: Path, case: str) -> None:
    loaded = Environment.load_from_directory(str(VECTORS / case))
    assert isinstance(loaded, Environment)
    loaded.save_to_directory(str(tmp_path / "saved"))
    assert read(tmp_path / "saved") == without_credentials(read(VECTORS / case))


def test_the_files_of_requirements_and_specifications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Azure makes them, but for comments and lines that are no packages."""
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text("# the model\nnumpy==2.2.6\n\npandas\n")
    made = Environment.from_pip_requirements("a", "list.txt", pip_version="24.0")
    assert made.environment_variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
    assert made.python.conda_dependencies is not None
    assert made.python.conda_dependencies.conda_packages == ("python=3.8.13", "pip=24.0")
    assert made.python.conda_dependencies.pip_packages == ("numpy==2.2.6", "pandas")
    image = Environment.from_docker_image("b", "team/base:1", pip_requirements="list.txt")
    assert (image.docker.base_image, image.python.user_managed_dependencies) == ("team/base:1", False)
    assert Environment.from_docker_image("c", "team/base:1").python.user_managed_dependencies
    Path("Dockerfile").write_text("FROM team/base:1\n")
    with Path("Dockerfile").open() as file:
        assert Environment.from_dockerfile("d", file).docker.base_dockerfile == "FROM team/base:1\n"
    with pytest.raises(FileNotFoundError):
        Environment.from_pip_requirements("e", "nowhere.txt")
