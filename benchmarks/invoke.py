"""Direct use: from a changed ``score.py`` to its answer, without a server, with one of ours, and with the bare one.

``invoke`` runs the script once; ``deploy, score, stop`` is the same question asked of a service; the bare side starts
``azmlinfsrv`` in the same virtual environment, asks until it answers and ends it. Rounds alternate; every round edits
the script. Prints seconds and ratios. ``python benchmarks/invoke.py [ROUNDS] [REQUIREMENT...]``
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.session import Session

SCRIPT = """\
{imports}
def init(): pass
def run(data): return {revision}
"""
MODULES = {"scikit-learn": "sklearn.linear_model", "pandas": "pandas", "numpy": "numpy"}


def ask_bare(python: Path, folder: Path) -> str:
    """Start, ask until there is an answer, end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [python.parent / "azmlinfsrv", "--entry_script", "score.py", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"},
    )
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", b"1", {"Content-Type": "application/json"})
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=30) as answer:
                return str(answer.read().decode())
            time.sleep(0.002)
    finally:
        server.terminate()
        server.wait()
    raise SystemExit("the bare server never answered")


def main(rounds: int, requirements: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "requirements.txt").write_text("\n".join(["azureml-inference-server-http", *requirements]) + "\n")
        session = Session(folder / ".azml", working_directory=folder)
        request = DeployRequest("once", "score.py", requirements_file="requirements.txt")
        imports = "\n".join(f"import {MODULES[name]}" for name in requirements if name in MODULES)

        def edit(revision: int) -> None:
            (folder / "score.py").write_text(SCRIPT.format(imports=imports, revision=revision))

        def invoke() -> str:
            return session.invoke(session.define(request), ScoringRequest(b"1")).text

        def service() -> str:
            session.deploy(request)
            answer = session.score("once", ScoringRequest(b"1")).text
            session.stop("once")
            return answer

        def bare() -> str:
            return ask_bare(python, folder)

        edit(0)
        began = time.perf_counter()
        invoke()
        print(f"first invoke, packages installed from uv's cache: {time.perf_counter() - began:.2f} s")
        python = next((session.workspace.packages_directory / "venvs").glob("*/bin/python"))
        sides: dict[str, Callable[[], str]] = {
            "azml invoke": invoke,
            "deploy, score, stop": service,
            "bare azmlinfsrv and a request": bare,
        }
        seconds: dict[str, list[float]] = {label: [] for label in sides}
        for revision in range(1, rounds + 1):
            for label, side in sides.items():
                edit(revision)
                began = time.perf_counter()
                assert side() == str(revision)
                seconds[label].append(time.perf_counter() - began)
    print(f"rounds: {rounds}; packages: {' '.join(requirements) or 'the server alone'}")
    ours = statistics.median(seconds["azml invoke"])
    for label, values in seconds.items():
        shown = "/".join(f"{value:.2f}" for value in (min(values), statistics.median(values), max(values)))
        print(f"{label}: {shown} s (min/median/max), {statistics.median(values) / ours:.1f} times invoke")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:])
