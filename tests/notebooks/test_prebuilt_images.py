"""The notebook about containers, and which notebooks a machine without an engine runs; running them is nbval's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from azml_magics.cells.notebook import read_notebook
from azml_magics.cells.requests import deploy_request
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.requirements import Requirements

ROOT = Path(__file__).parents[2]
QUICKSTART, CONTAINERS = (ROOT / "notebooks" / name for name in ("01-quickstart.ipynb", "02-prebuilt-images.ipynb"))


def test_the_three_ways_differ_in_one_option() -> None:
    notebook = read_notebook(CONTAINERS.read_text(), name=CONTAINERS.name)
    requests = [deploy_request(line) for line in notebook.commands("deploy")]
    assert [request.packages for request in requests] == ["dynamic", "mount", "bake", None]
    assert {request.engine for request in requests} == {"docker"}
    assert {(request.entry_script, request.environment, request.models) for request in requests[:3]} == {
        ("score.py", "sales", ("sales",))
    }


def test_the_dockerfile_installs_what_the_requirements_say() -> None:
    values = [declaration.value for declaration in read_notebook(CONTAINERS.read_text(), name="x").declarations]
    lists = [value.canonical_lines() for value in values if isinstance(value, Requirements)]
    (dockerfile,) = (value for value in values if isinstance(value, DockerfileText))
    assert "RUN pip install --no-cache-dir " + " ".join(lists[-1]) in dockerfile.text.splitlines()


def test_its_saved_outputs_show_both_versions_in_every_way() -> None:
    cells = nbformat.read(CONTAINERS, as_version=4).cells
    scored = [cell for cell in cells if cell.source.startswith("%%score sales-")]
    shown = [str(cell.outputs[0]["data"]["text/plain"]) for cell in scored]
    assert [text.split('"numpy": ')[1] for text in shown] == ['"1.26.4"}'] * 3 + ['"2.2.6"}'] * 4


def select(docker_host: str, require: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DOCKER_HOST": docker_host, "AZML_REQUIRE": require}
    return subprocess.run(
        [sys.executable, "notebooks/run.py", "select", str(QUICKSTART), str(CONTAINERS)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("require", "word", "code"), [("", "skipped", 0), ("vectors,docker", "cannot run", 1)])
def test_without_an_engine_it_is_left_out_with_a_reason(require: str, word: str, code: int, tmp_path: Path) -> None:
    done = select(f"unix://{tmp_path}/nothing.sock", require)
    assert done.stdout.split() == [str(QUICKSTART)]
    assert done.returncode == code
    assert f"{CONTAINERS} is " in done.stderr
    assert word in done.stderr
    assert "nothing.sock" in done.stderr
