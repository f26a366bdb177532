"""Edit loop in Docker: from a changed ``score.py`` to the first answer that shows it, beside the way of the docs.

Both sides run the same image with the same script in the same run; rounds alternate. The docs' way is build, remove the
container, run. Needs a Docker engine and a base made by ``azml base build``.
``python benchmarks/docker_edit_loop.py BASE [ROUNDS]``
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.session import Session

SCRIPT = "REVISION = {revision}\ndef init(): pass\ndef run(raw): return REVISION\n"
DOCKERFILE = "FROM {base}\nCOPY score.py /var/azureml-app/score.py\nENV AZUREML_ENTRY_SCRIPT=score.py\n"
TAG = "local/azml-benchmark"
PORT = 6311


def until(port: int, revision: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/score", timeout=30) as answer:
                if answer.read() == str(revision).encode():
                    return
        except OSError:
            pass
        time.sleep(0.002)
    raise SystemExit("the edit never showed")


def docker(*arguments: str, cwd: Path | None = None) -> None:
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}  # docker 28 without buildx has no other builder
    subprocess.run(["docker", *arguments], cwd=cwd, env=environment, check=True, capture_output=True)


def docs_way(folder: Path, revision: int) -> float:
    (folder / "score.py").write_text(SCRIPT.format(revision=revision))
    began = time.perf_counter()
    docker("build", "--tag", TAG, ".", cwd=folder)
    docker("rm", "--force", "azml-benchmark")
    docker("run", "--detach", "--name", "azml-benchmark", "--publish", f"127.0.0.1:{PORT}:5001", TAG)
    until(PORT, revision)
    return time.perf_counter() - began


def main(base: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, docs = Path(name), Path(name) / "docs"
        docs.mkdir()
        (docs / "Dockerfile").write_text(DOCKERFILE.format(base=base))
        script = folder / "score.py"
        script.write_text(SCRIPT.format(revision=0))
        session = Session(folder / ".azml", working_directory=folder)
        began = time.perf_counter()
        report = session.deploy(DeployRequest("edits", "score.py", engine="docker", image=base))
        first = time.perf_counter() - began
        assert report.port is not None
        began = time.perf_counter()
        session.deploy(DeployRequest("edits", "score.py", engine="docker", image=base))
        again = time.perf_counter() - began
        docs_way(docs, 0)
        ours, theirs = [], []
        try:
            for revision in range(1, rounds + 1):
                script.write_text(SCRIPT.format(revision=revision))
                began = time.perf_counter()
                session.reload("edits")
                until(report.port, revision)
                ours.append(time.perf_counter() - began)
                theirs.append(docs_way(docs, revision))
        finally:
            session.stop("edits")
            docker("rm", "--force", "azml-benchmark")
            docker("rmi", "--force", TAG)
    print(f"first deployment, image there: {first * 1000:.0f} ms")
    print(f"deployed again, nothing changed: {again * 1000:.0f} ms")
    print(f"edit, reload, answer: median {statistics.median(ours) * 1000:.0f} ms, max {max(ours) * 1000:.0f} ms")
    print(f"edit, build, rm, run, answer (the docs' way): median {statistics.median(theirs) * 1000:.0f} ms")
    print(f"ratio {statistics.median(theirs) / statistics.median(ours):.1f}, rounds {rounds}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("left out: it needs the name of a local inference base (azml base build NAME --from IMAGE)")
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10)
