"""What tests with a real Docker engine share: the engine, images made here, an engine that may be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from azml_magics.build.base import BaseRecipe
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection, connect
from azml_magics.containers.images import ensure_image, inspect_image
from azml_magics.definitions.requirements import Requirements
from azml_magics.errors import ToolError
from azml_magics.events import Event, LogLine, discard
from azml_magics.images.bases import build_base
from azml_magics.workspace.workspace import Workspace
from tests.docker.building import BUILDERS, Workshop
from tests.docker.private_engine import PrivateEngine
from tests.require import require

#: Kept between runs: making one takes a minute.
PLAIN_IMAGE = "local/debian-py"
#: Debian release -> the Python it has.
SUITES = {"bullseye": "3.9", "bookworm": "3.11", "trixie": "3.13"}

MakeImage = Callable[[str], str]


@pytest.fixture(scope="session")
def docker_engine() -> Connection:
    """The engine of this machine."""
    try:
        return connect()
    except ToolError as error:
        require("docker", error.brief)


@pytest.fixture(params=BUILDERS)
def workshop(request: pytest.FixtureRequest, docker_engine: Connection) -> Iterator[Workshop]:
    """What builds images, once with each builder."""
    workshop = Workshop(docker_engine, request.param)
    try:
        yield workshop
    finally:
        workshop.clean_up()


@pytest.fixture(scope="session")
def plain_image(docker_engine: Connection) -> MakeImage:
    """``plain_image("bookworm")``: the name of an image of that Debian release with its Python, and nothing else."""

    def make(suite: str) -> str:
        reference = f"{PLAIN_IMAGE}:{suite}"
        with _one_at_a_time(f"{PLAIN_IMAGE}-{suite}"):
            if inspect_image(docker_engine, reference) is None:
                _debootstrap(suite, reference)
        return reference

    return make


@pytest.fixture(scope="session")
def inference_base_of(
    docker_engine: Connection, plain_image: MakeImage, tmp_path_factory: pytest.TempPathFactory
) -> MakeImage:
    """``inference_base_of("trixie")``: what ``azml base build`` makes of that release; named by content, kept."""
    workspace = Workspace(tmp_path_factory.mktemp("bases") / ".azml")

    def make(suite: str) -> str:
        plain = plain_image(suite)
        facts = ensure_image(docker_engine, plain, workspace.images_directory, emit=discard, cancel=Cancel())
        name = f"local/azml-base:{suite}-{BaseRecipe('', facts, Requirements()).key[:12]}"
        with _one_at_a_time(name):
            if inspect_image(docker_engine, name) is None:
                build_base(workspace, name, base=plain, emit=print_lines, cancel=Cancel())
        return name

    return make


@pytest.fixture(scope="session")
def inference_base(inference_base_of: MakeImage) -> str:
    """A base with Python 3.11."""
    return inference_base_of("bookworm")


@pytest.fixture
def private_engine(docker_engine: Connection) -> Iterator[PrivateEngine]:
    """An engine of its own that may be killed, restarted and given a small disk; empty, without a network."""
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        require("docker", "dockerd cannot be started here")
    with PrivateEngine() as engine:
        yield engine


def print_lines(event: Event) -> None:
    """Show a build's output where pytest shows it."""
    if isinstance(event, LogLine):
        print(event.text)


@contextlib.contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """Two test runs on one machine make an image once."""
    with FileLock(Path(tempfile.gettempdir()) / f"azml-tests-{name.replace('/', '-')}.lock"):
        yield


def _debootstrap(suite: str, reference: str) -> None:
    """What ``.ci/plain-image`` makes."""
    if shutil.which("debootstrap") is None or shutil.which("docker") is None or os.geteuid() != 0:
        require("docker", f"image {reference} is absent and debootstrap and docker cannot make it")
    program = Path(__file__).parents[2] / ".ci" / "plain-image"
    made = subprocess.run([program, suite], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
