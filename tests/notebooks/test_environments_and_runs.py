"""What the notebooks about environments and about training promise; running them is nbval's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
ENVIRONMENTS, TRAINING = (
    nbformat.read(ROOT / "notebooks" / name, as_version=4).cells
    for name in ("03-environments.ipynb", "04-train-register-deploy.ipynb")
)


def shown(cells: list[Any], start: str) -> list[str]:
    """What the cells that begin with ``start`` gave, in their order."""
    chosen = [cell for cell in cells if cell.cell_type == "code" and cell.source.startswith(start)]
    return ["\n".join(output.get("text") or output.data["text/plain"] for output in cell.outputs) for cell in chosen]


def test_an_equal_environment_is_the_version_there_is_and_a_changed_one_the_next() -> None:
    registered = shown(ENVIRONMENTS, "%azml environment register weather")
    assert [text.splitlines()[0].split()[-1] for text in registered] == ["1", "1", "2"]
    (read_back,) = shown(ENVIRONMENTS, "%azml environment register --directory")
    assert read_back.splitlines()[0].endswith("version 2")


def test_no_cell_of_the_notebooks_failed() -> None:
    outputs = [output for cells in (ENVIRONMENTS, TRAINING) for cell in cells for output in cell.get("outputs", [])]
    assert len(outputs) > 30
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data", "stream"}


def test_the_second_training_is_better_and_its_model_serves() -> None:
    errors = [float(text.splitlines()[0].split()[-1]) for text in shown(TRAINING, "%%run_script")]
    assert errors[1] < errors[0]
    assert [text.splitlines()[0] for text in shown(TRAINING, "%azml run register-model")] == [
        "model sklearn_regression_model:1",
        "model sklearn_regression_model:2",
    ]
    first, second = shown(TRAINING, "%%score diabetes")
    assert (first.splitlines()[0], second.splitlines()[0]) == ("200 OK", "200 OK")
    assert first != second


def test_the_tags_are_those_of_the_documents() -> None:
    (registered, _) = shown(TRAINING, "%azml run register-model")
    assert "area=diabetes, type=regression" in registered
    assert "Ridge regression model to predict diabetes" in registered
