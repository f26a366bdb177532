"""The quickstart notebook without the magics: its cells say what they should, and its model reads the sample as 2."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import joblib
import nbformat
import pytest

from benchmarks.quickstart_seeds import NOTEBOOK, sample, train
from tests.require import require

ROOT = Path(__file__).parents[2]
SEED_PAGE = ROOT.parent / "shared" / "seeds" / "004_b77055ec741f4b08.txt"


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    return train(seed=0)


def cells() -> list[Any]:
    return list(nbformat.read(NOTEBOOK, as_version=4).cells)


def test_the_sample_is_the_documented_one() -> None:
    if not SEED_PAGE.exists():
        require("seeds")
    block = SEED_PAGE.read_text().split('normalized_pixel_values = "[')[1].split(']"')[0]
    documented = [float(value) for value in re.findall(r"[01]\.\d", block)]
    assert len(documented) == 784
    assert sample() == [documented]


def test_every_score_cell_sends_the_same_sample_28_values_a_row() -> None:
    bodies = {cell.source.split("\n", 1)[1] for cell in cells() if cell.source.startswith("%%score")}
    assert len(bodies) == 1
    rows = bodies.pop().splitlines()[1:-1]
    assert [len(row.rstrip(",").split(",")) for row in rows] == [28] * 28


def test_the_pins_are_those_of_the_group_that_trains() -> None:
    body = next(cell.source for cell in cells() if cell.source.startswith("%%requirements"))
    group = re.search(r"^quickstart = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert group is not None
    pins = {item for item in re.findall(r'"([^"]+)"', group[1]) if "==" in item}
    assert set(body.splitlines()[1:]) == pins


def test_the_model_reads_two(trained: dict[str, Any]) -> None:
    assert trained["model"].predict(sample()).tolist() == [2]
    assert trained["accuracy"] > 0.95


def test_the_entry_scripts_answer_as_the_notebook_shows(
    trained: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joblib.dump(trained["model"], tmp_path / "model.pkl")
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    first, second, broken = (cell.source for cell in cells() if cell.source.startswith("%%entry_script"))
    answers = []
    for source in (first, second):
        names: dict[str, Any] = {}
        exec(compile(source.split("\n", 1)[1], "score.py", "exec"), names)
        names["init"]()
        answers.append(names["run"](json.dumps({"data": sample()})))
    assert answers == [[2], [{"digit": 2, "runner_up": 3}]]
    names = {}
    exec(compile(broken.split("\n", 1)[1], "score.py", "exec"), names)
    with pytest.raises(FileNotFoundError):
        names["init"]()


def test_the_saved_answers_are_right() -> None:
    outputs = [cell.outputs[0].data["text/plain"] for cell in cells() if cell.source.startswith("%%score")]
    edited = '200 OK\n[{"digit": 2, "runner_up": 3}]'
    assert outputs == ["200 OK\n[2]", edited, edited]


def test_the_notebook_holds_what_its_readers_need_and_no_more() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        if cell.cell_type == "code":
            assert cell.execution_count is not None, f"not run: {cell.source}"
            assert "NBVAL_" not in cell.source
    raising = [cell.source for cell in notebook.cells if "raises-exception" in cell.metadata.get("tags", [])]
    assert raising == ["%azml reload digits"]
