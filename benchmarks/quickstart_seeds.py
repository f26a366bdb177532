"""Does the quickstart's answer depend on its seed? Trains the notebook's own cells with several and asks each model.

Prints one row a seed: what it answered for the documented sample, how far ahead of the second best, how many digits it
had not seen it read correctly, and the seconds of training. ``python benchmarks/quickstart_seeds.py [SEEDS]``
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "01-quickstart.ipynb"


def cell_with_tag(tag: str) -> str:
    """The source of the notebook's first cell with that tag."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return str(next(cell.source for cell in notebook.cells if tag in cell.metadata.get("tags", [])))


def train(seed: int) -> dict[str, Any]:
    """The names that the training cell leaves behind."""
    names: dict[str, Any] = {"SEED": seed}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(cell_with_tag("train"), "training cell", "exec"), names)
    return names


def sample() -> Any:
    """The 784 documented values as the request's body holds them: one row."""
    return json.loads(cell_with_tag("prediction").split("\n", 1)[1])["data"]


def main(seeds: int) -> None:
    documented = sample()
    print("| seed | answer | second best | votes of both | accuracy | seconds |")
    print("|---|---|---|---|---|---|")
    answers = []
    for seed in range(seeds):
        began = time.perf_counter()
        names = train(seed)
        seconds = time.perf_counter() - began
        model = names["model"]
        votes = model.decision_function(documented)[0]
        best, second = votes.argsort()[:-3:-1]
        answers.append(int(model.predict(documented)[0]))
        shown = f"{votes[best]:.2f} and {votes[second]:.2f}"
        print(f"| {seed} | {answers[-1]} | {second} | {shown} | {names['accuracy']:.3f} | {seconds:.1f} |", flush=True)
    print(f"\n{answers.count(2)} of {seeds} answered 2")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
