"""Edit loop: from a changed ``score.py`` to the first answer that shows it, beside a restart of the bare server.

Both sides serve the same scikit-learn script with the same packages in the same run; rounds alternate. Prints medians
and the ratio. ``python benchmarks/edit_loop.py [ROUNDS]``
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.session import Session

SCRIPT = """\
import json, numpy as np
from sklearn.linear_model import LogisticRegression
REVISION = {revision}
def init():
    global model
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
def run(raw):
    return [REVISION, *model.predict(np.array(json.loads(raw)["data"])).tolist()]
"""
BODY = b'{"data": [[0.9]]}'


def ask(port: int) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", BODY, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def until(port: int, revision: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if ask(port).startswith(f"[{revision},"):
                return
        except OSError:
            pass
        time.sleep(0.002)
    raise SystemExit("the edit never showed")


def bare_server(python: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [python.parent / "azmlinfsrv", "--entry_script", "score.py", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"},
    )


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, bare = Path(name), Path(name) / "bare"
        bare.mkdir()
        (folder / "requirements.txt").write_text("scikit-learn\n")
        script = folder / "score.py"
        script.write_text(SCRIPT.format(revision=0))
        session = Session(folder / ".azml", working_directory=folder)
        report = session.deploy(DeployRequest("edits", "score.py", requirements_file="requirements.txt"))
        assert report.port is not None
        python = next((session.workspace.packages_directory / "venvs").iterdir()) / "bin" / "python"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            bare_port = probe.getsockname()[1]
        (bare / "score.py").write_text(SCRIPT.format(revision=0))
        server = bare_server(python, bare, bare_port)
        until(bare_port, 0)
        ours, theirs = [], []
        try:
            for revision in range(1, rounds + 1):
                text = SCRIPT.format(revision=revision)
                began = time.perf_counter()
                script.write_text(text)
                session.reload("edits")
                until(report.port, revision)
                ours.append(time.perf_counter() - began)
                began = time.perf_counter()
                (bare / "score.py").write_text(text)
                server.send_signal(signal.SIGTERM)
                server.wait()
                server = bare_server(python, bare, bare_port)
                until(bare_port, revision)
                theirs.append(time.perf_counter() - began)
        finally:
            server.terminate()
            session.stop("edits")
    print(f"rounds: {rounds}")
    for label, seconds in (("azml reload", ours), ("bare azmlinfsrv, restarted", theirs)):
        shown = "/".join(f"{1000 * value:.0f}" for value in (min(seconds), statistics.median(seconds), max(seconds)))
        print(f"{label}: {shown} ms (min/median/max)")
    print(f"ratio of medians: {statistics.median(theirs) / statistics.median(ours):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
