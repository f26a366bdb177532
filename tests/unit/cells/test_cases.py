"""Golden folders: every ``tests/cases/<name>/cells.txt`` read as a notebook gives what ``expected/`` holds.

``cells.txt`` is a notebook as text: a line ``=== code`` (``markdown``, ``raw``; tags behind it) opens each cell.
``expected/findings.txt`` is what a user is shown, ``expected/declarations.json`` what is read when nothing is wrong.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from azml_magics.cells.arguments import Arguments
from azml_magics.cells.declaration import Declaration
from azml_magics.cells.notebook import read_notebook
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import Requirements
from azml_magics.errors import DeclarationError

CASES = Path(__file__).parents[2] / "cases"


def notebook_text(cells: str) -> str:
    """A notebook file of the format JupyterLab writes."""
    parts = [part.split("\n", 1) for part in f"\n{cells}".split("\n=== ")[1:]]
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {
                    "id": f"cell-{number}",
                    "cell_type": header.split()[0],
                    "metadata": {"tags": header.split()[1:]},
                    "source": body.removesuffix("\n").splitlines(keepends=True),
                    **({"outputs": [], "execution_count": None} if header.startswith("code") else {}),
                }
                for number, (header, body) in enumerate(parts)
            ],
        }
    )


def shown(step: Declaration | Arguments) -> dict[str, object]:
    if isinstance(step, Arguments):
        return {"verb": step.verb.name, "place": str(step.place), **{dest: step[dest] for dest in sorted(step.given)}}
    value = step.value
    head = {"kind": step.kind, "name": step.name, "place": str(step.place), "lines": [step.first_line, step.last_line]}
    if isinstance(value, Requirements):
        return {**head, "requirements": value.canonical_lines()}
    if isinstance(value, EnvironmentDraft):
        listed = value.requirements
        return {
            **head,
            "python": value.python,
            "requirements": listed if isinstance(listed, str) else listed.canonical_lines(),
            "environment_variables": dict(value.environment_variables),
            **({"conda": value.conda.document()} if value.conda else {}),
            **({"description": value.description} if value.description else {}),
            **({"tags": dict(value.tags)} if value.tags else {}),
            **({"dockerfile": value.dockerfile} if value.dockerfile else {}),
            **({"image_source": value.image_source.definition()} if value.image_source != ImageSource() else {}),
        }
    if isinstance(value, DockerfileText):
        return {**head, "text": value.text}
    assert value is not None
    return {**head, "path": value.path, "source": value.source}


def outcome(folder: Path) -> tuple[str, str]:
    """Name and text of the one expected file that reading ``folder`` gives."""
    try:
        notebook = read_notebook(notebook_text((folder / "cells.txt").read_text()), name="case.ipynb")
    except DeclarationError as error:
        text = "".join(f"{line}\n" for line in [f"[{error.code}]", *error.lines()])
        return "findings.txt", text.replace(platform.python_version(), "<PYTHON>")
    return "declarations.json", json.dumps([shown(step) for step in notebook.steps], indent=2) + "\n"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/cells.txt")))
def test_case(name: str) -> None:
    file, text = outcome(CASES / name)
    assert [path.name for path in (CASES / name / "expected").iterdir()] == [file]
    assert text == (CASES / name / "expected" / file).read_text()


def test_there_are_cases() -> None:
    assert len(list(CASES.glob("*/cells.txt"))) >= 20
