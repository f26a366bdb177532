"""Packages prepared on this machine and mounted: imported inside images of other Pythons, without a network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from azml_magics.build.site_packages import build_site_packages, find_site_packages, installed_in
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import ensure_image
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import BuildError, PreflightError
from azml_magics.events import Event, discard
from azml_magics.plan.actions import ImagePlan
from azml_magics.plan.image_planner import plan_image
from azml_magics.show.progress import note_lines
from azml_magics.system.host import collect_host_facts
from azml_magics.system.site_packages import read_site_packages
from azml_magics.system.uv import uv_binary, uv_environment
from tests.docker.conftest import SUITES, MakeImage
from tests.require import require

#: Both are compiled for one Python and one libc.
COMPILED = "markupsafe==3.0.2\npydantic-core==2.33.2"
LOOK = """
import json, sys, markupsafe._speedups as speedups, pydantic_core
seven = pydantic_core.SchemaValidator({"type": "int"}).validate_python("7")
print(json.dumps([sys.version_info[:2], speedups.__file__, seven]))
"""
#: Where the directory is mounted; not where it was made.
INSIDE = "/mounted"


@pytest.fixture(scope="session")
def packages_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a workspace's ``packages`` is: below a directory that nobody else may enter."""
    workspace = tmp_path_factory.mktemp("workspace")
    workspace.chmod(0o700)
    return workspace / "packages"


def facts_of(connection: Connection, reference: str, tmp_path: Path) -> ImageFacts:
    return ensure_image(connection, reference, tmp_path / "images", emit=discard, cancel=Cancel())


def plan_for(image: ImageFacts, text: str, **source: object) -> ImagePlan:
    environment = Environment(
        "digits",
        requirements=parse_requirements(text),
        image_source=ImageSource(**source),  # type: ignore[arg-type]  # one field a test
    )
    deployment = Deployment(
        "digits", EntryScript("score.py", ""), environment, engine="docker", base_image=image.reference
    )
    site = read_site_packages(Path(str(source["site_packages"]))) if "site_packages" in source else None
    return plan_image(deployment, image, collect_host_facts(), site_packages=site)


def build(plan: ImagePlan, directory: Path) -> tuple[Path, list[str]]:
    events: list[Event] = []
    made = build_site_packages(plan, directory, emit=events.append, cancel=Cancel())
    return made, note_lines(events)


def run_inside(connection: Connection, image: str, directory: Path, code: str, *, user: str = "12345:12345") -> str:
    """What ``code`` prints in a container without a network, as a user that this machine does not know."""
    output = connection.client.containers.run(
        image,
        ["python3", "-c", code],
        remove=True,
        network_mode="none",
        read_only=True,
        user=user,
        environment={"PYTHONPATH": INSIDE},
        volumes={str(directory): {"bind": INSIDE, "mode": "ro"}},
    )
    return str(output.decode())


@pytest.mark.parametrize("suite", ["bullseye", "trixie"])
def test_compiled_packages_are_imported_by_an_older_and_a_newer_python(
    suite: str, docker_engine: Connection, plain_image: MakeImage, packages_directory: Path, tmp_path: Path
) -> None:
    image = facts_of(docker_engine, plain_image(suite), tmp_path)
    assert image.python_minor == SUITES[suite]
    plan = plan_for(image, COMPILED)
    assert (plan.strategy, plan.reason) == ("mount", "needs no image build, and no network when the container starts")
    directory, notes = build(plan, packages_directory)
    assert notes == []
    version, path, seven = json.loads(run_inside(docker_engine, image.reference, directory, LOOK))
    assert version == [int(number) for number in SUITES[suite].split(".")]
    assert path.startswith(f"{INSIDE}/markupsafe/")
    assert seven == 7
    if SUITES[suite] != f"{sys.version_info[0]}.{sys.version_info[1]}":
        here = subprocess.run(
            [sys.executable, "-c", LOOK], env={"PYTHONPATH": str(directory)}, capture_output=True, check=False
        )
        assert here.returncode != 0  # made for that image, not for this machine
    assert find_site_packages(plan, packages_directory) == directory


def test_the_server_comes_along_where_the_image_has_none(
    docker_engine: Connection, plain_image: MakeImage, packages_directory: Path, tmp_path: Path
) -> None:
    image = facts_of(docker_engine, plain_image("bookworm"), tmp_path)
    directory, _ = build(plan_for(image, "markupsafe==3.0.2"), packages_directory)
    code = "import azureml_inference_server_http as server; print(server.__file__)"
    assert run_inside(docker_engine, image.reference, directory, code).startswith(INSIDE)
    assert "azureml-inference-server-http" in dict(installed_in(directory))


def test_what_is_mounted_fits_the_server_of_the_image(
    docker_engine: Connection, inference_base: str, packages_directory: Path, tmp_path: Path
) -> None:
    image = facts_of(docker_engine, inference_base, tmp_path)
    assert image.server_version is not None
    plan = plan_for(image, "flask-login==0.6.3")
    assert plan.requirement_lines == ("flask-login==0.6.3",)
    directory, _ = build(plan, packages_directory)
    code = "import flask, azureml_inference_server_http as s; print(flask.__file__, s.__file__)"
    flask, server = run_inside(docker_engine, image.reference, directory, code).split()
    assert flask.startswith(INSIDE)
    assert not server.startswith(INSIDE)
    assert "azureml-inference-server-http" not in dict(installed_in(directory))


def test_a_version_the_server_cannot_run_with_is_mounted_with_a_warning(
    docker_engine: Connection, inference_base: str, packages_directory: Path, tmp_path: Path
) -> None:
    image = facts_of(docker_engine, inference_base, tmp_path)
    plan = plan_for(image, "flask==2.0.0")
    directory, notes = build(plan, packages_directory)
    assert notes[0].startswith(
        f"warning: what is asked for does not fit azureml-inference-server-http {image.server_version} of the image"
    )
    assert "depends on flask>=3.1.0 and you require flask==2.0" in notes[0]
    assert f"flask 2.0.0 instead of {image.version_of('flask')}" in notes[1]
    assert build(plan, packages_directory) == (directory, notes)  # found again, and told again


def test_a_version_of_the_users_wins_over_the_images(
    docker_engine: Connection, inference_base: str, packages_directory: Path, tmp_path: Path
) -> None:
    image = facts_of(docker_engine, inference_base, tmp_path)
    directory, _ = build(plan_for(image, "typing-extensions==4.12.2"), packages_directory)
    code = "from importlib.metadata import version; print(version('typing_extensions'))"
    assert run_inside(docker_engine, image.reference, directory, code).strip() == "4.12.2"
    assert image.version_of("typing-extensions") != "4.12.2"


def test_a_package_without_wheels_for_the_image_names_what_there_is(
    docker_engine: Connection, plain_image: MakeImage, packages_directory: Path, tmp_path: Path
) -> None:
    image = facts_of(docker_engine, plain_image("bullseye"), tmp_path)
    with pytest.raises(BuildError) as caught:
        build(plan_for(image, "numpy==2.2.6"), packages_directory)
    assert "numpy==2.2.6" in caught.value.brief
    assert "Python 3.9" in caught.value.brief
    assert "1.19.3 to 2.0.2" in caught.value.remedy


def test_a_virtual_environment_of_the_users_own_is_mounted_as_it_is(
    docker_engine: Connection, plain_image: MakeImage, packages_directory: Path, tmp_path: Path
) -> None:
    uv, environment = uv_binary(), uv_environment()
    found = subprocess.run(
        [uv, "python", "find", "3.9", "--system", "--no-python-downloads", "--no-config"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        require("python3.9", "there is no Python 3.9 to make a virtual environment with")
    venv = tmp_path / "myenv"
    make = [uv, "venv", "--no-project", "--python", found.stdout.strip(), str(venv)]
    subprocess.run(make, env=environment, check=True)
    install = [uv, "pip", "install", "--python", str(venv), "markupsafe==3.0.2"]
    subprocess.run(install, env=environment, check=True)
    image = facts_of(docker_engine, plain_image("bullseye"), tmp_path)
    plan = plan_for(image, "", site_packages=str(venv))
    assert (plan.strategy, plan.requirement_lines, plan.key) == ("mount", (), "")
    directory = find_site_packages(plan, packages_directory)
    assert directory == venv / "lib" / "python3.9" / "site-packages"
    shared = tmp_path / "shared"
    shutil.copytree(directory, shared)
    code = "import markupsafe._speedups as s; print(s.__file__)"
    assert run_inside(docker_engine, image.reference, shared, code, user="0").startswith(INSIDE)
    newer = facts_of(docker_engine, plain_image("trixie"), tmp_path)
    with pytest.raises(PreflightError) as caught:
        plan_for(newer, "", site_packages=str(venv))
    assert caught.value.code == "site-packages-python"
    assert "for Python 3.9" in str(caught.value.findings[0].message)
    assert "3.13" in caught.value.findings[0].message
