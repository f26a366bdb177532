"""Golden folders: ``tests/cases/dockerfiles/<name>`` holds cells, the image as it was found, and what is rendered.

``expected/`` holds the Dockerfile, and the requirements files that are copied in where there are any.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azml_magics.cells.declaration import Declaration
from azml_magics.cells.notebook import read_notebook
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.plan.context import HASHED, REQUIREMENTS, render_requirements
from azml_magics.plan.dockerfile import render_environment_dockerfile
from azml_magics.plan.user_dockerfile import base_reference
from tests.unit.cells.test_cases import notebook_text

CASES = Path(__file__).parents[2] / "cases" / "dockerfiles"
NAMES = sorted(path.parent.name for path in CASES.glob("*/cells.txt"))


def rendered(folder: Path) -> dict[str, str]:
    declarations = Declarations()
    for step in read_notebook(notebook_text((folder / "cells.txt").read_text()), name="case.ipynb").steps:
        assert isinstance(step, Declaration)
        assert step.value is not None
        declarations.declare(step.value)
    environment = declarations.environment("case")
    assert environment is not None
    facts = folder / "base.json"
    base = ImageFacts(**json.loads(facts.read_text())) if facts.exists() else None
    source = environment.image_source
    reference = source.image if source.dockerfile is None else base_reference(source.dockerfile)
    lines = environment.requirements.canonical_lines()
    files = render_requirements(lines)
    text = render_environment_dockerfile(environment, base, reference, lines, with_packages=True)
    result = {"Dockerfile": text, REQUIREMENTS: files.text, HASHED: files.hashed}
    sources = "".join(f"{item.name} <- {item.path}\n" for item in files.sources)
    credentials = "".join(f"{name}={value}\n" for name, value in files.credentials.items())
    result |= {"wheels.txt": sources, "credentials.txt": credentials}
    return {name: content for name, content in result.items() if content}


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    expected = {path.name: path.read_text() for path in (CASES / name / "expected").iterdir()}
    assert rendered(CASES / name) == expected


def test_there_are_cases() -> None:
    assert len(NAMES) >= 8
