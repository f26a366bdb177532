"""The entry script against the server's rules and against what will stand beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import Finding, Place
from azml_magics.preflight import DeploymentFacts
from azml_magics.preflight.script import check

FUNCTIONS = "def init(): ...\ndef run(data): ...\n"
FACTS = DeploymentFacts(sibling_modules=frozenset({"helper", "score", "numpy", "json"}))


def findings(
    imports: str,
    requirements: str | None = None,
    facts: DeploymentFacts = FACTS,
    source: str | None = None,
    current: bool = False,
) -> list[Finding]:
    deployment = Deployment(
        "digits",
        EntryScript("score.py", f"{imports}\n{FUNCTIONS}"),
        None if requirements is None else Environment("digits", requirements=parse_requirements(requirements)),
        use_current_python=current,
        source_directory=None if source is None else Path(source),
    )
    return list(check(deployment, facts))


def codes(imports: str, requirements: str | None = None, current: bool = False) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings(imports, requirements, current=current)]


@pytest.mark.parametrize(
    ("imports", "requirements"),
    [
        ("import json, os.path", "six"),
        ("import numpy", "numpy"),
        ("from sklearn import svm\nimport joblib", "scikit-learn\njoblib"),
        ("import pandas", None),
        ("import pandas", "--pre"),
        ("import score", None),
        ("def late():\n    import pandas", "numpy"),
        ("try:\n    import pandas\nexcept ImportError:\n    pandas = None", "numpy"),
        ("from azureml.contrib.services.aml_request import rawhttp", "numpy"),
    ],
)
def test_imports_nobody_needs_to_hear_of(imports: str, requirements: str | None) -> None:
    assert codes(imports, requirements) == []


def test_a_sibling_that_is_not_deployed() -> None:
    (finding,) = findings("import os, helper.sub")
    assert (finding.code, finding.severity) == ("sibling-not-deployed", "error")
    assert finding.place == Place("score.py", 1, 12, "import os, helper.sub", 6)
    assert finding.remedy == "deploy its folder too: --source-dir FOLDER"
    (finding,) = findings("from helper import name", source="work/src")
    assert finding.remedy == "move it to the top of src, or name its folder with --source-dir"
    deployed = DeploymentFacts(sibling_modules=FACTS.sibling_modules, source_modules=frozenset({"helper"}))
    assert findings("import helper", facts=deployed, source="work") == []


def test_a_sibling_that_may_not_be_needed_is_a_warning() -> None:
    assert codes("def late():\n    import helper") == [("sibling-not-deployed", "warning")]
    assert codes("def late():\n    import helper\nimport helper") == [("sibling-not-deployed", "error")]


def test_a_sibling_of_the_name_of_a_package() -> None:
    assert codes("import numpy", "numpy") == []
    assert codes("import numpy") == [("sibling-not-deployed", "error")]
    assert codes("import numpy", current=True) == [("sibling-not-deployed", "error")]
    installed = DeploymentFacts(sibling_modules=FACTS.sibling_modules, current_packages={"numpy": "2.2.6"})
    assert findings("import numpy", facts=installed, current=True) == []


def test_imports_the_environment_does_not_ask_for() -> None:
    (finding,) = findings("import pandas.core", "numpy")
    assert (finding.code, finding.severity) == ("import-not-declared", "warning")
    assert finding.message == "pandas is imported, but the environment does not ask for it"


@pytest.mark.parametrize(
    ("imports", "severity", "remedy"),
    [
        ("from . import helper", "error", "write import NAME and deploy its folder with --source-dir"),
        ("from .helper import x", "error", "write import helper and deploy its folder with --source-dir"),
        ("def late():\n    from . import helper", "warning", "write import NAME"),
    ],
)
def test_relative_imports(imports: str, severity: str, remedy: str) -> None:
    (finding,) = findings(imports)
    assert (finding.code, finding.severity) == ("relative-import", severity)
    assert finding.remedy.startswith(remedy)


def test_places_are_those_of_the_cell() -> None:
    script = EntryScript("score.py", f"import helper\n{FUNCTIONS}", Origin("cell In [4]", 1))
    (finding,) = check(Deployment("digits", script), FACTS)
    assert finding.place == Place("cell In [4]", 2, 8, "import helper", 6)


def test_the_rules_for_scripts_are_applied() -> None:
    script = EntryScript("my-score.py", "import helper\n\ndef run(*data): ...\n")
    assert [finding.code for finding in check(Deployment("digits", script), FACTS)] == [
        "invalid-script-name",
        "missing-function",
        "run-signature",
        "sibling-not-deployed",
    ]


@pytest.mark.parametrize(
    ("python", "severity"),
    [
        (None, "error"),
        ("3.8", "error"),
        (f"3.{sys.version_info.minor}", "error"),
        (f"3.{sys.version_info.minor + 1}.2", "warning"),
    ],
)
def test_syntax_a_newer_python_may_know_is_doubtful(python: str | None, severity: str) -> None:
    deployment = Deployment("digits", EntryScript("score.py", "def init(: ..."), Environment("digits", python))
    assert [(finding.code, finding.severity) for finding in check(deployment, FACTS)] == [("syntax-error", severity)]
