"""The three strategies of one definition side by side, after each has really been deployed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.containers.usage import remove_image
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.images.strategies import (
    COMPARED,
    StrategyComparison,
    StrategyRow,
    compare_strategies,
    definition_named,
)
from azml_magics.plan.actions import ImagePlan
from azml_magics.session import Session

SCRIPT = """
import markupsafe._speedups as speedups


def init(): ...


def run(data): return speedups.__file__
"""


@pytest.fixture
def session(tmp_path: Path, inference_base: str, docker_engine: Connection) -> Iterator[Session]:
    """``digits`` is declared; nothing of it is built yet."""
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    source = ImageSource(image=inference_base)
    opened.declare(EntryScript("score.py", SCRIPT))
    opened.declare(EnvironmentDraft("digits", None, parse_requirements("markupsafe==3.0.2"), image_source=source))
    deployment = definition_named("digits", opened.declarations, opened.workspace, tmp_path)
    baked = opened.plan(replace(deployment, packages="bake")).packages
    assert isinstance(baked, ImagePlan)
    remove_image(docker_engine, baked.tag)
    yield opened
    for report in opened.services():
        opened.stop(report.name)
    remove_image(docker_engine, baked.tag)
    opened.workspace.close()


def compared(session: Session, name: str) -> StrategyComparison:
    deployment = definition_named(name, session.declarations, session.workspace, session.working_directory)
    return compare_strategies(deployment, session.workspace)


def row(comparison: StrategyComparison, strategy: str) -> StrategyRow:
    (found,) = [row for row in comparison.rows if row.strategy == strategy]
    return found


def test_figures_are_those_of_what_was_really_built_and_started(session: Session, inference_base: str) -> None:
    before = compared(session, "digits")
    assert (before.chosen, before.reason) == ("mount", "needs no image build, and no network when the container starts")
    assert (before.name, before.image) == ("digits", inference_base)
    assert [row.strategy for row in before.rows] == list(COMPARED)
    assert set(COMPARED) | {"auto"} == set(get_args(PackagesStrategy))
    figures = [(row.build_seconds, row.start_seconds, row.size_bytes, row.problem) for row in before.rows]
    assert figures == [(None, None, None, "")] * 3
    assert [row.is_built for row in before.rows] == [True, False, False]

    for strategy in ("mount", "bake", "dynamic"):
        report = session.deploy(
            DeployRequest("digits", "score.py", environment="digits", engine="docker", packages=strategy)
        )
        assert report.state == "running"
        answer = session.score("digits", ScoringRequest(b"{}")).text
        assert answer.endswith('.so"')

    after = compared(session, "digits")
    assert after.name == "digits"
    assert after.chosen == "dynamic"  # what runs under that name was asked for
    environment_only = compare_strategies(
        replace(session.workspace.get_service("digits").deployment, packages="auto"), session.workspace
    )
    assert environment_only.chosen == "mount"
    dynamic, mount, bake = environment_only.rows
    assert all(row.is_built for row in (dynamic, mount, bake))
    assert dynamic.build_seconds is None
    assert mount.build_seconds is not None
    assert bake.build_seconds is not None
    for measured in (dynamic, mount, bake):
        assert measured.start_seconds is not None
    assert mount.size_bytes is not None
    assert bake.size_bytes is not None
    assert 0 < mount.size_bytes < 1_000_000
    assert 0 < bake.size_bytes < 1_000_000  # the base is not counted
    assert (dynamic.needs_network, dynamic.is_consistent, dynamic.needs_image_build) == (True, False, False)
    assert (mount.needs_network, mount.is_consistent, mount.needs_image_build) == (False, True, False)
    assert (bake.needs_network, bake.is_consistent, bake.needs_image_build) == (False, True, True)
    document = environment_only.as_dict()
    assert document["chosen"] == "mount"
    print(document)


def test_what_cannot_work_says_why(session: Session, inference_base: str) -> None:
    session.declare(EnvironmentDraft("empty", image_source=ImageSource(image=inference_base)))
    nothing = compared(session, "empty")
    assert nothing.chosen == "bake"
    assert row(nothing, "mount").problem == "nothing to install: the image holds what is asked for"
    assert not row(nothing, "bake").needs_image_build
    assert not row(nothing, "bake").problem
    site = session.working_directory / "venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (site.parents[2] / "pyvenv.cfg").write_text("version = 3.11.2\n")
    source = ImageSource(image=inference_base, site_packages=str(site))
    session.declare(EnvironmentDraft("own", image_source=source))
    own = compared(session, "own")
    assert own.chosen == "mount"
    assert "packages: bake contradicts that" in row(own, "bake").problem
    assert row(own, "mount").problem == ""


def test_a_name_nobody_knows(session: Session) -> None:
    with pytest.raises(NotFoundError) as caught:
        compared(session, "digit")
    assert "did you mean digits" in caught.value.remedy
    deployment = definition_named("digits", session.declarations, session.workspace, session.working_directory)
    with pytest.raises(DeclarationError) as refused:
        compare_strategies(replace(deployment, engine="process", base_image=None), session.workspace)
    assert refused.value.code == "strategies-without-image"
