"""A notebook with a misspelled magic must fail under nbval, also where outputs are not compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]


def run_nbval(folder: Path, *sources: str, guard: bool) -> subprocess.CompletedProcess[str]:
    """nbval's verdict on a notebook whose outputs are not compared."""
    tags = {"tags": ["nbval-ignore-output"]}
    cells = [nbformat.v4.new_code_cell(source, execution_count=1, metadata=tags) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "one.ipynb")
    plugin = ["-p", "tests.notebooks.usage_error_guard"] if guard else []
    options = ["-q", "--color=no", "-p", "no:cacheprovider", "--rootdir", str(folder), "-c", "/dev/null"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *plugin, "--nbval", "--nbval-current-env", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_misspelled_magic_fails_the_run(tmp_path: Path) -> None:
    run = run_nbval(tmp_path, "%scroe digits", "1 + 1", "%%scroe digits\n{}", "%%time", guard=True)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "UsageError: Line magic function `%scroe` not found" in run.stdout
    assert "3 failed, 1 passed" in run.stdout


def test_without_the_guard_it_would_pass(tmp_path: Path) -> None:
    run = run_nbval(tmp_path, "%scroe digits", guard=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_stderr_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    run = run_nbval(tmp_path, "import sys; print('no UsageError: here', file=sys.stderr)", guard=True)
    assert run.returncode == 0, run.stdout + run.stderr
