"""``%azml v1``: whose names ``import azureml.core`` means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CELLS = """
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
shell.run_line_magic("load_ext", "azml_magics")
run = lambda line: print(shell.run_line_magic("azml", line))
run("v1 status")
run("v1 on")
import azureml.core, azureml.exceptions
print(azureml.core.Workspace.__module__, azureml.core.VERSION)
run("v1 status --json")
shell.run_cell_magic("environment", "declared", "python: '3.11'")
print(azureml.core.Environment.get(azureml.core.Workspace.from_config(), "declared").name)
run("v1 off")
try:
    import azureml.core
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.mark.parametrize("is_real", [False, True])
def test_the_names_are_ours_only_where_the_real_ones_are_not_there(tmp_path: Path, is_real: bool) -> None:
    if is_real:
        core = tmp_path / "azureml" / "core"
        core.mkdir(parents=True)
        (core / "__init__.py").write_text("class Workspace: pass\nVERSION = 'real'\n")
        (core.parent / "exceptions.py").touch()
    environment = {"PATH": "/usr/bin", "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", CELLS]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    lines = ended.stdout.splitlines()
    if is_real:
        assert lines[0] == lines[1] == "azureml-core is installed here, and is left as it is", ended.stderr
        assert lines[2] == "azureml.core real"
        assert '"is_on": false,' in lines[4]
        assert "has no attribute 'Environment'" in ended.stderr
        return
    nothing = "import azureml.core means nothing here: %azml v1 on"
    assert lines[:2] == [nothing, "import azureml.core means azml_magics.v1 here"], ended.stderr
    assert lines[2] == "azml_magics.v1.workspace 1.61.0"
    assert '"is_on": true,' in lines[4]
    assert "declared" in lines
    assert lines[-2:] == [nothing, "No module named 'azureml'"]
