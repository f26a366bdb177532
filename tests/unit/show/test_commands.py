"""Verbs against a real workspace, as far as no service has to run; those that need one are in ``tests/unit/cli``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from azml_magics.cells.arguments import parse_argv
from azml_magics.cells.grammar import GRAMMAR, get_verb
from azml_magics.definitions.deployment import Deployment, DeployRequest, ServiceReport
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft, NewestEnvironment
from azml_magics.definitions.model import Model
from azml_magics.errors import AzmlError, DeclarationError, NotFoundError, ScoringError
from azml_magics.events import Event, Note
from azml_magics.plan.actions import PackagesPlan, Plan
from azml_magics.session import Session
from azml_magics.show.call import Call
from azml_magics.show.commands import COMMANDS, perform
from azml_magics.show.notebooks import check_notebook, plan_notebook
from azml_magics.show.results import CheckReport, Listing
from azml_magics.show.text import lines_of

SCRIPT = "def init(): ...\ndef run(data): return data\n"


Say = Callable[..., object]


@pytest.fixture
def say(session: Session) -> Say:
    """``say("model list", "--json")``."""

    def run(verb: str, *words: str, body: str | None = None, stdin: bytes = b"") -> object:
        return perform(Call(session, parse_argv(get_verb(verb), words), body, read_stdin=lambda: stdin))

    return run


def test_every_verb_of_the_command_line_has_a_command() -> None:
    # A script in a cell is run as one in a file is.
    assert {verb.name for verb in GRAMMAR if "cli" in verb.doors} | {"run_script"} == COMMANDS.keys()


def test_models(say: Say, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_text("bytes")
    made = say("model register", "model.pkl", "--name", "digits", "--tag", "area=vision", "--description", "x")
    assert isinstance(made, Model)
    assert (made.label, made.tags, made.description) == ("digits:1", (("area", "vision"),), "x")
    assert say("model show", "digits:1") == made == say("model show", "digits")
    assert say("model list", "--tag", "area=vision") == Listing("model", (made,), "no model has these tags")
    assert say("model list", "--tag", "area=text") == Listing("model", (), "no model has these tags")
    assert say("model list", "--name", "other") == Listing("model", ())
    assert say("model list", "--tag", "area") == Listing("model", (made,), "no model has these tags")
    assert say("model list", "--tag", "other") == Listing("model", (), "no model has these tags")
    with pytest.raises(DeclarationError) as caught:
        say("model show", "no name")
    assert caught.value.code == "invalid-model"
    with pytest.raises(NotFoundError) as missing:
        say("model register", "modle.pkl", "--name", "digits")
    assert (missing.value.code, missing.value.remedy) == ("model-path", "did you mean model.pkl?")


def test_environments_declared_and_registered(say: Say, session: Session) -> None:
    registered = session.workspace.register_environment(Environment("digits", "3.11"))
    draft = EnvironmentDraft("digits", "3.12")
    session.declare(draft)
    listed = say("environment list")
    assert isinstance(listed, Listing)
    assert listed.items == (draft, NewestEnvironment(registered, 1))
    assert say("environment show", "digits") == Environment("digits", "3.12")
    assert say("environment show", "digits:1") == registered
    with pytest.raises(NotFoundError):
        say("environment show", "other")


def test_nothing_there_yet(say: Say) -> None:
    assert say("services") == Listing("service", ()) == say("services", "--all")
    assert say("requests") == Listing("request", ())
    stopped = say("stop", "--all")
    assert isinstance(stopped, Listing)
    assert stopped.items == ()
    for verb in ("logs", "stop", "reload", "requests", "score"):
        with pytest.raises(NotFoundError) as caught:
            say(verb, "digits", *(["--data", "[1]"] if verb == "score" else []))
        assert caught.value.code == "unknown-service"


def test_stopped_services_are_listed_when_asked_for(say: Say, session: Session) -> None:
    script = EntryScript("score.py", SCRIPT)
    for name in ("one", "two"):
        directory = session.workspace.service_directory(name)
        session.workspace.save_failed_service(Deployment(name, script, use_current_python=True), directory, "broken")
    session.workspace.save_stopped_service("two")
    listed = say("services")
    assert isinstance(listed, Listing)
    assert [item.name for item in listed.items if isinstance(item, ServiceReport)] == ["one"]
    assert listed.rest == "1 stopped service: services --all"
    for words in (("--all",), ("--json",)):
        whole = say("services", *words)
        assert isinstance(whole, Listing)
        assert (len(whole.items), whole.rest) == (2, "")
    session.workspace.save_stopped_service("one")
    assert lines_of(say("services"), figures=False) == ["no service runs", "2 stopped services: services --all"]


@pytest.mark.parametrize(
    ("words", "body", "code"),
    [
        ((), None, "missing-argument"),
        ((), " \n", "missing-argument"),
        (("--data", "[1]"), "[2]", "exclusive-options"),
        (("--data", "@nothing.json"), None, "data-file"),
        (("--data", "@raw.bin"), None, "body-not-utf8"),
        (("--data", "-"), None, "body-not-utf8"),
    ],
)
def test_bodies_that_cannot_be_sent(
    words: tuple[str, ...], body: str | None, code: str, say: Say, tmp_path: Path
) -> None:
    (tmp_path / "raw.bin").write_bytes(b"\xff\xfe")
    with pytest.raises(AzmlError) as caught:
        say("score", "digits", *words, body=body, stdin=b"\xff")
    assert caught.value.code == code


@pytest.mark.parametrize("body", [b"\xff", b"not json", b""])
def test_raw_bodies_are_not_looked_into(body: bytes, say: Say) -> None:
    """They get as far as looking for the service."""
    with pytest.raises(NotFoundError, match="no service"):
        say("score", "digits", "--data", "-", "--header", "Content-Type: image/png", stdin=body)


def test_json_is_the_scripts_business(say: Say) -> None:
    with pytest.raises(NotFoundError, match="no service"):
        say("score", "digits", "--data", "{no json")
    assert not issubclass(NotFoundError, ScoringError)


def test_check_and_plan(say: Say, tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    (tmp_path / "requirements.txt").write_text("joblib==1.4.2\n")
    words = ("digits", "--requirements", "requirements.txt", "--entry-script", "score.py")
    report = say("check", *words)
    assert isinstance(report, CheckReport)
    assert report.ok
    plan = say("plan", *words)
    assert isinstance(plan, Plan)
    assert [(action.step, action.kind) for action in plan.actions] == [
        ("check", "run"),
        ("packages", "run"),
        ("start", "run"),
    ]
    (tmp_path / "score.py").write_text("def init(): ...\n")
    broken = say("check", *words)
    assert isinstance(broken, CheckReport)
    assert [finding.code for finding in broken.findings] == ["missing-function"]


def write_notebook(path: Path, *cells: str) -> None:
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
            for n, cell in enumerate(cells)
        ],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


CELLS = (
    "%%environment digits\npython: '3.11'\n",
    f"%%entry_script score.py\n{SCRIPT}",
    "%azml model register model.pkl --name digits",
    "%azml deploy digits --environment digits --entry-script score.py --model digits",
)


def test_notebook_is_checked_without_registering_anything(say: Say, session: Session, tmp_path: Path) -> None:
    write_notebook(tmp_path / "books" / "deploy.ipynb", *CELLS)
    report = say("check", "books/deploy.ipynb")
    assert isinstance(report, CheckReport)
    assert (report.service, report.ok) == ("digits", True)
    assert [(finding.code, finding.severity) for finding in report.findings] == [("model-path", "warning")]
    assert session.workspace.list_models() == []
    assert session.declarations.environments == {}


def test_options_beside_a_notebook_win(session: Session, tmp_path: Path) -> None:
    write_notebook(tmp_path / "deploy.ipynb", *CELLS)
    arguments = parse_argv(get_verb("plan"), ["deploy.ipynb", "--python", "current"])
    plan = plan_notebook(session, arguments)
    assert isinstance(plan, Plan)
    assert isinstance(plan.packages, PackagesPlan)
    assert plan.packages.use_current_python


def test_notebook_with_several_services(session: Session, tmp_path: Path) -> None:
    second = "%azml deploy other --environment digits --entry-script score.py"
    write_notebook(tmp_path / "deploy.ipynb", *CELLS, f"%%entry_script score.py\nfrom . import other\n{SCRIPT}", second)
    report = check_notebook(session, parse_argv(get_verb("check"), ["deploy.ipynb"]))
    assert report.service == "digits, other"
    assert [finding.code for finding in report.findings] == ["relative-import", "model-path"]


def test_notebooks_that_cannot_be_deployed(say: Say, tmp_path: Path) -> None:
    write_notebook(tmp_path / "empty.ipynb", "1 + 1")
    with pytest.raises(DeclarationError) as nothing:
        say("deploy", "empty.ipynb")
    assert nothing.value.code == "nothing-to-deploy"
    with pytest.raises(NotFoundError) as missing:
        say("deploy", "emtpy.ipynb")
    assert (missing.value.code, missing.value.remedy) == ("notebook-missing", "did you mean empty.ipynb?")


def test_notebook_model_is_registered_or_taken_from_before(session: Session, tmp_path: Path) -> None:
    """The model's file is written by cells that are not run here."""
    write_notebook(
        tmp_path / "deploy.ipynb", *CELLS[2:3], "%azml deploy digits --environment no --entry-script score.py"
    )
    heard: list[Event] = []
    call = Call(session, parse_argv(get_verb("deploy"), ["deploy.ipynb"]), emit=heard.append)
    with pytest.raises(NotFoundError) as never_run:
        perform(call)
    assert (never_run.value.code, never_run.value.remedy) == (
        "model-path",
        "run the notebook once: it writes the model",
    )
    (tmp_path / "model.pkl").write_text("bytes")
    for _ in range(2):
        with pytest.raises(AzmlError, match="cannot be deployed"):
            perform(call)
        assert [model.label for model in session.workspace.list_models()] == ["digits:1"]
        (tmp_path / "model.pkl").unlink(missing_ok=True)
    assert heard == [Note("model.pkl is not there: model digits:1, registered before, is used")]


def test_the_plan_of_a_service_that_is_known(say: Say, session: Session, tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    deployment = session.define(DeployRequest("digits", "score.py", use_current_python=True))
    session.workspace.save_failed_service(deployment, session.workspace.service_directory("digits"), "it fell over")
    plan = say("plan", "digits", "--workers", "2")
    assert isinstance(plan, Plan)
    assert plan.service == "digits"
    report = say("check", "digits")
    assert isinstance(report, CheckReport)
    assert report.service == "digits"
    with pytest.raises(NotFoundError) as caught:
        say("plan", "digitz")
    assert "digits" in caught.value.remedy
