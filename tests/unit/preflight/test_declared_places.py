"""Every check that is about something a cell declared leads to the line of that cell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.cells.interpret import interpret
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.declared_places import declared_places
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.preflight import DeploymentFacts, check_deployment

SCRIPT = "import pandas\ndef init(): pass\ndef run(data): return 1\n"


def declare(known: Declarations, kind: str, line: str, body: str, cell: int, first_line: int = 1) -> None:
    label = f"cell In [{cell}]"
    value = interpret(kind, line, body, label=label, first_line=first_line, magic_line=f"%%{kind} {line}").value
    assert value is not None
    known.declare(value)


def findings_of(known: Declarations, facts: DeploymentFacts | None = None, **changes: object) -> dict[str, Finding]:
    """By code."""
    environment = known.environment("digits")
    deployment = Deployment("digits", known.entry_scripts["score.py"], environment)
    deployment = replace(deployment, **changes)  # type: ignore[arg-type]  # fields of a deployment
    declared = declared_places(deployment, known)
    return {
        found.code: found
        for found in check_deployment(deployment, replace(facts or DeploymentFacts(), declared=declared))
    }


@pytest.fixture
def known() -> Declarations:
    declarations = Declarations()
    declare(declarations, "entry_script", "score.py", SCRIPT, cell=3)
    return declarations


def where(finding: Finding) -> tuple[int | None, int | None]:
    place = finding.where
    assert place is not None, finding
    return place.cell, place.line


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("python: 3.12\nrequirements:\n  - a==1\n  - numpy>=1\n", "unpinned-requirements", 5),
        ("python: 3.12\nrequirements: |\n  a==1\n\n  numpy>=1\n", "unpinned-requirements", 6),
        ("python: 3.12\nconda: [libgomp]\n", "unpinned-conda", 3),
        ("python: 3.12\nimage: mcr.microsoft.com/azureml/base:1\n", "deprecated-image", 3),
        ("python: 3.12\nimage: mcr.microsoft.com/azureml/base:1\n", "image-not-used", 3),
        ("python: 3.12\nenvironment_variables:\n  AZUREML_EXTRA_PYTHON_LIB_PATH: lib\n", "extra-library-missing", 3),
        ("python: 3.12\nrequirements: [numpy==1.0]\n", "import-not-declared", None),
    ],
)
def test_of_an_environment_the_key_or_the_requirement(
    known: Declarations, body: str, code: str, line: int | None
) -> None:
    declare(known, "environment", "digits", body, cell=7)
    found = findings_of(known)[code]
    assert where(found) == ((3, 2) if line is None else (7, line))


def test_a_list_of_requirements_has_a_cell_of_its_own(known: Declarations) -> None:
    declare(known, "requirements", "numbers", "# what it needs\nNumPy_Financial>=1\n", cell=5, first_line=3)
    declare(known, "environment", "digits", "python: 3.12\nrequirements: numbers\n", cell=7)
    found = findings_of(known)["unpinned-requirements"]
    assert where(found) == (5, 5)
    assert found.where is not None
    assert found.where.text == "NumPy_Financial>=1"
    current = DeploymentFacts(current_packages={"azureml-inference-server-http": "1.5.1"})
    assert where(findings_of(known, current, use_current_python=True)["missing-package"]) == (5, 5)


def test_a_dockerfile_too(known: Declarations) -> None:
    declare(known, "dockerfile", "mine", "FROM debian\nRUN pip install \N{EN DASH}-user x\n", cell=6)
    declare(known, "environment", "digits", "dockerfile: mine\n", cell=7)
    found = [each for each in findings_of(known, engine="docker").values() if str(each.place).startswith("Dockerfile")]
    assert found
    assert all(each.place is not None and where(each) == (6, (each.place.line or 0) + 1) for each in found)


def test_what_has_no_key_is_in_the_cell_that_declared_it(known: Declarations) -> None:
    declare(known, "environment", "digits", "python: 3.12\n", cell=7)
    found = findings_of(known, DeploymentFacts(lapsed_lock="digits:1"))["lock-lapsed"]
    assert where(found) == (7, 1)


def test_the_image_that_has_another_python(known: Declarations) -> None:
    declare(known, "environment", "digits", "python: 3.12\nimage: local/base:1\nrequirements: [a==1]\n", cell=7)
    base = ImageFacts("local/base:1", "sha256:1", python="/py", python_version="3.9.2", libc="glibc 2.31")
    found = findings_of(known, DeploymentFacts(base=base), engine="docker", base_image="local/base:1")
    assert {code: where(each) for code, each in found.items() if code.startswith("image-")}["image-python"] == (7, 3)


def test_what_no_cell_declared_has_no_such_place(known: Declarations) -> None:
    declare(known, "environment", "digits", "python: 3.12\nrequirements: [numpy]\n", cell=7)
    environment = known.environment("digits")
    declare(known, "environment", "digits", "python: 3.12\nrequirements: [pandas]\n", cell=8)
    found = findings_of(known, environment=environment)["unpinned-requirements"]
    assert (found.place, found.declared, found.where) == (None, None, None), "the cell says something else by now"
    file = EntryScript("score.py", SCRIPT.replace("init", "other"))
    assert findings_of(known, entry_script=file)["missing-function"].declared is None


def test_texts_stay_as_they_were(known: Declarations) -> None:
    declare(known, "environment", "digits", "python: 3.12\nrequirements: [numpy]\n", cell=7)
    found = findings_of(known)["unpinned-requirements"]
    assert found.place is None
    assert found.lines()[0].startswith("not pinned: numpy")
    assert found == replace(found, declared=None), "places are no part of what was found"


@pytest.mark.parametrize(
    ("kind", "line", "body"),
    [
        ("entry_script", "score.py", "def init(): pass\n"),
        ("entry_script", "score.txt", SCRIPT),
        ("entry_script", "score.py", "def init(:\n"),
        ("environment", "digits", "pyton: 3.12\n"),
        ("environment", "digits", "python: 3.12\nrequirements: [numpy, numpy==1, numpy==2]\n"),
        ("environment", "digits", ""),
        ("environment", "AzureML-mine", "python: 3.12\n"),
        ("requirements", "numbers", "numpy=1\n"),
        ("requirements", "numbers", ""),
        ("requirements", "numbers --fil x", "numpy\n"),
        ("dockerfile", "mine", "RUN x\n"),
        ("score", "digits", ""),
        ("run_script", "train.py", "def x(:\n"),
    ],
)
def test_every_fault_of_a_cell_names_cell_and_line(kind: str, line: str, body: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        interpret(kind, line, body, label="cell In [4]", first_line=2, magic_line=f"%%{kind} {line}")
    for finding in caught.value.findings:
        cell, number = where(finding)
        assert cell == 4
        assert number is not None
        assert number >= 2


@pytest.mark.parametrize(
    ("source", "cell"), [("cell In [12]", 12), ("cell %%environment x", None), ("deploy.ipynb cell 3", None)]
)
def test_cells_of_places(source: str, cell: int | None) -> None:
    assert Place(source, 1).cell == cell
