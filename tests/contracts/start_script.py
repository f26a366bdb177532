"""The recorded cases of the images' start script, and what replays one: stub pip and conda, and a driver around it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azml_magics
from tests.contracts.recorded import VECTORS

SERVING = Path(azml_magics.__file__).parent / "serving"
#: What the images' own start script gives the server: nginx stands before it on 5001 (AZUREML.md 2.1).
PORT = "31311"

#: (script, case) -> why it is not replayed.
NOT_APPLICABLE = {
    ("run_mlflow", "feature flag unset"): "only the mlflow image's script ignores the feature flag",
    ("run_2023", "server not installed"): "newer scripts exit with 100 instead, and so do we (tested beside)",
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


@dataclass(frozen=True)
class StartCase:
    """One recorded start: the variables and files it is given, the exit code and the lines it must come to."""

    label: str
    environment: dict[str, str]
    files: tuple[str, ...]
    exit_code: int
    lines: tuple[str, ...]

    def check(self, exit_code: int, output: str, app: str) -> None:
        """Assert that a start with its app root at ``app`` did what was recorded."""
        lines = shown_lines(output, app)
        if self.exit_code == 95:
            assert lines[-1].startswith("Error occurred: ")
            lines = lines[:-1]
        if not self.environment.get("AZUREML_INFERENCE_SERVER_HTTP_ENABLED"):
            lines = [line for line in lines if line.startswith("CALL")]
        assert (exit_code, lines) == (self.exit_code, list(self.lines)), output


@dataclass(frozen=True)
class Stubs:
    """Where the stubs of one case are: programs for ``PATH``, and a folder with the distribution of a fake server."""

    programs: Path
    packages: Path


def read_records() -> list[dict[str, Any]]:
    """Everything that was recorded; empty where the recordings are absent."""
    path = VECTORS / "image_run_script_cases.json"
    return json.loads(path.read_text())["cases"] if path.exists() else []


def read_cases() -> list[StartCase]:
    """The cases that are replayed."""
    return [_case(record) for record in read_records() if (record["script"], record["case"]) not in NOT_APPLICABLE]


def _case(record: dict[str, Any]) -> StartCase:
    environment = dict(record["env"])
    if record["script"] == "run_mlflow":
        # That image sets this variable itself, from AZUREML_MODEL_DIR (AZUREML.md 2.2).
        environment["AZUREML_EXTRA_CONDA_YAML_ABS_PATH"] = "/mlflow_model_folder/conda.yaml"
    lines = tuple(line for line in record["lines"] if line not in SLEEP_LINES)
    label = f"{record['script']}: {record['case']}"
    return StartCase(label, environment, tuple(record["files"]), record["exit"], lines)


def write_files(app: Path, files: Sequence[str]) -> None:
    """The app root of a case: empty files, and directories where a name ends with a slash."""
    app.mkdir(exist_ok=True)
    for name in files:
        path = app / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("")


def write_stubs(folder: Path) -> Stubs:
    """pip and conda that say how they were called, and a server that is found and never run."""
    stubs = Stubs(folder / "bin", folder / "stubs")
    (stubs.packages / "azureml_inference_server_http").mkdir(parents=True)
    (stubs.packages / "azureml_inference_server_http" / "__init__.py").write_text("")
    info = stubs.packages / "azureml_inference_server_http-9.9.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: azureml-inference-server-http\nVersion: 9.9.9\n")
    stubs.programs.mkdir()
    for name, text in (("pip", PIP), ("conda", CONDA)):
        (stubs.programs / name).write_text(text)
        (stubs.programs / name).chmod(0o755)
    return stubs


def driver_arguments(packages: str | os.PathLike[str], start: str | os.PathLike[str], *, server: bool) -> list[str]:
    """What follows the Python that is to run the start script."""
    return ["-c", DRIVER, str(packages), str(start), PORT, "yes" if server else "no"]


def shown_lines(output: str, app: str) -> list[str]:
    """The lines of a start without times; paths become the recording's placeholders."""
    lines = [line.split(" | gunicorn/run | ")[-1].replace(app, "<APP>") for line in output.splitlines()]
    return [re.sub(r"\S*/copied_env_[^.]*\.yaml", "<tmp>/copied_env_<N>.yaml", line) for line in lines]
