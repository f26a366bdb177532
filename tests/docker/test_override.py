"""The image holds one numpy, the user asks for another: the script sees the one that was asked for, every way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.images.bases import build_base
from azml_magics.session import Session
from tests.docker.conftest import MakeImage, print_lines

#: Kept between runs: another version of numpy than anybody asks for.
IMAGE = "local/azml-base-numpy:1.26.4"
HELD, ASKED = "1.26.4", "2.2.6"
#: Compiled code is run, because a mixture of two numpys fails at that.
SCRIPT = """\
from importlib.metadata import version

import numpy
from numpy.linalg import inv


def init(): ...


def run(data):
    halves = inv(numpy.eye(2) * 2).tolist()
    return {"imported": numpy.__version__, "installed": version("numpy"), "file": numpy.__file__, "halves": halves}
"""


class Seen(NamedTuple):
    """What the script found of numpy."""

    versions: tuple[str, str]
    file: str


@pytest.fixture(scope="module")
def session(
    docker_engine: Connection, plain_image: MakeImage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """A session whose environments all start from an image with numpy in it."""
    folder = tmp_path_factory.mktemp("override")
    opened = Session(folder / ".azml", working_directory=folder)
    (folder / "score.py").write_text(SCRIPT)
    build_base(
        opened.workspace,
        IMAGE,
        base=plain_image("bookworm"),
        requirements=[f"numpy=={HELD}"],
        emit=print_lines,
        cancel=Cancel(),
    )
    yield opened
    for report in opened.services():
        if report.state == "running":
            opened.stop(report.name)
    opened.workspace.close()


def seen(session: Session, packages: PackagesStrategy | None, requirement: str = "", *, network: bool = True) -> Seen:
    """What the script of a new service finds."""
    session.declare(EnvironmentDraft("numbers", requirements=parse_requirements(requirement)))
    session.deploy(
        DeployRequest(
            "numbers",
            "score.py",
            environment="numbers",
            engine="docker",
            image=IMAGE,
            packages=packages,
            resources=Resources(network=network),
        ),
        emit=print_lines,
    )
    found = session.score("numbers", ScoringRequest(b"{}")).json()
    assert isinstance(found, dict)
    assert found["halves"] == [[0.5, 0], [0, 0.5]]
    return Seen((found["imported"], found["installed"]), found["file"])


def test_the_image_s_own_is_seen_when_nothing_is_asked_for(session: Session) -> None:
    found = seen(session, None)
    assert found.versions == (HELD, HELD)
    assert found.file.startswith("/azureml-envs/azml/")


@pytest.mark.parametrize(
    ("packages", "network", "place"),
    [
        ("dynamic", True, "/run/azml/extra-packages/"),
        ("mount", True, "/opt/azml/site-packages/"),
        ("mount", False, "/opt/azml/site-packages/"),
        ("bake", True, "/azureml-envs/azml/"),
        ("bake", False, "/azureml-envs/azml/"),
    ],
)
def test_what_is_asked_for_wins(session: Session, packages: PackagesStrategy, network: bool, place: str) -> None:
    found = seen(session, packages, f"numpy=={ASKED}", network=network)
    assert found.versions == (ASKED, ASKED)
    assert found.file.startswith(place)


def test_the_image_is_as_it_was(session: Session) -> None:
    """Nothing of the above was written into it."""
    assert seen(session, None).versions == (HELD, HELD)


def test_auto_mounts_what_differs(session: Session) -> None:
    found = seen(session, "auto", f"numpy=={ASKED}")
    assert (found.versions, session.service("numbers").reasons["packages"]) == (
        (ASKED, ASKED),
        "needs no image build, and no network when the container starts",
    )
