"""Replays the recorded cases of the images' start script against ``serving/start.py``, with stub pip and conda."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contracts.start_script import (
    NOT_APPLICABLE,
    SERVING,
    StartCase,
    driver_arguments,
    read_cases,
    read_records,
    shown_lines,
    write_files,
    write_stubs,
)
from tests.require import require

CASES = read_cases()


def start(
    tmp_path: Path, environment: dict[str, str], files: Sequence[str], *, server: bool = True
) -> tuple[int, str, str]:
    """Exit code, output and app root of the start script in a process of this machine."""
    app = tmp_path / "app"
    write_files(app, files)
    stubs = write_stubs(tmp_path)
    finished = subprocess.run(
        [sys.executable, *driver_arguments(stubs.packages, SERVING / "start.py", server=server)],
        env={"PATH": f"{stubs.programs}{os.pathsep}{os.environ['PATH']}", "AML_APP_ROOT": str(app), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return finished.returncode, finished.stdout, str(app)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_recorded_start(case: StartCase, tmp_path: Path) -> None:
    case.check(*start(tmp_path, case.environment, case.files))


def test_every_recorded_start_is_replayed_or_listed() -> None:
    records = read_records()
    if not records:
        require("vectors")
    assert set(NOT_APPLICABLE) <= {(record["script"], record["case"]) for record in records}
    print(f"recorded start-script cases replayed: {len(CASES)} of {len(records)}")


def test_a_missing_server_ends_with_100(tmp_path: Path) -> None:
    code, output, app = start(tmp_path, {"AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True"}, [], server=False)
    assert code == 100
    assert "azureml-inference-server-http is not installed" in shown_lines(output, app)[-1]


def test_a_missing_installer_ends_with_95(tmp_path: Path) -> None:
    environment = {
        "AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True",
        "AZUREML_EXTRA_REQUIREMENTS_TXT": "requirements.txt",
        "AZML_INSTALL_COMMAND": '["no-such-installer"]',
    }
    code, output, app = start(tmp_path, environment, ["requirements.txt"])
    assert code == 95
    assert "no-such-installer" in shown_lines(output, app)[-2]
