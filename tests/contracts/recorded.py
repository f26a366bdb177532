"""The recorded server cases as values, and how each is deployed; replaying them is left to the tests.

``vectors/azmlinfsrv_probe.json`` was recorded against the bare server; a case is carried over to a deployment by giving
its arguments as the variables or options that mean the same (AZUREML.md 1.2, 1.3).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[3] / "shared" / "contract" / "vectors"

#: The packages the cases were recorded with (``versions`` in the file), and what their scripts import.
REQUIREMENTS = """\
azureml-inference-server-http==1.5.1
gunicorn==27.0.1
flask==3.1.3
werkzeug==3.1.9
flask-cors==6.0.5
pydantic==2.12.5
inference-schema[numpy-support]==1.8
numpy
pandas
debugpy
"""

#: Cases that say something about the bare command line or server, which a deployment never does.
NOT_APPLICABLE = {
    "env_entry_subdir": "a deployed source directory keeps its own name below the app root, so the paths differ",
    "main_py_fallback_needs_entry": "a deployment always names its entry script",
    "env_entry_only": "a deployment always names its entry script",
    "extra_env_ignored": "the bare server ignores AZUREML_EXTRA_*; the start script in front of it must not",
}

#: Arguments of the recorded command line -> the variable that means the same.
ARGUMENT_VARIABLES = {
    "--model_dir": "AZUREML_MODEL_DIR",
    "--access_control_allow_origins": "AML_CORS_ORIGINS",
    "--config_file": "AZUREML_CONFIG_FILE",
    "--worker_count": "WORKER_COUNT",
    "--health_port": "HEALTH_PORT",
}


@dataclass(frozen=True)
class Case:
    """One recorded server start and its requests."""

    name: str
    files: dict[str, str]
    arguments: tuple[str, ...]
    environment: dict[str, str]
    exit_code: int | None
    requests: tuple[dict[str, Any], ...]
    log: str

    def variables(self, folder: Path) -> dict[str, str]:
        """The case's environment, its arguments turned into variables; ``{dir}`` is where the files were written."""
        pairs = dict(zip(self.arguments[::2], self.arguments[1::2], strict=True))
        given = {ARGUMENT_VARIABLES[name]: value.replace("{dir}", str(folder)) for name, value in pairs.items()}
        return {**self.environment, **given}

    @property
    def entry_script(self) -> str:
        """The script the recorded server was started with."""
        return "src/score.py" if "src/score.py" in self.files else "score.py"


def read_cases() -> list[Case]:
    """Every recorded case, in the order of the file; empty when the vectors are not there."""
    path = VECTORS / "azmlinfsrv_probe.json"
    if not path.exists():
        return []
    return [
        Case(
            case["case"],
            case["files"],
            tuple(case["args"]),
            case["env"],
            case["exit_code"] if isinstance(case["exit_code"], int) else None,
            tuple(case["requests"]),
            case["stdout"] + case["stderr"],
        )
        for case in json.loads(path.read_text())["cases"]
    ]


def request_body(recorded: object) -> bytes | None:
    """The bytes a recorded body stands for."""
    if recorded is None:
        return None
    text = str(recorded)
    if text.startswith("hex:"):
        return bytes.fromhex(text[4:])
    if text == "<20 MB of 'x'>":
        return b"x" * 20_000_000
    return text.encode()


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SITE_PACKAGES = re.compile(r"[^\"' ]*/site-packages")


def normalised_headers(headers: list[tuple[str, str]]) -> list[list[str]]:
    """Headers with the placeholders of the recording."""
    result = []
    for name, value in headers:
        shown = "<DATE>" if name == "Date" else UUID.sub("<UUID>", value)
        shown = "<MS.3>" if name == "x-ms-run-fn-exec-ms" and re.fullmatch(r"\d+\.\d{3}", shown) else shown
        result.append([name, shown])
    return result


def normalised_body(text: str, app: Path, port: int) -> str:
    """A body with the placeholders of the recording; the port becomes ``<PORT>``."""
    text = text.replace(str(app), "<app>").replace(f'"{port}"', '"<PORT>"')
    return SITE_PACKAGES.sub("<site-packages>", text)
