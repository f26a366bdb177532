"""The image of a deployment, what has to be made for it, and its content keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.site_packages import SitePackages
from azml_magics.errors import PreflightError
from azml_magics.plan.actions import ImagePlan
from azml_magics.plan.image_planner import plan_image
from tests.unit.plan.containers import IMAGE, deployment

HOST = HostFacts("linux-x86_64", Interpreter(Path("python"), "3.11.7"))
PLAIN = replace(IMAGE, image_id="sha256:" + "2" * 64, packages=(("pip", "24.0"),))


def planned(wanted: Deployment, image: ImageFacts | None = IMAGE, **facts: object) -> ImagePlan:
    return plan_image(wanted, image, HOST, **facts)  # type: ignore[arg-type]  # one fact a case


# mount ----------------------------------------------------------------------------------------------------------------


def test_packages_to_mount() -> None:
    plan = planned(deployment("numpy==2.0.2"))
    assert (plan.strategy, plan.base, plan.base_reference) == ("mount", IMAGE, "base:1")
    assert (plan.python, plan.platform) == ("3.9", "x86_64-manylinux_2_31")
    assert (plan.tag, plan.dockerfile) == ("", "")
    assert plan.requirement_lines == ("numpy==2.0.2",)
    assert plan.image == IMAGE
    assert len(plan.key) == 64


def test_the_key_is_that_of_python_platform_lines_and_server() -> None:
    wanted = deployment("numpy==2.0.2\nscipy==1.13.1")
    key = planned(wanted).key
    same = [
        planned(replace(wanted, name="other", base_image="same:2"), replace(IMAGE, image_id="sha256:9")),
        planned(wanted, replace(IMAGE, python_version="3.9.18", packages=(("numpy", "1.0"), (SERVER, "1.5.1")))),
    ]
    assert {plan.key for plan in same} == {key}
    different = [
        planned(deployment("scipy==1.13.1\nnumpy==2.0.2")),
        planned(deployment("numpy==2.0.2")),
        planned(wanted, replace(IMAGE, python_version="3.10.2")),
        planned(wanted, replace(IMAGE, libc="glibc 2.36")),
        planned(wanted, replace(IMAGE, architecture="arm64")),
        planned(wanted, replace(IMAGE, packages=((SERVER, "1.4.0"),))),
        planned(wanted, PLAIN),
    ]
    assert len({plan.key for plan in different} | {key}) == 8


def test_a_directory_of_the_users_needs_nothing_made() -> None:
    site = SitePackages(Path("/venv/lib/python3.9/site-packages"), "3.9")
    plan = planned(deployment("numpy", site_packages="/venv"), site_packages=site)
    assert (plan.strategy, plan.key, plan.requirement_lines) == ("mount", "", ())
    assert plan.site_packages == "/venv/lib/python3.9/site-packages"
    assert planned(deployment("", site_packages="/venv")).site_packages == "/venv"


# dynamic, bake --------------------------------------------------------------------------------------------------------


def test_what_a_container_installs_depends_on_the_whole_image() -> None:
    wanted = deployment("numpy==2.0.2", packages="dynamic")
    plan = planned(wanted)
    assert (plan.strategy, plan.tag) == ("dynamic", "")
    assert plan.key != planned(wanted, replace(IMAGE, image_id="sha256:9")).key


def test_an_image_with_the_packages_in_it() -> None:
    plan = planned(deployment("numpy==2.0.2", packages="bake"))
    assert plan.strategy == "bake"
    assert plan.dockerfile.startswith("FROM base:1\n")
    assert "pip install" in plan.dockerfile
    assert plan.tag == f"azureml/azureml_{plan.key}"
    assert len(plan.key) == 32
    assert planned(deployment("numpy==2.0.2", packages="bake"), context_digest="other").tag != plan.tag


def test_an_image_without_the_server_gets_it() -> None:
    assert planned(deployment("numpy"), PLAIN).requirement_lines == ("numpy", SERVER)
    assert planned(deployment(""), PLAIN).requirement_lines == (SERVER,)


def test_nothing_to_install_needs_nothing_made() -> None:
    plan = planned(deployment(""))
    assert (plan.strategy, plan.tag, plan.dockerfile, plan.key) == ("bake", "", "", "")
    assert planned(replace(deployment(), environment=None), IMAGE).key == ""
    baked = planned(replace(deployment(), environment=None, packages="bake"), PLAIN)
    assert SERVER in baked.requirement_lines
    assert baked.tag


# a foundation ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["mount", "dynamic"])
def test_what_only_a_build_gives_is_built_first_without_the_packages(strategy: str) -> None:
    wanted = deployment("numpy==2.0.2", apt=("curl",), packages=strategy)
    plan = planned(wanted)
    assert (plan.strategy, plan.foundation) == (strategy, None)
    assert "curl" in plan.dockerfile
    assert "pip install" not in plan.dockerfile
    assert plan.tag.startswith("azureml/azureml_")
    built = replace(IMAGE, reference=plan.tag, image_id="sha256:3", python_version="3.11.2", libc="glibc 2.36")
    again = planned(wanted, foundation=built)
    assert (again.tag, again.dockerfile) == (plan.tag, plan.dockerfile)
    assert (again.python, again.platform, again.image) == ("3.11", "x86_64-manylinux_2_36", built)
    assert again.key != plan.key


def test_the_users_dockerfile_is_baked_into_while_nothing_is_known_of_it() -> None:
    wanted = deployment("numpy==2.0.2", dockerfile="FROM base:1\nRUN true\n")
    for base in (None, IMAGE):
        plan = planned(wanted, base, context_digest="c")
        assert (plan.strategy, plan.base_reference, plan.python) == ("bake", None, None)
        assert plan.dockerfile.startswith("FROM base:1\nRUN true\n")
        assert plan.requirement_lines == ("numpy==2.0.2", SERVER)
        assert plan.tag
    asked = planned(replace(wanted, packages="mount"), None)
    assert (asked.strategy, asked.key == asked.tag.rpartition("_")[2]) == ("mount", True)
    assert planned(replace(wanted, packages="mount"), None, foundation=IMAGE).python == "3.9"


# the base is not there yet --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "strategy"), [("numpy", "mount"), ("a @ git+https://h/a.git", "bake")])
def test_a_base_that_is_not_on_the_engine_leaves_the_rest_open(text: str, strategy: str) -> None:
    plan = planned(deployment(text), None)
    assert (plan.strategy, plan.base, plan.key, plan.tag, plan.requirement_lines) == (strategy, None, "", "", ())
    assert plan.base_reference == "base:1"


# refused --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (deployment("numpy", packages="dynamic", resources=Resources(network=False)), "dynamic-without-network"),
        (deployment("numpy", "3.12"), "image-python"),
        (deployment("numpy", packages="bake", site_packages="/venv"), "site-packages-strategy"),
        (deployment("a @ file:///a-1.0-cp312-cp312-win_amd64.whl"), "wheel-platform"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(wanted: Deployment, code: str) -> None:
    with pytest.raises(PreflightError) as caught:
        planned(wanted, suitable_images=["other:312"])
    assert caught.value.code == code
    assert "'digits' cannot run in this image" in caught.value.brief


def test_a_directory_of_another_python_is_refused() -> None:
    site = SitePackages(Path("/venv/lib/python3.11/site-packages"), "3.11")
    with pytest.raises(PreflightError) as caught:
        planned(deployment(site_packages="/venv"), site_packages=site)
    assert caught.value.code == "site-packages-python"


def test_doubts_do_not_stop_a_plan() -> None:
    site = SitePackages(Path("/venv"), "3.9", path_files=("odd.pth",))
    assert planned(deployment(site_packages="/venv"), site_packages=site).strategy == "mount"


def test_a_foundation_without_a_python_is_refused() -> None:
    bare = replace(IMAGE, python=None, python_version=None)
    wanted = deployment("numpy", apt=("curl",), packages="mount")
    assert planned(wanted, bare).key
    with pytest.raises(PreflightError) as caught:
        planned(wanted, bare, foundation=bare)
    assert caught.value.code == "image-without-python"
