"""What cannot work between a definition and an image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.definitions.image_rules import check_image_choice, extra_variables, source_of, wanted_lines
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.site_packages import SitePackages
from azml_magics.errors import Finding

IMAGE = ImageFacts(
    "base:1",
    "sha256:1",
    python="/usr/bin/python3",
    python_version="3.9.2",
    libc="glibc 2.31",
    packages=(("pip", "24.0"), (SERVER, "1.5.1")),
)
DEPLOYMENT = Deployment("digits", EntryScript("score.py", ""), engine="docker", base_image="base:1")


def deployment(text: str = "", python: str | None = None, **changes: object) -> Deployment:
    names = ImageSource.__dataclass_fields__.keys() - {"packages"}
    source = ImageSource(**{name: changes.pop(name) for name in [*changes] if name in names})  # type: ignore[arg-type]
    environment = Environment("digits", python, parse_requirements(text), image_source=source)
    return replace(DEPLOYMENT, environment=environment, **changes)  # type: ignore[arg-type]  # one field a case


def codes(wanted: Deployment, image: ImageFacts | None = IMAGE, **facts: object) -> list[str]:
    return [finding.code for finding in check_image_choice(wanted, image, **facts)]  # type: ignore[arg-type]


def one(wanted: Deployment, image: ImageFacts | None = IMAGE, **facts: object) -> Finding:
    (finding,) = check_image_choice(wanted, image, **facts)  # type: ignore[arg-type]
    assert finding.remedy
    return finding


def test_a_definition_in_order() -> None:
    for packages in ("auto", "dynamic", "mount", "bake"):
        assert codes(deployment("numpy==2.0.2", "3.9", packages=packages)) == []
    assert codes(DEPLOYMENT) == []
    assert codes(deployment("numpy==2.0.2", "3.9.2"), None) == []


def test_what_a_definition_asks_to_install() -> None:
    assert wanted_lines(deployment("numpy\n--pre")) == ("numpy", "--pre")
    assert wanted_lines(deployment("numpy", user_managed=True)) == ()
    assert wanted_lines(deployment("numpy", site_packages="/venv")) == ()
    assert wanted_lines(DEPLOYMENT) == ()
    assert source_of(DEPLOYMENT) == ImageSource()


def test_a_python_the_image_has_not() -> None:
    finding = one(deployment(python="3.12"), suitable_images=["other:312", "more:312"])
    assert (finding.code, finding.severity) == ("image-python", "error")
    assert finding.message == "the environment asks for Python 3.12, image base:1 has Python 3.9.2"
    assert "write python: 3.9" in finding.remedy
    assert "other:312 or more:312" in finding.remedy
    assert codes(deployment(python="3.9.1")) == ["image-python"]
    assert codes(deployment(python="3.1")) == ["image-python"]
    assert "azml base list" in one(deployment(python="3.12")).remedy


def test_a_python_that_azure_wrote_where_nobody_chose() -> None:
    finding = one(deployment(python="3.8.13"))
    assert (finding.code, finding.severity) == ("image-python-default", "warning")
    assert finding.message == (
        "the environment has Python 3.8.13, which is Azure's default; the image's own is used: 3.9.2 of base:1"
    )


def test_an_image_without_a_python_or_with_an_old_one() -> None:
    bare = replace(IMAGE, python=None, python_version=None)
    assert one(deployment("numpy", packages="dynamic"), bare).code == "image-without-python"
    assert codes(deployment("numpy", apt=("python3",)), bare) == []  # apt may bring it
    assert codes(deployment("numpy", apt=("curl",)), bare, is_built=True) == ["image-without-python"]
    assert one(deployment(), replace(IMAGE, python_version="3.6.15")).code == "image-python-old"


def test_dynamic_needs_a_network_and_pip() -> None:
    cut_off = deployment("numpy", packages="dynamic", resources=Resources(network=False))
    assert one(cut_off).code == "dynamic-without-network"
    assert codes(replace(cut_off, packages="mount")) == []
    assert codes(deployment(packages="dynamic", resources=Resources(network=False))) == []  # nothing to install
    without_pip = replace(IMAGE, packages=())
    assert one(deployment("numpy", packages="dynamic"), without_pip).code == "dynamic-without-pip"
    assert codes(deployment("numpy", packages="dynamic", apt=("python3-pip",)), without_pip) == []


def test_mount_needs_a_platform_that_wheels_are_known_for() -> None:
    odd = replace(IMAGE, architecture="s390x")
    finding = one(deployment("numpy", packages="mount"), odd)
    assert finding.code == "mount-platform"
    assert "linux/s390x" in finding.message
    assert codes(deployment("numpy", packages="bake"), odd) == []
    site = SitePackages(Path("/venv"), "3.9")
    assert codes(deployment(packages="mount", site_packages="/venv"), odd, site_packages=site) == []


@pytest.mark.parametrize(("start", "severity"), [("azml", "warning"), ("image", "error")])
def test_the_users_own_extra_packages_beside_ours(start: str, severity: str) -> None:
    variables = (("AZUREML_EXTRA_REQUIREMENTS_TXT", "more.txt"), ("OTHER", "1"))
    wanted = deployment("numpy", packages="mount", environment_variables=variables, start=start)
    assert extra_variables(wanted) == ["AZUREML_EXTRA_REQUIREMENTS_TXT"]
    finding = one(wanted, replace(IMAGE, command=("serve",)))
    assert (finding.code, finding.severity) == ("extra-packages-conflict", severity)
    assert codes(replace(wanted, packages="bake"), None) == []
    assert codes(replace(wanted, packages="auto"), None) == []
    assert codes(deployment(packages="mount", environment_variables=variables)) == []


def test_what_an_images_own_command_cannot_do() -> None:
    serves = replace(IMAGE, command=("serve",))
    assert codes(deployment(start="image"), serves) == []
    assert codes(deployment(start="image"), replace(IMAGE, entrypoint=("serve",))) == []
    assert one(deployment(start="image")).code == "image-start-without-command"
    assert codes(deployment(start="image", steps_after=('CMD ["serve"]',))) == []  # known once it is built
    cut_off = deployment(start="image", resources=Resources(network=False))
    assert one(cut_off, serves).code == "image-start-without-network"
    assert codes(replace(cut_off, start="azml")) == []
    hashes = f"six==1.17.0 --hash=sha256:{'0' * 64}\n"
    mixed = deployment(f"--pre\n{hashes}numpy", start="image", packages="dynamic")
    assert one(mixed, serves).code == "image-start-hashes"
    assert codes(replace(mixed, start="azml")) == []
    assert codes(replace(mixed, packages="mount"), serves) == []
    assert codes(deployment(hashes, start="image", packages="dynamic"), serves) == []


@pytest.mark.parametrize("packages", ["dynamic", "bake"])
def test_site_packages_of_the_users_are_mounted(packages: str) -> None:
    finding = one(deployment(packages=packages, site_packages="/venv"))
    assert finding.code == "site-packages-strategy"
    assert packages in finding.message


def test_site_packages_of_another_python_are_refused() -> None:
    site = SitePackages(Path("/venv"), "3.11")
    assert codes(deployment(site_packages="/venv"), site_packages=site) == ["site-packages-python"]


def test_wheels_that_are_named_by_their_place() -> None:
    lines = (
        "one @ file:///w/one-1.0-cp312-cp312-win_amd64.whl\n"
        "two @ file:///w/two-1.0-cp39-cp39-manylinux_2_28_x86_64.whl\n"
        "three @ https://me:secret@host/three.whl"
    )
    findings = list(check_image_choice(deployment(lines), IMAGE))
    assert [finding.code for finding in findings] == ["wheel-platform", "wheel-name"]
    assert "one-1.0-cp312-cp312-win_amd64.whl is for cp312-cp312-win_amd64" in findings[0].message
    assert "Python 3.9 on linux/amd64 with glibc 2.31" in findings[0].message
    assert "secret" not in findings[1].message
    unknown = replace(IMAGE, libc=None)
    assert codes(deployment("one @ file:///w/one-1.0-cp312-cp312-win_amd64.whl"), unknown) == []
