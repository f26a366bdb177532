"""What a check finds out about images by itself, before anything is pulled, built or started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import Finding, PreflightError, ToolError
from azml_magics.plan.base_images import CATALOGUE, find_base_image
from azml_magics.session import Session
from tests.docker.conftest import MakeImage

SCRIPT = "import numpy\ndef init(): ...\ndef run(data): return data\n"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    opened.declare(EntryScript("score.py", SCRIPT))
    yield opened
    opened.workspace.close()


def declare(session: Session, text: str = "", python: str | None = None, **source: object) -> DeployRequest:
    image_source = ImageSource(**source)  # type: ignore[arg-type]  # fields of any type
    session.declare(EnvironmentDraft("digits", python, parse_requirements(text), image_source=image_source))
    return DeployRequest("digits", "score.py", environment="digits", engine="docker")


def checked(session: Session, request: DeployRequest) -> dict[str, Finding]:
    return {finding.code: finding for finding in session.check(session.define(request))}


def test_a_retired_image_is_not_pulled_to_be_judged(session: Session, docker_engine: object) -> None:
    retired = next(image for image in CATALOGUE if image.status == "retired" and image.successor)
    successor = find_base_image(str(retired.successor))
    assert successor is not None
    finding = checked(session, declare(session, "numpy==2.2.6", image=retired.reference))["image-retired"]
    assert finding.severity == "warning"
    assert successor.reference in finding.remedy


def test_an_image_that_is_there_is_looked_into(session: Session, plain_image: MakeImage) -> None:
    image = plain_image("bullseye")
    findings = checked(session, declare(session, "six==1.17.0", "3.12", image=image))
    wrong = findings["image-python"]
    assert wrong.message.startswith(f"the environment asks for Python 3.12, image {image} has Python 3.9.")
    assert "py312" in wrong.remedy  # an image of the catalogue that has it
    assert findings["import-not-declared"].message.startswith("numpy is imported")
    request = declare(session, "six==1.17.0", "3.12", image=image)
    with pytest.raises(PreflightError) as caught:
        session.deploy(request)
    assert caught.value.code == "image-python"


def test_a_directory_to_mount_is_looked_into(session: Session, plain_image: MakeImage, tmp_path: Path) -> None:
    site = tmp_path / "myenv" / "lib" / "python3.11" / "site-packages"
    (site / "numpy-2.2.6.dist-info").mkdir(parents=True)
    (site / "numpy-2.2.6.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 2.2.6\n")
    (site / "linked.pth").write_text("/somewhere\n")
    (tmp_path / "myenv" / "pyvenv.cfg").write_text("version = 3.11.7\ninclude-system-site-packages = true\n")
    findings = checked(session, declare(session, image=plain_image("bullseye"), site_packages="myenv"))
    assert findings["site-packages-python"].severity == "error"
    assert {"site-packages-path-file", "site-packages-system"} <= findings.keys()
    assert "import-not-declared" not in findings  # the directory brings numpy
    fitting = checked(session, declare(session, image=plain_image("bookworm"), site_packages="myenv"))
    assert "site-packages-python" not in fitting


def test_a_check_needs_the_engine_that_is_asked_for(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    request = declare(session, image="base:1")
    with pytest.raises(ToolError) as caught:
        session.check(session.define(request))
    assert caught.value.code == "docker-unavailable"


def test_a_dockerfile_that_ends_as_root_on_a_base_that_does_not(session: Session, inference_base: str) -> None:
    text = f"FROM {inference_base}\nUSER root\nRUN true\n"
    finding = checked(session, declare(session, "numpy==2.2.6", dockerfile=text))["becomes-root"]
    assert finding.severity == "warning"
    assert finding.place is not None
    assert (finding.place.source, finding.place.line) == ("Dockerfile of environment digits", 2)
    assert "USER dockeruser" in finding.remedy


def test_a_retired_image_in_a_dockerfile(session: Session, docker_engine: object) -> None:
    retired = next(image for image in CATALOGUE if image.status == "retired" and image.successor)
    findings = checked(session, declare(session, "numpy==2.2.6", dockerfile=f"FROM {retired.reference}\n"))
    assert findings["image-retired"].place is not None
