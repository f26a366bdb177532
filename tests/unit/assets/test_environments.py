"""The door to environments: declared, curated and registered ones under one name."""

from __future__ import annotations

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.session import Session


def missing(session: Session, label: str) -> NotFoundError:
    with pytest.raises(NotFoundError) as caught:
        session.environments.get(label)
    return caught.value


def test_declared_wins_over_registered(session: Session) -> None:
    registered = session.environments.register(Environment("digits", "3.11"))
    session.declare(EnvironmentDraft("digits", "3.12"))
    assert session.environments.get("digits") == Environment("digits", "3.12")
    assert session.environments.get("digits:1") == registered


def test_curated_ones_are_found_by_their_exact_name(session: Session) -> None:
    minimal = session.environments.get("AzureML-Minimal")
    assert minimal in session.environments.list_curated()
    assert minimal.version is None
    assert "AzureML-Minimal" in missing(session, "AzureML-minimal").remedy
    never = missing(session, "AzureML-Minimal:1")
    assert (never.code, never.remedy) == ("unknown-environment-version", "leave the version out: AzureML-Minimal")
    assert session.environments.register(minimal).version == 1
    assert session.environments.get("AzureML-Minimal:1").requirements == minimal.requirements
    assert missing(session, "AzureML-Minimal:2").remedy == "versions: 1"


def test_near_names_are_those_of_all_kinds(session: Session) -> None:
    session.environments.register(Environment("digits-gpu"))
    session.declare(EnvironmentDraft("digits-cpu"))
    assert {"digits-gpu", "digits-cpu"} <= set(missing(session, "digits-xpu").remedy.strip("?").split())
    session.environments.archive("digits-gpu")
    error = missing(session, "digits-gpu")
    assert (error.code, "azml environment restore digits-gpu" in error.remedy) == ("unknown-environment", True)
    assert session.environments.get("digits-gpu:1").archived


def test_a_deployment_of_a_curated_environment(session: Session) -> None:
    session.declare(EntryScript("score.py", "def init(): ...\n\n\ndef run(data): ...\n"))
    deployment = session.define(DeployRequest("web", "score.py", environment="AzureML-Tutorial"))
    assert all(finding.severity == "warning" for finding in session.check(deployment))
    assert session.plan(deployment).action("packages").kind == "run"
    registered = session.workspace.register_deployment_environment(deployment).environment
    assert registered is not None
    assert registered.label == "AzureML-Tutorial:1"


def test_a_copy_goes_on_under_a_name_of_its_own(session: Session) -> None:
    copied = session.environments.clone("AzureML-Minimal", "mine")
    assert copied.label == "mine:1"
    with pytest.raises(DeclarationError) as taken:
        session.environments.clone("AzureML-Tutorial", "mine")
    assert taken.value.code == "environment-exists"
    with pytest.raises(DeclarationError) as reserved:
        session.environments.clone("mine", "AzureML-mine")
    assert reserved.value.code == "reserved-name"
    with pytest.raises(NotFoundError, match="is curated"):
        session.environments.archive("AzureML-Tutorial")


def test_what_the_newest_version_changed(session: Session) -> None:
    for python in ("3.10", "3.11", "3.12"):
        session.environments.register(Environment("digits", python))
    diff = session.environments.diff("digits")
    assert (diff.before, diff.after) == ("digits:2", "digits:3")
    assert session.environments.diff("digits:2").before == "digits:1"
    session.environments.archive("digits", 3)
    assert session.environments.diff("digits").after == "digits:2"
    with pytest.raises(NotFoundError) as first:
        session.environments.diff("digits:1")
    assert first.value.code == "one-version"
    session.declare(EnvironmentDraft("digits", "3.13"))
    assert session.environments.diff("digits").before == "digits:2"
