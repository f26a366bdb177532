"""Pythons with packages of Azure's, each in an environment of its own, kept between runs; ours sees none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from azml_magics.system.uv import uv_binary, uv_environment

AZURE_AI_ML = ("azure-ai-ml==1.35.2", "docker")
AZUREML_CORE = ("azureml-core==1.61.0.post4",)


def make_python(requirements: Sequence[str]) -> Path:
    """A Python like this one with ``requirements``, of which the first, pinned, gives the environment its name."""
    name, _, version = requirements[0].partition("==")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or tempfile.gettempdir()) / "azml-tests"
    folder = cache / f"{name}-{version}-python{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            for command in (
                ["venv", "--clear", "--python", sys.executable, str(folder)],
                ["pip", "install", "--python", str(python), *requirements],
            ):
                made = subprocess.run(
                    [uv_binary(), *command], env=uv_environment(), capture_output=True, text=True, check=False
                )
                assert made.returncode == 0, made.stderr
            (folder / "complete").touch()
    return python


def ask_azureml_core(program: Path, wanted: object, folder: Path) -> dict[str, Any]:
    """What ``program``, run with azureml-core in ``folder``, says of ``wanted``."""
    return ask(
        [str(make_python(AZUREML_CORE)), str(program), json.dumps(wanted)],
        folder,
        {"HOME": str(folder), "PATH": "/usr/bin:/bin", "AZUREML_TELEMETRY": "0"},
    )


def ask(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], text: str | None = None
) -> dict[str, Any]:
    """What ``command``, run in ``folder`` with ``text`` to read, says: the JSON object on its last line."""
    finished = subprocess.run(
        command, cwd=folder, env=environment, input=text, capture_output=True, text=True, timeout=1200, check=False
    )
    assert finished.returncode == 0, finished.stdout[-2000:] + finished.stderr[-4000:]
    return dict(json.loads(finished.stdout.splitlines()[-1]))
