"""Conda packages built into images by what the image has for them, with either builder, and served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.build.context import environment_context
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import ensure_image, find_image
from azml_magics.definitions.conda_dependencies import CondaDependencies, Dependency, PipSection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import BuildError, PreflightError
from azml_magics.events import discard
from azml_magics.plan.conda_steps import conda_prefix
from azml_magics.plan.dockerfile import render_environment_dockerfile
from azml_magics.session import Session
from tests.docker.building import BUILDERS, Workshop, machine_pip
from tests.docker.conda_image import CHANNEL, make_conda_image
from tests.docker.conftest import MakeImage, print_lines
from tests.services import session_with_services

SCRIPT = """
import os, sys
import greeting

def init():
    pass

def run(raw):
    return {"greeting": greeting.greet(), "prefix": sys.prefix, "path": os.environ["PATH"].split(":")[0]}
"""


@pytest.fixture(scope="module")
def conda_image(docker_engine: Connection, plain_image: MakeImage, tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_conda_image(docker_engine, plain_image("bookworm"), tmp_path_factory.mktemp("conda-image"), print_lines)


def environment(image: str, *dependencies: Dependency) -> Environment:
    conda = CondaDependencies(dependencies, (CHANNEL,))
    return conda_environment("greeter", conda, image_source=ImageSource(image=image))


@pytest.mark.parametrize("builder", BUILDERS)
def test_both_builders_install_conda_packages_and_those_of_pip(
    docker_engine: Connection, conda_image: str, builder: str, tmp_path: Path
) -> None:
    workshop = Workshop(docker_engine, builder)  # type: ignore[arg-type]
    wanted = environment(conda_image, "greeting=2", PipSection(("iniconfig==2.0.0",)))
    base = ensure_image(docker_engine, conda_image, tmp_path, emit=discard, cancel=Cancel())
    assert base.conda == "/usr/local/bin/micromamba"
    lines = wanted.requirements.canonical_lines()
    text = render_environment_dockerfile(wanted, base, conda_image, lines, with_packages=True)
    try:
        image = workshop.build(text, environment_context(wanted, lines).files, pip=machine_pip(), base=base)
        facts = find_image(docker_engine, image, tmp_path)
        assert facts is not None
        assert (facts.python, facts.user) == (f"{conda_prefix(wanted)}/bin/python", "dockeruser")
        installed = dict(facts.packages)
        assert (installed["greeting"], installed["words"], installed["iniconfig"]) == ("2.0", "1.0", "2.0.0")
        assert workshop.run(image, "python", "-c", "import greeting; print(greeting.greet())") == "hi"
        broken = environment(conda_image, "nosuch")
        text = render_environment_dockerfile(broken, base, conda_image, (), with_packages=True)
        with pytest.raises(BuildError) as caught:
            workshop.build(text, environment_context(broken, ()).files, pip=machine_pip(), base=base)
        assert (caught.value.code, "nosuch" in caught.value.brief) == ("package-not-found", True)
    finally:
        workshop.clean_up()


@pytest.fixture
def session(docker_engine: Connection, tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "score.py").write_text(SCRIPT)
    with session_with_services(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(("builder", "release", "said"), [("buildkit", "1", "hello"), ("classic", "2", "hi")])
def test_a_service_is_deployed_and_scored(
    session: Session, conda_image: str, builder: str, release: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if builder == "classic":  # no docker command line is found, so none offers BuildKit
        monkeypatch.setenv("PATH", str(session.working_directory))
    wanted = session.environments.register(environment(conda_image, f"greeting={release}", "pip"))
    request = DeployRequest("greeter", "score.py", environment=wanted.label, engine="docker")
    plan = session.plan(session.define(request))
    assert plan.action("packages").reason == "bake: conda packages make an environment of their own inside the image"
    report = session.deploy(request, emit=print_lines)
    assert report.state == "running", report.error
    answer = session.score("greeter", ScoringRequest(body=b"{}")).json()
    prefix = conda_prefix(wanted)
    assert answer == {"greeting": said, "prefix": prefix, "path": f"{prefix}/bin"}
    assert session.plan(session.define(request)).action("build").kind == "reuse"


def test_what_cannot_work_is_said_before_a_build(session: Session, conda_image: str, plain_image: MakeImage) -> None:
    for name, strategy, code in (
        (conda_image, "mount", "conda-strategy"),
        (plain_image("bookworm"), "auto", "image-without-conda"),
    ):
        wanted = session.environments.register(environment(name, "greeting=1"))
        request = DeployRequest("greeter", "score.py", environment=wanted.label, engine="docker")
        with pytest.raises(PreflightError) as caught:
            session.deploy(replace(request, packages=strategy))  # type: ignore[arg-type]
        assert caught.value.code == code
        assert caught.value.remedy


def test_an_environment_is_built_without_a_service_and_used_as_it_is(session: Session, conda_image: str) -> None:
    wanted = session.environments.register(environment(conda_image, "greeting=1", "pip"))
    built = session.environments.build_local(wanted.label, use_docker=True, emit=print_lines)
    assert (built.kind, built.place.startswith("azureml/azureml_")) == ("image", True)
    assert built.python == Path(f"{conda_prefix(wanted)}/bin/python")
    assert dict(built.installed)["greeting"] == "1.0"
    assert session.environments.build_local(wanted.label, use_docker=True).reused
    source = ImageSource(image=built.place, user_managed=True, interpreter_path=str(built.python))
    session.environments.register(Environment("as-it-is", image_source=source))
    report = session.deploy(DeployRequest("greeter", "score.py", environment="as-it-is", engine="docker"))
    assert report.state == "running", report.error
    answer = session.score("greeter", ScoringRequest(body=b"{}")).json()
    assert answer == {"greeting": "hello", "prefix": conda_prefix(wanted), "path": f"{conda_prefix(wanted)}/bin"}
