"""What conda installs for an environment, and which changes of it count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection, conda_versions, mask_channel
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.definitions.lock import Lock
from azml_magics.plan.conda_packages import conda_changes, conda_subdir, image_platform, plan_conda
from azml_magics.plan.planner import plan_packages
from tests.unit.plan.containers import IMAGE

HOST = HostFacts("linux-x86_64", Interpreter(Path("python"), "3.11.7"))


def environment(*packages: str, channels: tuple[str, ...] = ("forge",), pip: tuple[str, ...] = ()) -> Environment:
    return conda_environment("e", CondaDependencies((*packages, PipSection(pip)), channels))


def test_the_callers_python_where_none_is_named() -> None:
    plan = plan_packages(environment("numpy=1.26", "pip", pip=("six",)), HOST)
    assert plan.conda is not None
    assert plan.conda.specifications == ("numpy=1.26", "pip", "python=3.11")
    assert (plan.conda.channels, plan.conda.subdir, plan.conda.locked) == (("forge",), "linux-64", ())
    assert plan.requirement_lines == ("six", "azureml-inference-server-http")
    named = plan_packages(environment("numpy", "forge::python=3.8.13"), HOST).conda
    assert named is not None
    assert named.specifications == ("numpy", "forge::python=3.8.13")


def test_without_channels_conda_takes_its_own() -> None:
    plan = plan_conda(environment("numpy", channels=()), "3.11", "darwin-arm64")
    assert plan is not None
    assert (plan.channels, plan.subdir) == (("defaults",), "osx-arm64")


@pytest.mark.parametrize("packages", [(), ("python=3.11",), ("python", "pip=24")])
def test_uv_alone_where_conda_adds_nothing(packages: tuple[str, ...]) -> None:
    assert plan_packages(environment(*packages, pip=("six",)), HOST).conda is None


def test_every_part_counts_for_the_key() -> None:
    plans = [
        plan_packages(environment("numpy", pip=("six",)), HOST),
        plan_packages(environment("numpy=1", pip=("six",)), HOST),
        plan_packages(environment("numpy", pip=("six",), channels=("main",)), HOST),
        plan_packages(environment("numpy", pip=("attrs",)), HOST),
        plan_packages(environment("numpy", pip=("six",)), replace(HOST, platform="linux-aarch64")),
        plan_packages(_locked(environment("numpy", pip=("six",)), "forge/noarch/numpy-1-0.conda#sha256=00"), HOST),
    ]
    assert len({plan.key for plan in plans}) == len(plans)
    assert plans[0] == plan_packages(environment("numpy", pip=("six",)), HOST)


def test_a_lock_says_which_packages() -> None:
    line = "forge/noarch/numpy-1-0.conda#sha256=00"
    plan = plan_packages(_locked(environment("numpy"), line), HOST)
    assert plan.conda is not None
    assert (plan.conda.locked, plan.is_locked) == ((line,), True)
    lapsed = replace(_locked(environment("numpy"), line), python="3.9")
    plan = plan_packages(lapsed, HOST)
    assert plan.conda is not None
    assert plan.conda.locked == ()


def _locked(wanted: Environment, *lines: str) -> Environment:
    return replace(wanted, lock=Lock(wanted.digest(), "3.11", HOST.platform, (), lines))


@pytest.mark.parametrize(
    ("platform", "subdir"),
    [
        ("linux-x86_64", "linux-64"),
        ("linux-aarch64", "linux-aarch64"),
        ("linux-ppc64le", "linux-ppc64le"),
        ("darwin-arm64", "osx-arm64"),
        ("darwin-x86_64", "osx-64"),
        ("win32-AMD64", "win-64"),
    ],
)
def test_platforms_as_conda_calls_them(platform: str, subdir: str) -> None:
    assert conda_subdir(platform) == subdir


def test_platforms_of_images() -> None:
    assert conda_subdir(image_platform(IMAGE)) == "linux-64"
    assert conda_subdir(image_platform(replace(IMAGE, architecture="arm64"))) == "linux-aarch64"
    assert conda_subdir(image_platform(replace(IMAGE, architecture="s390x"))) == "linux-s390x"


def test_changes_in_words() -> None:
    before = environment("numpy", "six")
    assert conda_changes(before, before) == []
    after = environment("numpy", "attrs", channels=("main", "https://me:word@h.example.com/t/token/forge"))
    assert conda_changes(before, after) == [
        "conda packages (+ attrs, - six)",
        "channels main, https://***@h.example.com/t/***/forge",
    ]
    assert conda_changes(Environment("e"), environment("numpy", channels=())) == ["conda packages (+ numpy)"]
    assert conda_changes(before, environment("numpy", "six", channels=())) == ["channels none"]
    assert conda_changes(Environment("e"), environment("python=3.11")) == []


def test_tokens_of_channels_are_masked() -> None:
    assert mask_channel("https://h.example.com/t/secret/forge/linux-64/x.conda") == (
        "https://h.example.com/t/***/forge/linux-64/x.conda"
    )
    assert mask_channel("conda-forge") == "conda-forge"


def test_versions_of_locked_packages() -> None:
    lines = ("conda-forge/noarch/a-b-1.0-py_0.conda#sha256=00", "odd#sha256=00")
    assert conda_versions(lines) == {"a-b": "1.0"}


def test_variables_of_a_specification_come_first() -> None:
    conda = CondaDependencies(("numpy",), variables=(("A", "1"), ("B", "2")))
    assert conda_environment("e", conda, environment_variables=(("B", "3"),)).variables() == {"A": "1", "B": "3"}
    assert Environment("e", environment_variables=(("A", "1"),)).variables() == {"A": "1"}


def test_only_conda_environments_are_activated() -> None:
    prefix = Path("/p")
    assert Artifact("venv", "k", prefix / "bin" / "python", prefix).activation() == {}
    activation = Artifact("conda", "k", prefix / "bin" / "python", prefix).activation()
    assert activation == {"CONDA_PREFIX": "/p", "AZUREML_CONDA_ENVIRONMENT_PATH": "/p"}
