"""Packages as far as they can be judged before anything is resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import Finding
from azml_magics.preflight import DeploymentFacts
from azml_magics.preflight.requirements import EXTRA_VARIABLES, check

SCRIPT = EntryScript("score.py", "")


def environment(text: str) -> Environment:
    return Environment("digits", requirements=parse_requirements(text))


def current(text: str = "", **packages: str) -> list[Finding]:
    deployment = Deployment("digits", SCRIPT, environment(text) if text else None, use_current_python=True)
    facts = DeploymentFacts(current_packages={name.replace("_", "-"): version for name, version in packages.items()})
    return list(check(deployment, facts))


def test_the_current_python_needs_the_server() -> None:
    (finding,) = current(numpy="2.2.6")
    assert (finding.code, finding.severity) == ("missing-package", "error")
    assert SERVER in finding.message
    assert f"pip install {SERVER}" in finding.remedy
    assert current(azureml_inference_server_http="1.5.1") == []


def test_the_current_python_has_what_the_environment_asks_for() -> None:
    text = "numpy>=2\nscikit_learn==1.7.2 --hash=sha256:ab\ntorch==2.8.0\nnever; python_version < '3'\n--pre"
    findings = current(text, azureml_inference_server_http="1.5.1", numpy="2.3.0rc1", scikit_learn="1.6.0")
    assert [(finding.code, finding.severity) for finding in findings] == [
        ("incompatible-package", "error"),
        ("missing-package", "error"),
    ]
    assert "scikit_learn 1.6.0" in findings[0].message
    assert "no torch" in findings[1].message


def test_unpinned_requirements_are_one_warning() -> None:
    text = (
        "numpy\npandas>=2,<3\nscipy==1.*\nsix==1.17.0\nodd===1\nurl @ https://host/url.whl\n"
        "--pre\nhashed==1 --hash=sha256:ab"
    )
    (finding,) = check(Deployment("digits", SCRIPT, environment(text)), DeploymentFacts())
    assert (finding.code, finding.severity) == ("unpinned-requirements", "warning")
    assert finding.message.startswith("not pinned: numpy, pandas<3,>=2, scipy==1.*; ")
    assert list(check(Deployment("digits", SCRIPT, environment("six==1.17.0")), DeploymentFacts())) == []
    assert list(check(Deployment("digits", SCRIPT), DeploymentFacts())) == []


# packages added at start ----------------------------------------------------------------------------------------------

LIBRARY, CONDA_ABSOLUTE, CONDA, REQUIREMENTS = EXTRA_VARIABLES


def test_what_is_not_installed_need_not_be_pinned() -> None:
    azure = conda_environment("azure", default_conda("3.11"))
    assert list(check(Deployment("digits", EntryScript("score.py", ""), azure), DeploymentFacts())) == []


def extra(
    variables: dict[str, str], files: list[str] | None = None, script: str = "score.py"
) -> list[tuple[str, str, str]]:
    deployment = Deployment(
        "digits",
        EntryScript(script, ""),
        source_directory=None if files is None else Path("work"),
        environment_variables=tuple(variables.items()),
    )
    facts = DeploymentFacts(source_files={name: Path("work") / name for name in files or []})
    return [(found.code, found.severity, found.remedy) for found in check(deployment, facts)]


@pytest.mark.parametrize(
    ("variables", "files", "script"),
    [
        ({}, None, "score.py"),
        ({REQUIREMENTS: ""}, None, "score.py"),
        ({REQUIREMENTS: "requirements.txt"}, ["score.py", "requirements.txt"], "score.py"),
        ({REQUIREMENTS: "requirements.txt"}, ["src/score.py", "src/requirements.txt"], "src/score.py"),
        ({REQUIREMENTS: "../requirements.txt"}, ["src/score.py", "requirements.txt"], "src/score.py"),
        ({REQUIREMENTS: "/srv/requirements.txt"}, ["score.py"], "score.py"),
        ({REQUIREMENTS: "../requirements.txt"}, ["score.py"], "score.py"),
        ({LIBRARY: "lib"}, ["score.py", "lib/helper.py"], "score.py"),
        ({LIBRARY: "."}, ["score.py"], "score.py"),
        ({LIBRARY: ".."}, ["score.py"], "score.py"),
        ({CONDA: "conda.yml"}, ["score.py", "conda.yml"], "score.py"),
        ({CONDA_ABSOLUTE: "/srv/conda.yml"}, ["score.py"], "score.py"),
    ],
)
def test_what_the_start_script_finds(variables: dict[str, str], files: list[str] | None, script: str) -> None:
    assert extra(variables, files, script) == []


@pytest.mark.parametrize(
    ("variables", "files", "script", "code", "remedy"),
    [
        (
            {REQUIREMENTS: "requirements.txt"},
            ["src/score.py", "requirements.txt"],
            "src/score.py",
            "extra-requirements-missing",
            "put it into work/src",
        ),
        (
            {REQUIREMENTS: "requirements.txt"},
            None,
            "src/score.py",
            "extra-requirements-missing",
            "deploy the folder that holds it and the script: --source-dir FOLDER",
        ),
        ({LIBRARY: "lib"}, ["score.py", "lib2/a.py"], "score.py", "extra-library-missing", "put it into work"),
        ({LIBRARY: "."}, None, "score.py", "extra-library-missing", "deploy the folder"),
        ({CONDA: "conda.yml"}, ["score.py"], "score.py", "extra-conda-missing", "put it into work"),
    ],
)
def test_what_the_start_script_would_not_find(
    variables: dict[str, str], files: list[str] | None, script: str, code: str, remedy: str
) -> None:
    ((found, severity, said),) = extra(variables, files, script)
    assert (found, severity) == (code, "error")
    assert said.startswith(remedy)


def test_which_variable_wins_is_said() -> None:
    """The losers are ignored without a word by the images, and their files may be missing (AZUREML.md 2.2)."""
    variables = {REQUIREMENTS: "missing.txt", LIBRARY: "lib"}
    assert [found[:2] for found in extra(variables, ["score.py", "lib/a.py"])] == [
        ("extra-packages-precedence", "warning")
    ]
    deployment = Deployment("digits", SCRIPT, environment_variables=tuple(dict.fromkeys(EXTRA_VARIABLES, "/x").items()))
    (finding,) = check(deployment, DeploymentFacts())
    assert finding.message == f"{LIBRARY} wins: {CONDA_ABSOLUTE}, {CONDA}, {REQUIREMENTS} will be ignored"


def test_variables_of_the_environment_count() -> None:
    owner = Environment("digits", environment_variables=((REQUIREMENTS, "requirements.txt"),))
    assert [finding.code for finding in check(Deployment("digits", SCRIPT, owner), DeploymentFacts())] == [
        "extra-requirements-missing"
    ]


def test_lines_of_azures_files_that_cannot_be_installed_here() -> None:
    conda = CondaDependencies(("python=3.9", PipSection(("# comment", "numpy==2.2.6", "-e ."))))
    found = Environment("azures", "3.9", parse_requirements("numpy==2.2.6"), conda=conda)
    (finding,) = check(Deployment("digits", SCRIPT, found), DeploymentFacts())
    assert (finding.code, finding.severity) == ("unsupported-option", "error")
    assert str(finding.place) == "pip section of environment azures, line 3"
