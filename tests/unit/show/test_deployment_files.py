"""``deploy --file`` and what else the line says; a notebook with such a line; ``export``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from azml_magics.cells.arguments import parse_command
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.events import Event, Found
from azml_magics.plan.actions import PackagesPlan, Plan
from azml_magics.session import Session
from azml_magics.show.call import Call
from azml_magics.show.commands import perform
from azml_magics.show.deployment_files import dry_file_request, file_deploy_request, service_named
from azml_magics.show.describe import describe
from azml_magics.show.results import CheckReport
from azml_magics.show.text import view_lines

DEPLOYMENT = """\
name: blue
endpoint_name: my-endpoint
model: {path: m.pkl}
code_configuration: {code: code, scoring_script: score.py}
environment: {image: "a.example.com/base:1", conda_file: conda.yml}
environment_variables: {A: 1}
instance_type: x
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "v2" / "code").mkdir(parents=True)
    (tmp_path / "v2" / "code" / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    (tmp_path / "v2" / "m.pkl").write_text("weights")
    (tmp_path / "v2" / "conda.yml").write_text("dependencies: [python=3.11, pip, {pip: [numpy==2.2.6]}]\n")
    (tmp_path / "v2" / "deployment.yml").write_text(DEPLOYMENT)
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    yield opened
    opened.workspace.close()


def test_the_line_wins_over_the_file(session: Session) -> None:
    heard: list[Event] = []
    line = "deploy --file v2/deployment.yml --name other --engine docker --port 5002 --env A=2 --env B=3 --workers 2"
    request = file_deploy_request(session, parse_command(line), heard.append)
    assert (request.name, request.engine, request.port, request.workers) == ("other", "docker", 5002, 2)
    assert request.environment_variables == (("A", "2"), ("B", "3"))
    assert request.environment == "other-environment:1"
    (found,) = heard
    assert isinstance(found, Found)
    assert (found.finding.severity, str(found.finding.place)) == ("warning", "deployment.yml, line 7")
    assert found.finding.message.startswith("instance_type: ")


def test_packages_of_the_line_take_the_place_of_the_files(session: Session) -> None:
    line = "deploy --file v2/deployment.yml --python current --model ./v2/code"
    request = file_deploy_request(session, parse_command(line), lambda _: None)
    assert (request.environment, request.use_current_python, request.models) == (None, True, ("./v2/code",))
    assert session.environments.list_all() == []
    assert [model.label for model in session.define(request).models] == ["code:0"]


def test_the_name_is_known_before_anything_is_done(session: Session) -> None:
    assert service_named(session, parse_command("deploy --file v2/deployment.yml")) == "my-endpoint-blue"
    assert service_named(session, parse_command("deploy abc --file nowhere.yml")) == "abc"
    assert service_named(session, parse_command("services")) is None
    with pytest.raises(NotFoundError) as caught:
        service_named(session, parse_command("deploy --file v2/deploymnet.yml"))
    assert (caught.value.code, caught.value.remedy) == ("deployment-file-missing", "did you mean deployment.yml?")
    assert session.environments.list_all() == []


@pytest.mark.parametrize("declared", [False, True])
def test_a_file_is_checked_and_planned_and_nothing_registered(session: Session, declared: bool) -> None:
    if declared:  # what a cell declares by that name is something else
        session.declare(EnvironmentDraft("my-endpoint-blue-environment", "3.12", parse_requirements("numpy==1.0")))
    report = perform(Call(session, parse_command("check --file v2/deployment.yml")))
    assert isinstance(report, CheckReport)
    assert report.service == "my-endpoint-blue"
    assert report.findings[-1].message.startswith("instance_type: ")
    plan = perform(Call(session, parse_command("plan --file v2/deployment.yml --name other")))
    assert isinstance(plan, Plan)
    assert isinstance(plan.packages, PackagesPlan)
    assert any("numpy==2.2.6" in line for line in plan.packages.requirement_lines)
    assert session.environments.list_all() == []
    (session.working_directory / "v2" / "code" / "score.py").write_text("def run(data): ...\n")
    assert not cast(CheckReport, perform(Call(session, parse_command("check --file v2/deployment.yml")))).ok


def test_a_plan_of_a_file_knows_what_is_registered(session: Session) -> None:
    registered = file_deploy_request(session, parse_command("deploy --file v2/deployment.yml"), lambda _: None)
    request, known, _ = dry_file_request(session, parse_command("plan --file v2/deployment.yml"))
    assert request == registered
    assert known is session.declarations
    (session.working_directory / "v2" / "conda.yml").write_text("dependencies: [python=3.11, pip]\n")
    request, known, _ = dry_file_request(session, parse_command("plan --file v2/deployment.yml"))
    assert request.environment == "my-endpoint-blue-environment"
    assert known.environment(request.environment) is not None
    assert [each.label for each in session.environments.list_all()] == [registered.environment]


def test_a_name_that_cannot_be_registered_is_told_before(session: Session) -> None:
    file = session.working_directory / "v2" / "deployment.yml"
    file.write_text(DEPLOYMENT.replace("{image:", "{name: AzureML-mine, image:"))
    with pytest.raises(DeclarationError, match="AzureML-mine"):
        perform(Call(session, parse_command("check --file v2/deployment.yml")))


@pytest.mark.parametrize("verb", ["deploy", "check", "plan"])
def test_a_line_names_one_thing(verb: str) -> None:
    for words, said in (("", "NAME is missing"), ("a.ipynb --file b.yml", "a.ipynb and --file exclude each other")):
        with pytest.raises(DeclarationError) as caught:
            parse_command(f"{verb} {words}")
        assert caught.value.findings[0].message.endswith(said)
    with pytest.raises(DeclarationError) as caught:
        parse_command(f"{verb} digits --name digits --python current --entry-script score.py")
    assert caught.value.findings[0].remedy == f"write {verb} NAME, or add --file"


def test_a_notebook_may_deploy_a_file(session: Session, tmp_path: Path) -> None:
    cell: dict[str, object] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": "%azml deploy --file v2/deployment.yml"}]
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    report = perform(Call(session, parse_command("check a.ipynb")))
    assert isinstance(report, CheckReport)
    assert (report.service, report.ok) == ("my-endpoint-blue", True)
    assert isinstance(perform(Call(session, parse_command("plan a.ipynb"))), Plan)
    assert session.environments.list_all() == []


def test_a_service_is_exported(session: Session, tmp_path: Path) -> None:
    request = file_deploy_request(session, parse_command("deploy --file v2/deployment.yml"), lambda _: None)
    deployment: Deployment = session.define(request)
    endpoint = Endpoint("my-endpoint-blue", "process", 5001, tmp_path / "log", tmp_path)
    session.workspace.save_service(deployment, endpoint, {}, {})
    exported = perform(Call(session, parse_command("export my-endpoint-blue -d out")))
    assert view_lines(describe(exported, figures=False))[0] == "service my-endpoint-blue was written to out"
    assert (tmp_path / "out" / "model" / "m.pkl").read_text() == "weights"
    with pytest.raises(DeclarationError) as caught:
        perform(Call(session, parse_command("export my-endpoint-blue -d out")))
    assert caught.value.code == "directory-exists"
    perform(Call(session, parse_command("export my-endpoint-blue -d out --overwrite")))


def test_environments_from_and_into_files(session: Session, tmp_path: Path) -> None:
    (tmp_path / "v2" / "environment.yml").write_text("name: e\nimage: a.example.com/base:1\nconda_file: conda.yml\n")
    perform(Call(session, parse_command("environment register --file v2/environment.yml")))
    perform(Call(session, parse_command("environment register other --file v2/environment.yml")))
    assert [each.label for each in session.environments.list_all()] == ["e:1", "other:1"]
    perform(Call(session, parse_command("environment download e -d out --format v2")))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["conda.yml", "environment.yml"]
