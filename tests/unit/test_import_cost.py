"""Nothing heavy comes along with the package or its extension; how much time that takes is measured in benchmarks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PANELS = ("ipywidgets", "anywidget", "watchfiles")
HEAVY = (*PANELS, "docker", "requests", "sqlalchemy", "rich", "nbformat", "yaml", "packaging")
#: Classes take time to make, so values are imported by what uses them.
VALUES = ("azml_magics.definitions.deployment", "azml_magics.definitions.environment", "azml_magics.definitions.run")
REPORT = f"import json, sys\nprint(json.dumps([name for name in {HEAVY + VALUES!r} if name in sys.modules]))\n"


def heavy_modules(program: str, folder: Path) -> list[str]:
    """Which of ``HEAVY`` and ``VALUES`` a new interpreter has imported at the end of ``program``."""
    environment = {**os.environ, "IPYTHONDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program + REPORT],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_list_would_be_seen(tmp_path: Path) -> None:
    assert heavy_modules("import requests, sqlalchemy\n", tmp_path) == ["requests", "sqlalchemy"]


def test_importing_the_package(tmp_path: Path) -> None:
    assert heavy_modules("import azml_magics\n", tmp_path) == []


SHELL = """\
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
assert "{before}" not in shell.magics_manager.magics["line"]
assert shell.run_cell("{cell}").success
"""


def test_loading_the_extension(tmp_path: Path) -> None:
    program = SHELL.format(before="azml", cell="%load_ext azml_magics")
    assert heavy_modules(program + "assert 'azml' in shell.magics_manager.magics['line']\n", tmp_path) == []


def test_completing_before_there_is_a_workspace(tmp_path: Path) -> None:
    program = SHELL.format(before="azml", cell="%load_ext azml_magics")
    ask = "assert '--environment' in shell.complete(None, '%azml deploy --env', 18)[1]\n"
    came = heavy_modules(program + ask + "shell.complete(None, '%azml stop ', 11)\n", tmp_path)
    assert not set(came) & set(HEAVY)
    assert not (tmp_path / ".azml").exists()


@pytest.mark.parametrize("words", [["--help"], ["deploy", "--help"], ["--version"]])
def test_help_of_the_command_line(words: list[str], tmp_path: Path) -> None:
    program = f"from azml_magics.cli.main import main\nassert main({words!r}) == 0\n"
    assert heavy_modules(program, tmp_path) == []
