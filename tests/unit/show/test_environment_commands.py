"""The verbs about environments against a real workspace, as the seeds and Azure's command line say them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from azml_magics.assets.environment_files import SavedEnvironment
from azml_magics.cells.arguments import parse_argv
from azml_magics.cells.grammar import get_verb
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.environment_diff import EnvironmentDiff
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.private_wheel import PrivateWheel
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import AzmlError, DeclarationError, NotFoundError
from azml_magics.session import Session
from azml_magics.show.call import Call
from azml_magics.show.commands import perform
from azml_magics.show.document import document_of, render_json
from azml_magics.show.environment_results import RegisteredEnvironment
from azml_magics.show.results import CheckReport, Listing
from azml_magics.show.text import lines_of
from tests.require import require
from tests.unit.build.wheelhouse import add_wheel
from tests.unit.show.values import html_of

VECTORS = Path(__file__).parents[4] / "shared" / "contract" / "vectors" / "environments"


Say = Callable[..., Any]


@pytest.fixture
def say(session: Session) -> Say:
    """``say("environment list", "--json")``."""

    def run(verb: str, *words: str) -> object:
        return perform(Call(session, parse_argv(get_verb(f"environment {verb}"), words)))

    return run


def refused(say: Say, *words: str) -> AzmlError:
    with pytest.raises(AzmlError) as caught:
        say(*words)
    return caught.value


def lists(tmp_path: Path, **texts: str) -> None:
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)


def test_scaffold_writes_what_azure_writes(say: Say, tmp_path: Path) -> None:
    if not VECTORS.is_dir():
        require("vectors", f"{VECTORS} is not there")
    saved = say("scaffold", "-n", "default-env", "-d", "made")
    assert isinstance(saved, SavedEnvironment)
    expected = VECTORS / "default"
    assert (tmp_path / "made" / "azureml_environment.json").read_bytes() == (
        expected / "azureml_environment.json"
    ).read_bytes()
    conda = yaml.safe_load((tmp_path / "made" / "conda_dependencies.yml").read_text())
    assert conda == yaml.safe_load((expected / "conda_dependencies.yml").read_text())
    error = refused(say, "scaffold", "-n", "other", "-d", "made")
    assert (error.code, "--overwrite" in error.remedy) == ("directory-exists", False)
    assert refused(say, "scaffold", "-n", "AzureML-mine", "-d", "other").code == "reserved-name"


def test_the_round_of_the_seed(say: Say, tmp_path: Path) -> None:
    """Scaffold, register, list, show, download."""
    say("scaffold", "-n", "myenv", "-d", "myenvdir")
    registered = say("register", "-d", "myenvdir")
    assert isinstance(registered, RegisteredEnvironment)
    assert registered.environment.label == "myenv:1"
    inline = json.loads(render_json(document_of(registered)))
    assert (inline["name"], inline["version"]) == ("myenv", "1")
    assert inline["python"]["condaDependencies"]["dependencies"][0] == "python=3.8.13"
    assert say("register", "--directory", "myenvdir").environment.version == 1
    assert say("register", "-d", "myenvdir", "-n", "other").environment.label == "other:1"
    assert lines_of(say("show", "-n", "myenv"), figures=False) == lines_of(say("show", "myenv:1"), figures=False)
    say("download", "-n", "myenv", "-d", "downloaddir")
    assert refused(say, "download", "-n", "myenv", "-d", "downloaddir").code == "directory-exists"
    say("download", "-n", "myenv", "-v", "1", "-d", "downloaddir", "--overwrite")
    assert say("register", "-d", "downloaddir").environment.label == "myenv:1"


def test_what_an_environment_may_be_made_of(say: Say, session: Session, tmp_path: Path) -> None:
    lists(tmp_path, pip="numpy==2.2.6\n", conda="dependencies: [python=3.11, {pip: [six]}]\n")
    session.declare(EnvironmentDraft("declared", "3.12"))
    made = {
        "declared": say("register", "declared").environment,
        "pip": say("register", "-n", "pip", "--requirements", "pip.txt", "--tag", "a=b").environment,
        "conda": say("register", "conda", "--conda", "conda.txt", "--description", "for six").environment,
        "image": say("register", "image", "--image", "local/x:1", "--requirements", "pip.txt").environment,
    }
    (tmp_path / "Dockerfile").write_text("FROM local/x:1\nENV A=1\n")
    made["file"] = say("register", "file", "--dockerfile", "Dockerfile").environment
    assert [environment.version for environment in made.values()] == [1] * 5
    assert made["declared"].python == "3.12"
    assert (made["pip"].requirements.names(), made["pip"].tags) == ({"numpy"}, (("a", "b"),))
    assert (made["conda"].python, made["conda"].description) == ("3.11", "for six")
    assert (made["image"].image_source.image, made["image"].requirements.names()) == ("local/x:1", {"numpy"})
    assert made["file"].image_source.dockerfile == "FROM local/x:1\nENV A=1\n"
    records = tmp_path / "envs" / "vision" / "conda-meta"
    records.mkdir(parents=True)
    (records / "python.json").write_text('{"name": "python", "version": "3.10.4", "channel": "conda-forge"}')
    assert say("register", "existing", "--conda-environment", "envs/vision").environment.python == "3.10.4"
    assert refused(say, "register", "declard").code == "unknown-environment"


def test_those_of_a_notebook(say: Say, tmp_path: Path) -> None:
    cells = ["%%environment one\npython: '3.11'\n", "%%environment two\nrequirements: [six==1.17.0]\n", "1 + 1"]
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    notebook = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "made.ipynb").write_text(json.dumps(notebook))
    listed = say("register", "made.ipynb")
    assert isinstance(listed, Listing)
    assert [item.label for item in listed.items if isinstance(item, Environment)] == ["one:1", "two:1"]
    assert [item.label for item in say("register", "made.ipynb", "-n", "two").items] == ["two:1"]
    error = refused(say, "register", "made.ipynb", "-n", "tow")
    assert (error.code, error.remedy) == ("unknown-environment", "did you mean two?")


def test_files_of_azures_v2(say: Say, tmp_path: Path) -> None:
    lists(tmp_path, conda="dependencies: [python=3.11, {pip: [six==1.17.0]}]\n")
    text = "name: two\nimage: local/x:1\nconda_file: conda.txt\ndescription: for six\ntags: {a: b}\n"
    (tmp_path / "environment.yml").write_text(text)
    registered = say("register", "--file", "environment.yml").environment
    assert (registered.label, registered.image_source.image, registered.tags) == ("two:1", "local/x:1", (("a", "b"),))
    say("download", "two", "-d", "made", "--format", "v2")
    assert say("register", "--file", "made/environment.yml").environment.version == 1
    assert say("register", "--file", "made/environment.yml", "-n", "three").environment.label == "three:1"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("register",), "missing-argument"),
        (("register", "--conda", "c"), "missing-argument"),
        (("register", "a", "-n", "b", "--conda", "c"), "exclusive-options"),
        (("register", "a", "--conda", "c", "--requirements", "r"), "exclusive-options"),
        (("register", "a", "--image", "c", "--dockerfile", "r"), "exclusive-options"),
        (("register", "-d", "a", "--image", "c"), "exclusive-options"),
        (("register", "-d", "a", "--file", "c"), "exclusive-options"),
        (("register", "a/b"), "invalid-name"),
        (("register", "-d", "nothing"), "environment-file-missing"),
        (("show",), "missing-argument"),
        (("show", "a", "-n", "b"), "exclusive-options"),
        (("show", "a:1", "-v", "1"), "exclusive-options"),
        (("check", "a", "-d", "b"), "exclusive-options"),
        (("check",), "missing-argument"),
        (("clone", "a", "Microsoft-b"), "reserved-name"),
        (("clone", "nobody", "b"), "unknown-environment"),
        (("archive", "nobody"), "unknown-environment"),
        (("list", "-n", "nobody"), "unknown-environment"),
        (("add-wheel", "nothing.whl"), "wheel-missing"),
    ],
)
def test_what_cannot_be_meant(say: Say, words: tuple[str, ...], code: str) -> None:
    error = refused(say, *words)
    assert error.code == code
    assert error.remedy


def test_lists(say: Say, session: Session) -> None:
    assert lines_of(say("list"), figures=False) == [
        "no environments yet",
        "8 curated environments: environment list --curated",
    ]
    for python in ("3.11", "3.12"):
        session.environments.register(Environment("digits", python, description="for digits"))
    session.environments.register(Environment("letters", tags=(("team", "a"),)))
    assert lines_of(say("list"), figures=False) == [
        "2 environments",
        "  name     version  versions  python  requirements  description  tags",
        "  digits   2        2         3.12    none          for digits",
        "  letters  1        1         any     none                       team=a",
        "8 curated environments: environment list --curated",
    ]
    say("archive", "digits:2")
    assert [row["version"] for row in json.loads(render_json(document_of(say("list"))))] == [1, 1]
    assert lines_of(say("list", "-n", "digits", "--archived"), figures=False)[2:] == [
        "  digits  1            3.11    none          for digits",
        "  digits  2, archived  3.12    none          for digits",
    ]
    whole = document_of(say("list", "--all-versions", "--archived"))
    assert [(row["name"], row["version"], row["archived"]) for row in json.loads(render_json(whole))] == [
        ("digits", 1, False),
        ("digits", 2, True),
        ("letters", 1, False),
    ]
    curated = lines_of(say("list", "--curated"), figures=False)
    assert curated[0] == "8 environments"
    assert curated[2].split()[:3] == ["AzureML-Minimal", "curated", "any"]
    say("archive", "letters")
    say("archive", "-n", "digits", "-v", "1")
    assert lines_of(say("list"), figures=False)[0] == "no environments yet"
    assert refused(say, "list", "-n", "letters").brief == "every version of environment 'letters' is archived"


def test_archive_and_restore(say: Say, session: Session) -> None:
    for python in ("3.11", "3.12"):
        session.environments.register(Environment("digits", python))
    assert lines_of(say("archive", "digits"), figures=False) == ["archived 2 versions: digits:1, digits:2"]
    assert lines_of(say("show", "digits:1"), figures=False)[0] == "environment digits (version 1, archived)"
    assert document_of(say("restore", "digits:2")) == [{"name": "digits", "version": 2, "archived": False}]
    assert session.environments.get("digits").version == 2
    error = refused(say, "archive", "digits:x")
    assert (error.code, error.remedy) == ("unknown-environment-version", "versions: 1 (archived), 2")
    assert refused(say, "archive", "digits:").code == "unknown-environment-version"
    assert session.environments.get("digits").version == 2


def test_diff(say: Say, session: Session) -> None:
    one = Environment("digits", "3.11", parse_requirements("numpy==1.26.4\npandas"))
    session.environments.register(one)
    error = refused(say, "diff", "digits")
    assert (error.code, "diff NAME:1" in error.remedy) == ("one-version", True)
    session.environments.register(Environment("digits", "3.12", parse_requirements("numpy==2.2.6\nsix")))
    diff = say("diff", "digits")
    assert isinstance(diff, EnvironmentDiff)
    assert lines_of(diff, figures=False) == [
        "digits:1 -> digits:2: 4 differences",
        "~ python          3.11 -> 3.12",
        "~ package numpy   numpy==1.26.4 -> numpy==2.2.6",
        "- package pandas  pandas",
        "+ package six     six",
    ]
    assert "+ package six" in html_of(diff, figures=False)
    assert lines_of(say("diff", "digits:2", "digits:2"), figures=False) == ["digits:2 -> digits:2: no differences"]
    assert lines_of(say("diff", "digits:2", "digits:1"), figures=False)[-1] == "- package six     six"
    session.declare(EnvironmentDraft("digits", "3.13"))
    assert lines_of(say("diff", "digits:2", "digits"), figures=False)[0] == "digits:2 -> digits: 3 differences"
    assert lines_of(say("diff", "digits"), figures=False)[0] == "digits:2 -> digits: 3 differences"


def test_the_packages_of_a_lock_that_only_one_has_are_no_news(say: Say, session: Session) -> None:
    one = session.environments.register(Environment("digits", "3.11", parse_requirements("numpy")))
    lock = Lock(one.digest(), "3.11", "linux", ("numpy==2.2.6", "six==1.17.0"))
    session.environments.register(replace(one, lock=lock))
    assert lines_of(say("diff", "digits:1", "digits:2"), figures=False) == [
        "digits:1 -> digits:2: 1 difference",
        "+ lock  Python 3.11 on linux",
    ]
    newer = replace(one, lock=replace(lock, requirement_lines=("numpy==2.2.6", "six==1.18.0")))
    session.environments.register(newer)
    assert lines_of(say("diff", "digits"), figures=False)[1:] == ["~ locked six  1.17.0 -> 1.18.0"]


def test_clone(say: Say, session: Session) -> None:
    copied = say("clone", "AzureML-Tutorial", "mine").environment
    assert (copied.label, "pandas" in copied.requirements.names()) == ("mine:1", True)
    assert say("clone", "AzureML-Tutorial", "mine").environment.version == 1
    assert refused(say, "clone", "AzureML-Minimal", "mine").code == "environment-exists"
    say("archive", "mine")
    again = say("clone", "mine:1", "yours").environment
    assert (again.label, again.archived) == ("yours:1", False)
    with pytest.raises(NotFoundError) as near:
        say("show", "azureml-tutorial")
    assert "AzureML-Tutorial" in near.value.remedy
    assert lines_of(say("show", "AzureML-Minimal"), figures=False)[0] == "environment AzureML-Minimal (curated)"


def test_check(say: Say, session: Session) -> None:
    session.environments.register(Environment("digits", "3.11", parse_requirements("numpy")))
    report = say("check", "digits")
    assert isinstance(report, CheckReport)
    assert report.service == "environment digits:1"
    say("scaffold", "-n", "other", "-d", "made")
    assert say("check", "-d", "made").service == "environment other"


def test_credentials_that_are_kept_are_told(say: Say, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("--extra-index-url https://me:hunter2@example.com/simple\nnumpy\n")
    made = say("register", "-n", "digits", "--requirements", "list.txt")
    assert [finding.code for finding in made.findings] == ["credentials"]
    assert "hunter2" not in repr(made.findings)


def test_add_wheel(say: Say, tmp_path: Path) -> None:
    made = add_wheel(tmp_path, "house", "1.0")
    wheel = say("add-wheel", made.name)
    assert isinstance(wheel, PrivateWheel)
    assert document_of(wheel) == {
        "project": "house",
        "version": "1.0",
        "file": made.name,
        "requirement": wheel.requirement,
    }
    assert lines_of(wheel, figures=False) == ["wheel house 1.0 is kept in the workspace"]
    assert wheel.requirement in "\n".join(lines_of(wheel, figures=True))
    with pytest.raises(DeclarationError):
        say("add-wheel", made.name)
    assert say("add-wheel", made.name, "--exist-ok") == wheel
