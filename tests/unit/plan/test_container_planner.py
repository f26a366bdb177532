"""What a container needs done, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.resources import Resources
from azml_magics.plan.actions import Action, ImagePlan
from azml_magics.plan.container_planner import mounts, plan_container, short_id
from azml_magics.plan.planner import changed_parts
from tests.unit.plan.containers import IMAGE, deployment

KEY = "a" * 64
MOUNT = ImagePlan("base:1", "mount", "no build", IMAGE, KEY, requirement_lines=("numpy",), python="3.9", platform="p")
BAKE = ImagePlan("base:1", "bake", "apt", IMAGE, "b" * 32, "azureml/azureml_b", "FROM base:1\n", ("numpy",))
WANTED = deployment("numpy")


def actions(image: ImagePlan, **facts: object) -> dict[str, tuple[str, str]]:
    plan = plan_container(WANTED, image, **facts)  # type: ignore[arg-type]  # one fact a case
    assert [action.step for action in plan.actions] == ["check", "image", "packages", "build", "start"]
    assert all(action.reason and not action.reason.endswith(".") for action in plan.actions)
    return {action.step: (action.kind, action.reason) for action in plan.actions}


def start(image: ImagePlan, **facts: object) -> Action:
    return plan_container(WANTED, image, running=WANTED, **facts).action("start")  # type: ignore[arg-type]


def test_a_first_mount() -> None:
    done = actions(MOUNT)
    assert done["image"] == ("reuse", f"base:1 is on the engine ({'1' * 12})")
    assert done["packages"] == (
        "run",
        f"mount: nothing prepared for Python 3.9 on p yet, key {KEY[:8]} (no build)",
    )
    assert done["build"] == ("skip", "the image is used as it is")
    assert done["start"] == ("run", "no service of that name is running")
    assert mounts(MOUNT)


def test_a_mount_that_was_prepared_before() -> None:
    assert actions(MOUNT, has_site_packages=True)["packages"] == (
        "reuse",
        f"mount: equal definition prepared before (key {KEY[:8]})",
    )
    assert start(MOUNT, has_site_packages=True) == Action("start", "reuse", "an equal service is already running")
    assert "packages (they are not there any more" in start(MOUNT).reason


def test_what_is_left_out_of_azures_environments_is_said() -> None:
    azure = replace(WANTED, environment=conda_environment("azure", default_conda("3.9")))
    assert (
        plan_container(azure, MOUNT)
        .action("packages")
        .reason.endswith("; without azureml-defaults, which needs an account")
    )
    assert azure.environment is not None
    managed = replace(azure.environment, image_source=ImageSource(image="base:1", user_managed=True))
    reason = plan_container(replace(azure, environment=managed), MOUNT).action("packages").reason
    assert "without" not in reason


def test_an_image_to_build() -> None:
    done = actions(BAKE)
    assert done["packages"] == ("skip", "bake: apt")
    assert done["build"] == ("run", "no image azureml/azureml_b on the engine yet")
    assert actions(BAKE, is_built=True)["build"] == ("reuse", "equal definition built before: azureml/azureml_b")
    assert start(BAKE, is_built=True).kind == "reuse"
    assert start(BAKE).kind == "run"
    assert not mounts(BAKE)


def test_packages_that_a_container_installs_or_holds() -> None:
    dynamic = replace(MOUNT, strategy="dynamic")
    assert actions(dynamic)["packages"] == ("skip", "dynamic: installed whenever the container starts (no build)")
    held = ImagePlan("base:1", "bake", "nothing to install", IMAGE)
    assert actions(held)["packages"] == ("skip", "nothing to install")
    assert actions(held)["build"] == ("skip", "the image is used as it is")
    assert start(held).kind == "reuse"
    own = replace(MOUNT, site_packages="/venv", key="")
    assert actions(own, has_site_packages=True)["packages"] == ("skip", "mount: /venv is mounted as it is (no build)")


def test_a_base_that_has_to_be_pulled() -> None:
    open_mount = ImagePlan("base:1", "mount", "no build")
    done = actions(open_mount)
    assert done["image"] == ("run", "base:1 is not on the engine yet: it is pulled")
    assert done["packages"] == ("run", "mount: prepared once the image's Python is known (no build)")
    assert done["build"] == ("skip", "the image is used as it is")
    assert actions(ImagePlan("base:1", "bake", "apt"))["build"] == (
        "skip",
        "decided once the base image is on the engine",
    )
    assert start(open_mount, has_site_packages=True).kind == "run"


def test_a_dockerfile_names_its_base_itself() -> None:
    own = replace(BAKE, base_reference=None, base=None)
    assert actions(own)["image"] == ("skip", "the Dockerfile names its base image itself")
    assert start(own, is_built=True).kind == "reuse"


def test_the_name_of_the_image_means_other_content_now() -> None:
    changed = start(MOUNT, has_site_packages=True, runs_other_image=True)
    assert changed == Action("start", "run", "changed: content of image base:1")
    own = replace(BAKE, base_reference=None, base=None)
    assert start(own, is_built=True, runs_other_image=True).reason == "changed: content of image azureml/azureml_b"
    assert short_id("sha256:" + "c" * 64) == "c" * 12


@pytest.mark.parametrize(
    ("wanted", "running", "change"),
    [
        (replace(WANTED, base_image="base:2"), WANTED, "base image base:1 -> base:2"),
        (replace(WANTED, base_image=None), WANTED, "base image base:1 -> none"),
        (replace(WANTED, packages="bake"), WANTED, "packages: auto -> bake"),
        (replace(WANTED, start="image"), WANTED, "start azml -> image"),
        (replace(WANTED, resources=Resources(cpu=2.0)), WANTED, "cpu none -> 2"),
        (replace(WANTED, resources=Resources(memory_gb=0.5)), WANTED, "memory-gb none -> 0.5"),
        (replace(WANTED, resources=Resources(gpus="all")), WANTED, "gpus none -> all"),
        (replace(WANTED, resources=Resources(shm_size="1g")), WANTED, "shm-size none -> 1g"),
        (replace(WANTED, resources=Resources(network=False)), WANTED, "network yes -> no"),
        (
            deployment("numpy", apt=("curl", "git")),
            deployment("numpy", apt=("jq",)),
            "apt packages (+ curl, + git, - jq)",
        ),
        (deployment("numpy", apt=("a", "b")), deployment("numpy", apt=("b", "a")), "apt packages (order)"),
        (deployment("numpy", steps_before=("RUN a",)), WANTED, "Docker steps before the packages"),
        (deployment("numpy", steps_after=("RUN a",)), WANTED, "Docker steps after the packages"),
        (deployment("numpy", context="/x"), WANTED, "context of the Dockerfile"),
        (deployment("numpy", user_managed=True), WANTED, "user-managed no -> yes"),
        (deployment("numpy", interpreter_path="/py"), WANTED, "interpreter none -> /py"),
        (deployment("numpy", site_packages="/venv"), WANTED, "site-packages none -> /venv"),
    ],
)
def test_what_differs_between_two_containers(wanted: Deployment, running: Deployment, change: str) -> None:
    assert changed_parts(wanted, running) == [change]
    assert changed_parts(wanted, wanted) == []


def test_the_users_dockerfile_changes_the_base_too() -> None:
    changes = changed_parts(deployment("numpy", dockerfile="FROM x:1\n"), WANTED)
    assert changes == ["base image base:1 -> none", "Dockerfile"]


def test_the_process_engine_knows_nothing_of_containers() -> None:
    before = replace(WANTED, engine="process")
    after = replace(deployment("numpy", apt=("curl",)), engine="process", base_image="x:1", packages="bake")
    assert changed_parts(after, before) == []
    assert changed_parts(WANTED, before) == ["engine process -> docker"]
