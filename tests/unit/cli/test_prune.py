"""``azml prune`` asks on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def unused(tmp_path: Path) -> Path:
    """A virtual environment that no service uses, in a workspace of its own."""
    directory = tmp_path / ".azml" / "packages" / "venvs" / "abc"
    directory.mkdir(parents=True)
    (directory / "file").write_bytes(bytes(10_000))
    return directory


def environment(folder: Path) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    nothing = {"DOCKER_HOST": f"unix://{folder}/nothing.sock", "AZML_WORKSPACE": str(folder / ".azml")}
    return {**given, **nothing, "TERM": "dumb"}


def prune(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "azml_magics.cli", "prune", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def prune_on_a_terminal(folder: Path, answer: str) -> tuple[int, str]:
    """Exit code and what was written, when somebody types ``answer`` at the question."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "azml_magics.cli", "prune"]
    running = subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdin=slave, stdout=slave, stderr=slave, close_fds=True
    )
    os.close(slave)
    written = b""
    while True:
        try:
            chunk = os.read(master, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        written += chunk
        if not chunk:
            break
        if chunk.endswith(b"[y/N] "):
            os.write(master, answer.encode())
    os.close(master)
    return running.wait(), written.decode()


def test_where_nobody_can_answer(unused: Path, tmp_path: Path) -> None:
    refused = prune(tmp_path)
    assert refused.returncode == 2
    assert "add --yes" in refused.stderr
    listed = prune(tmp_path, "--dry-run")
    assert (listed.returncode, listed.stdout.split()[:4]) == (0, ["1", "thing", "may", "go,"])
    assert unused.exists()
    assert prune(tmp_path, "--yes").stdout.startswith("removed 1 thing")
    assert not unused.exists()
    assert prune(tmp_path).stdout.startswith("nothing to remove")


@pytest.mark.parametrize("answer", ["\n", "n\n", "\x04"])
def test_anything_but_yes_removes_nothing(answer: str, unused: Path, tmp_path: Path) -> None:
    code, written = prune_on_a_terminal(tmp_path, answer)
    assert code == 130
    assert "1 thing may go" in written
    assert "nothing was removed" in written
    assert unused.exists()


def test_yes_removes(unused: Path, tmp_path: Path) -> None:
    code, written = prune_on_a_terminal(tmp_path, "y\n")
    assert code == 0
    assert "Remove 1 thing (" in written
    assert "removed 1 thing" in written
    assert not unused.exists()
