"""Deployments in containers, as far as they can be judged before anything is pulled or built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.site_packages import SitePackages
from azml_magics.errors import Finding
from azml_magics.preflight import DeploymentFacts, check_deployment
from azml_magics.preflight.image import check

IMAGE = ImageFacts(
    "base:1",
    "sha256:1",
    python="/usr/bin/python3",
    python_version="3.9.2",
    libc="glibc 2.31",
    packages=(("numpy", "2.0.2"), (SERVER, "1.5.1")),
)
SCRIPT = EntryScript("score.py", "import numpy\n\n\ndef init(): ...\n\n\ndef run(data): ...\n")
PLAIN = Deployment("digits", SCRIPT, Environment("digits"), engine="docker", base_image="base:1")


def environment(source: ImageSource | None = None, text: str = "", python: str | None = None) -> Environment:
    return Environment("digits", python, parse_requirements(text), image_source=source or ImageSource())


def one(deployment: Deployment, facts: DeploymentFacts | None = None) -> Finding:
    (finding,) = check(deployment, facts or DeploymentFacts())
    assert finding.message
    assert finding.remedy
    return finding


def test_a_container_in_order() -> None:
    assert list(check(PLAIN, DeploymentFacts())) == []
    assert list(check(PLAIN, DeploymentFacts(base=IMAGE))) == []


def test_the_current_python_runs_in_no_container() -> None:
    finding = one(replace(PLAIN, environment=None, use_current_python=True))
    assert (finding.code, finding.severity) == ("current-python-in-container", "error")


def test_limits_no_container_can_have() -> None:
    assert one(replace(PLAIN, resources=Resources(cpu=0))).code == "cpu-range"


def test_a_retired_image_has_a_successor() -> None:
    finding = one(PLAIN, DeploymentFacts(base_successor="newer:1"))
    assert (finding.code, finding.severity) == ("image-retired", "warning")
    assert "base:1" in finding.message
    assert "newer:1" in finding.remedy


def test_what_was_found_of_a_dockerfile_is_passed_on() -> None:
    found = Finding("becomes-root", "message", "remedy", severity="warning")
    assert one(PLAIN, DeploymentFacts(dockerfile_findings=(found,))) == found


def test_the_image_that_is_there_is_held_against_the_definition() -> None:
    wanted = replace(PLAIN, environment=environment(python="3.12"))
    facts = DeploymentFacts(base=IMAGE, suitable_images=("py312:1",))
    assert "py312:1" in one(wanted, facts).remedy
    assert list(check(wanted, DeploymentFacts())) == []  # judged once it was pulled


def test_what_the_users_own_dockerfile_makes_is_not_known_yet() -> None:
    source = ImageSource(dockerfile="FROM base:1\n")
    wanted = replace(PLAIN, environment=environment(source, python="3.12"), base_image=None)
    assert list(check(wanted, DeploymentFacts(base=IMAGE))) == []


def test_what_is_doubtful_in_the_texts_is_said_now() -> None:
    assert one(replace(PLAIN, base_image="base")).code == "image-tag"
    text = "FROM base:1\nRUN pip install \u2013r requirements.txt\n"
    wanted = replace(PLAIN, base_image=None, environment=environment(ImageSource(dockerfile=text)))
    finding = one(wanted)
    assert (finding.code, finding.severity) == ("dockerfile-dash", "warning")
    assert str(finding.place) == "Dockerfile of environment digits, line 2"
    assert one(replace(wanted, environment=environment(ImageSource(dockerfile="RUN x\n")))).code == "dockerfile-from"


def test_a_directory_to_mount_is_held_against_the_image() -> None:
    site = SitePackages(Path("/venv"), "3.11")
    wanted = replace(PLAIN, environment=environment(ImageSource(site_packages="/venv")))
    assert one(wanted, DeploymentFacts(base=IMAGE, site_packages=site)).code == "site-packages-python"


def test_the_place_of_the_models_is_taken() -> None:
    assert one(replace(PLAIN, source_directory=Path("/src/azureml-models"))).code == "reserved-path"
    assert list(check(replace(PLAIN, source_directory=Path("/src/digits")), DeploymentFacts())) == []


def test_the_process_engine_says_what_it_leaves_out() -> None:
    source = ImageSource(apt=("curl",), steps_after=("RUN true",), dockerfile="FROM base:1\n")
    wanted = replace(PLAIN, engine="process", base_image=None, environment=environment(source), start="image")
    finding = one(wanted)
    assert (finding.code, finding.severity) == ("image-not-used", "warning")
    assert "nothing of a Dockerfile, apt packages, Docker steps, start: image:" in finding.message
    assert list(check(replace(wanted, environment=environment(), start="azml"), DeploymentFacts())) == []
    assert list(check(Deployment("digits", SCRIPT), DeploymentFacts())) == []


def test_an_import_may_come_from_the_image() -> None:
    wanted = replace(PLAIN, environment=environment(text="six==1.17.0"))

    def codes(facts: DeploymentFacts, deployment: Deployment = wanted) -> list[str]:
        return [finding.code for finding in check_deployment(deployment, facts)]

    assert codes(DeploymentFacts(base=IMAGE)) == []
    assert codes(DeploymentFacts(base=replace(IMAGE, packages=()))) == ["import-not-declared"]
    assert codes(DeploymentFacts()) == []  # who knows what the image holds
    built = replace(wanted, environment=environment(ImageSource(apt=("python3-numpy",)), "six==1.17.0"))
    assert codes(DeploymentFacts(base=replace(IMAGE, packages=())), built) == []
    site = SitePackages(Path("/venv"), "3.9", packages=(("numpy", "2.0.2"),))
    mounted = replace(PLAIN, environment=environment(ImageSource(site_packages="/venv"), "six==1.17.0"))
    assert codes(DeploymentFacts(base=replace(IMAGE, packages=()), site_packages=site), mounted) == []
    assert codes(DeploymentFacts(), replace(wanted, engine="process", base_image=None)) == ["import-not-declared"]
