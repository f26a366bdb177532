"""Packages: what compiling bytecode while installing costs and gains, and uv beside pip; warm caches, one run.

For each way: seconds to install scikit-learn and the server, then seconds until a script that imports scikit-learn is
ready for the first and the second time. ``python benchmarks/packages.py [ROUNDS]``
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from azml_magics.system.uv import uv_binary, uv_environment

PACKAGES = ["scikit-learn", "azureml-inference-server-http"]
IMPORTS = "import sklearn.svm, azureml_inference_server_http.amlserver, flask, pydantic_settings, opentelemetry.sdk"


def seconds(command: list[str]) -> float:
    environment = {name: value for name, value in uv_environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def measure(install: list[str]) -> list[float]:
    """Seconds of: creating and installing, first import, second import."""
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        python = str(venv / "bin" / "python")
        if install[0] == "pip":
            created = seconds([sys.executable, "-m", "venv", str(venv)])
            installed = seconds([python, "-m", "pip", "install", *PACKAGES])
        else:
            created = seconds([uv_binary(), "venv", "--python", sys.executable, str(venv)])
            installed = seconds([uv_binary(), "pip", "install", "--python", str(venv), *install[1:], *PACKAGES])
        return [created + installed, seconds([python, "-c", IMPORTS]), seconds([python, "-c", IMPORTS])]


def main(rounds: int) -> None:
    ways = {"uv": ["uv"], "uv --compile-bytecode": ["uv", "--compile-bytecode"], "pip": ["pip"]}
    results: dict[str, list[list[float]]] = {name: [] for name in ways}
    measure(ways["uv"])  # fills uv's cache
    for _ in range(rounds):
        for name, install in ways.items():
            results[name].append(measure(install))
    heads = f"{'install':>10}{'1st import':>12}{'2nd import':>12}{'install + 1st':>15}"
    print(f"{'':24}{heads}   medians of {rounds}, seconds")
    for name, rows in results.items():
        install_s, first, second = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:24}{install_s:10.2f}{first:12.2f}{second:12.2f}{install_s + first:15.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
