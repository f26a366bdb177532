"""Replays the recorded cases of the images' start script against ``serving/start.py``, with stub pip and conda."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import azml_magics
from tests.contracts.recorded import VECTORS
from tests.require import require

START = Path(azml_magics.__file__).parent / "serving" / "start.py"

#: (script, case) -> why it is not replayed.
NOT_APPLICABLE = {
    ("run_mlflow", "feature flag unset"): "only the mlflow image's script ignores the feature flag",
    ("run_2023", "server not installed"): "newer scripts exit with 100 instead, and so do we (tested below)",
}

#: Said before exit 95: the images announce a sleep of 45 s that we do not make.
SLEEP_LINES = {"Error occurred. Sleeping to send error logs.", "CALL sleep 45"}

#: Runs the start script with the server's distribution faked and ``execve`` printed instead of carried out.
DRIVER = """
import os, runpy, sys
stubs, start, port, with_server = sys.argv[1:]
if with_server == "yes":
    sys.path.append(stubs)
def execve(path, command, environ):
    shown = ("cwd=" + os.getcwd(), "PYTHONPATH=" + environ.get("PYTHONPATH", ""),
             "AZUREML_MODEL_DIR=" + environ.get("AZUREML_MODEL_DIR", ""))
    print("CALL azmlinfsrv " + " ".join(command[2:]), *shown, sep=" | ", flush=True)
    sys.exit(0)
os.execve = execve
sys.argv = [start, port]
runpy.run_path(start, run_name="__main__")
"""

PIP = '#!/bin/sh\necho "CALL pip $*"\n[ -z "$STUB_PIP_FAIL" ]\n'
CONDA = """#!/bin/sh
if [ "$1" = run ]; then echo /opt/userenv; else echo "CALL conda $*"; fi
"""


def read_cases() -> list[dict[str, Any]]:
    path = VECTORS / "image_run_script_cases.json"
    return json.loads(path.read_text())["cases"] if path.exists() else []


CASES = read_cases()


def start(
    tmp_path: Path, environment: dict[str, str], files: list[str], *, server: bool = True
) -> tuple[int, list[str]]:
    """Exit code and lines of the start script; paths become the recording's placeholders."""
    app, stubs, programs = tmp_path / "app", tmp_path / "stubs", tmp_path / "bin"
    for name in files:
        path = app / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("")
    app.mkdir(exist_ok=True)
    (stubs / "azureml_inference_server_http").mkdir(parents=True)
    (stubs / "azureml_inference_server_http" / "__init__.py").write_text("")
    info = stubs / "azureml_inference_server_http-9.9.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: azureml-inference-server-http\nVersion: 9.9.9\n")
    programs.mkdir()
    for name, text in (("pip", PIP), ("conda", CONDA)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    finished = subprocess.run(
        [sys.executable, "-c", DRIVER, str(stubs), str(START), "31311", "yes" if server else "no"],
        env={"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "AML_APP_ROOT": str(app), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [line.split(" | gunicorn/run | ")[-1].replace(str(app), "<APP>") for line in finished.stdout.splitlines()]
    lines = [re.sub(r"\S*/copied_env_[^.]*\.yaml", "<tmp>/copied_env_<N>.yaml", line) for line in lines]
    return finished.returncode, lines


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if (case["script"], case["case"]) not in NOT_APPLICABLE],
    ids=lambda case: f"{case['script']}: {case['case']}",
)
def test_recorded_start(case: dict[str, Any], tmp_path: Path) -> None:
    environment = dict(case["env"])
    if case["script"] == "run_mlflow":
        # That image sets this variable itself, from AZUREML_MODEL_DIR (AZUREML.md 2.2).
        environment["AZUREML_EXTRA_CONDA_YAML_ABS_PATH"] = "/mlflow_model_folder/conda.yaml"
    code, lines = start(tmp_path, environment, case["files"])
    expected = [line for line in case["lines"] if line not in SLEEP_LINES]
    if case["exit"] == 95:
        assert lines[-1].startswith("Error occurred: ")
        lines = lines[:-1]
    if not environment.get("AZUREML_INFERENCE_SERVER_HTTP_ENABLED"):
        lines = [line for line in lines if line.startswith("CALL")]
    assert (code, lines) == (case["exit"], expected)


def test_every_recorded_start_is_replayed_or_listed() -> None:
    if not CASES:
        require("vectors")
    assert set(NOT_APPLICABLE) <= {(case["script"], case["case"]) for case in CASES}
    print(f"recorded start-script cases replayed: {len(CASES) - len(NOT_APPLICABLE)} of {len(CASES)}")


def test_a_missing_server_ends_with_100(tmp_path: Path) -> None:
    code, lines = start(tmp_path, {"AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True"}, [], server=False)
    assert code == 100
    assert "azureml-inference-server-http is not installed" in lines[-1]


def test_a_missing_installer_ends_with_95(tmp_path: Path) -> None:
    environment = {
        "AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True",
        "AZUREML_EXTRA_REQUIREMENTS_TXT": "requirements.txt",
        "AZML_INSTALL_COMMAND": '["no-such-installer"]',
    }
    code, lines = start(tmp_path, environment, ["requirements.txt"])
    assert code == 95
    assert "no-such-installer" in lines[-2]
