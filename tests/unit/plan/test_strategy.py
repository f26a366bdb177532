"""Which strategy is taken and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.choices import STRATEGIES
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import conda_environment
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.plan.strategy import choose_strategy, lines_to_add
from tests.unit.plan.containers import IMAGE, deployment

PLAIN = replace(IMAGE, packages=(("pip", "24.0"),))


def chosen(wanted: Deployment, image: ImageFacts | None = IMAGE, **facts: object) -> tuple[str, str]:
    choice = choose_strategy(wanted, image, **facts)  # type: ignore[arg-type]  # one fact a case
    return choice.strategy, choice.reason


# what is added --------------------------------------------------------------------------------------------------------


def test_the_images_own_server_is_used() -> None:
    assert lines_to_add(deployment("numpy==2.0.2"), IMAGE) == ("numpy==2.0.2",)
    assert lines_to_add(deployment(""), IMAGE) == ()


def test_an_image_without_the_server_gets_it_last() -> None:
    assert lines_to_add(deployment("numpy==2.0.2"), PLAIN) == ("numpy==2.0.2", SERVER)
    assert lines_to_add(deployment("numpy==2.0.2"), None) == ("numpy==2.0.2", SERVER)
    assert lines_to_add(deployment(""), PLAIN) == (SERVER,)


@pytest.mark.parametrize("line", [f"{SERVER}==1.4.1", "azureml-defaults"])
def test_a_server_that_is_asked_for_is_not_added_again(line: str) -> None:
    assert lines_to_add(deployment(line), PLAIN) == (line,)
    assert lines_to_add(deployment(line), IMAGE) == (line,)


def test_azures_environments_get_the_server_instead_of_the_sdk() -> None:
    wanted = deployment("numpy")
    for lines, added in ((("azureml-defaults",), (SERVER,)), (("azureml-defaults", "numpy"), ("numpy", SERVER))):
        conda = CondaDependencies(("python=3.11", PipSection(lines)))
        azure = replace(wanted, environment=conda_environment("azure", conda))
        assert lines_to_add(azure, PLAIN) == added
        assert lines_to_add(azure, IMAGE) == added[:-1]


def test_the_images_own_server_is_any_version_of_it() -> None:
    assert lines_to_add(deployment(f"numpy==2.0.2\n{SERVER}"), IMAGE) == ("numpy==2.0.2",)
    assert lines_to_add(deployment(SERVER), PLAIN) == (SERVER,)


def test_who_brings_the_server_by_other_means() -> None:
    assert lines_to_add(deployment("numpy", user_managed=True), PLAIN) == ()
    assert lines_to_add(deployment("numpy", site_packages="/venv"), PLAIN) == ()
    assert lines_to_add(deployment("numpy", start="image"), PLAIN) == ("numpy",)
    assert lines_to_add(replace(deployment(), environment=None), PLAIN) == (SERVER,)


# auto -----------------------------------------------------------------------------------------------------------------


def test_ready_wheels_are_mounted() -> None:
    reason = "needs no image build, and no network when the container starts"
    assert chosen(deployment("numpy==2.0.2")) == ("mount", reason)
    assert chosen(deployment(""), PLAIN) == ("mount", reason)
    assert chosen(deployment("numpy==2.0.2"), None) == ("mount", reason)
    assert chosen(deployment("numpy"), replace(PLAIN, python=None, libc=None)) == ("mount", reason)


def test_nothing_to_install_is_in_the_image() -> None:
    assert chosen(deployment("")) == ("bake", "nothing to install: the image holds what is asked for")
    managed = "the environment is user-managed: the image holds every package"
    assert chosen(deployment("numpy", user_managed=True)) == ("bake", managed)
    rest = "; an image is built for the rest of the environment alone"
    assert chosen(deployment("", apt=("curl",))) == (
        "bake",
        f"nothing to install: the image holds what is asked for{rest}",
    )


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ({"apt": ("curl",)}, "apt packages"),
        ({"steps_before": ("RUN true",)}, "Docker steps"),
        ({"steps_after": ("RUN true",)}, "Docker steps"),
        ({"dockerfile": "FROM x:1\n", "apt": ("curl",)}, "a Dockerfile and apt packages"),
    ],
)
def test_an_image_that_is_built_anyway_gets_the_packages_too(source: dict[str, object], what: str) -> None:
    assert chosen(deployment("numpy", None, **source)) == ("bake", f"an image is built anyway, for {what}")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("one @ git+https://me:secret@host/one.git", "one comes from version control"),
        ("two @ https://host/two-1.0.tar.gz", "two is a source distribution"),
        ("--no-binary lxml", "lxml is to be built from source"),
    ],
)
def test_what_has_to_be_built_is_built_in_the_image(line: str, why: str) -> None:
    strategy, reason = chosen(deployment(f"numpy\n{line}"))
    assert strategy == "bake"
    assert reason.startswith(why)
    assert "secret" not in reason


def test_what_else_speaks_for_an_image() -> None:
    assert "on another machine" in chosen(deployment("numpy"), is_remote=True)[1]
    assert chosen(deployment("numpy"), mount_fails="docopt is there as source only") == (
        "bake",
        "docopt is there as source only",
    )
    odd = replace(IMAGE, architecture="riscv64")
    assert chosen(deployment("numpy"), odd)[1].startswith("ready wheels cannot be chosen from here for Python 3.9")
    variables = (("AZUREML_EXTRA_PYTHON_LIB_PATH", "lib"),)
    assert "AZUREML_EXTRA_PYTHON_LIB_PATH" in chosen(deployment("numpy", environment_variables=variables))[1]


# asked for ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["dynamic", "mount", "bake"])
def test_what_was_asked_for_is_taken(strategy: str) -> None:
    wanted = deployment("one @ git+https://host/one.git", apt=("curl",), packages=strategy)
    assert chosen(wanted, is_remote=True, mount_fails="x") == (strategy, f"packages: {strategy} was asked for")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_directory_of_the_users_is_mounted(strategy: str) -> None:
    reason = "the environment names site-packages of its own"
    assert chosen(deployment("numpy", site_packages="/venv", packages=strategy)) == ("mount", reason)


@given(
    strategy=st.sampled_from(STRATEGIES),
    lines=st.lists(st.sampled_from(["numpy", "--pre", "one @ git+https://h/one.git", SERVER]), unique=True),
    image=st.sampled_from([None, IMAGE, PLAIN]),
    is_remote=st.booleans(),
    user_managed=st.booleans(),
    apt=st.sampled_from([(), ("curl",)]),
)
def test_a_choice_is_never_left_open(strategy: str, lines: list[str], image: ImageFacts | None, **rest: object) -> None:
    is_remote = bool(rest.pop("is_remote"))
    wanted = deployment("\n".join(lines), None, packages=strategy, **rest)
    choice = choose_strategy(wanted, image, is_remote=is_remote)
    assert choice.strategy in ("dynamic", "mount", "bake")
    assert choice.reason
    assert not choice.reason.endswith(".")
    if strategy != "auto" and lines_to_add(wanted, image):
        assert choice.strategy == strategy
