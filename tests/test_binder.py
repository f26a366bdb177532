"""What mybinder.org would make of ``binder/``, told by repo2docker without building an image."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.require import require

ROOT = Path(__file__).parents[1]


@cache
def dry_run() -> subprocess.CompletedProcess[str]:
    """``repo2docker --no-build --debug .``: the Dockerfile on stdout, decisions on stderr."""
    program = shutil.which("repo2docker", path=Path(sys.executable).parent)
    if program is None:
        require("repo2docker")
    return subprocess.run(
        [program, "--no-build", "--debug", "."], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_it_is_accepted() -> None:
    assert dry_run().returncode == 0, dry_run().stderr[-2000:]


@pytest.mark.parametrize(
    "expected",
    [
        r'pip install --no-cache-dir -r "binder/requirements\.txt"',
        r"\./binder/postBuild",
        r"R2D_ENTRYPOINT=\S*/binder/start\b",
    ],
)
def test_the_image_would_use(expected: str) -> None:
    assert re.search(expected, dry_run().stdout)


def test_the_source_is_there_before_its_requirements_are_installed() -> None:
    dockerfile = dry_run().stdout
    copied = [match.start() for match in re.finditer(r"^COPY .*src/ \$\{REPO_DIR\}", dockerfile, re.M)]
    assert copied
    assert max(copied) < dockerfile.index('-r "binder/requirements.txt"')


def test_the_python_is_chosen() -> None:
    assert "python=3.12" in dry_run().stderr


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_scripts_are_executable(name: str) -> None:
    assert os.access(ROOT / "binder" / name, os.X_OK)


def test_start_hands_over_to_the_command(tmp_path: Path) -> None:
    run = subprocess.run(
        [ROOT / "binder" / "start", "sh", "-c", 'echo "$AZML_WORKSPACE"'],
        env={**os.environ, "REPO_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str(tmp_path / ".azml")


def test_pins_agree_with_the_constraints() -> None:
    """The quickstart is tested with the versions of the constraint file; Binder must not run others."""
    constraints = (ROOT / "constraints.txt").read_text().splitlines()
    for pin in (ROOT / "binder" / "requirements.txt").read_text().splitlines():
        if "==" in pin and not pin.startswith("ipywidgets"):  # which only the base of Binder has
            assert any(line.split(" ;")[0] == pin for line in constraints), pin
