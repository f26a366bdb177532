"""A workspace and a folder of their own for notebooks of the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.v1.webservice import Webservice
from azml_magics.v1.workspace import Workspace

SCORE = """
import json, os

def init():
    global greeting
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "greeting.txt")) as file:
        greeting = file.read()

def run(raw_data):
    print("asked for", raw_data)
    return {greeting: 1 / json.loads(raw_data)["by"]}
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a notebook, which is the current one, with ``score.py`` and a file for a model."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "score.py").write_text(SCORE)
    (folder / "greeting.txt").write_text("hello")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("AZML_WORKSPACE", str(folder / ".azml"))
        patch.delenv("AZML_ENGINE", raising=False)
        yield folder


@pytest.fixture(scope="module")
def ws(notebook: Path) -> Iterator[Workspace]:
    """The workspace; whatever was deployed in it is ended."""
    assert notebook.is_dir()
    workspace = Workspace.from_config()
    yield workspace
    for service in Webservice.list(workspace):
        service.delete()
