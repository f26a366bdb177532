"""What Azure's service would refuse in a definition, or warn of: each with a remedy, none where all is well."""

from __future__ import annotations

from typing import Any

import pytest

from azml_magics.definitions.codecs.azure_v1 import environment_document, read_environment_document
from azml_magics.definitions.conda_dependencies import CondaDependencies, Dependency, PipSection
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.plan.curated import curated_environments
from azml_magics.preflight import DeploymentFacts
from azml_magics.preflight.environment import DOCKERFILE_LIMIT, check, check_environment

GOOD = Environment("digits", "3.12", parse_requirements("numpy==2.2.6"))


def found(environment: Environment) -> dict[str, str]:
    """Code -> severity."""
    findings = list(check_environment(environment))
    assert all(finding.message and finding.remedy for finding in findings)
    return {finding.code: finding.severity for finding in findings}


def conda(*dependencies: Dependency, channels: tuple[str, ...] = ("conda-forge",)) -> Environment:
    return conda_environment("digits", CondaDependencies(dependencies, channels))


def azure(**sections: Any) -> Environment:
    """An environment as a v1 file says it, with ``sections`` in place of what a good one has there."""
    document = environment_document(GOOD)
    for name, value in sections.items():
        document[name] = {**document[name], **value} if isinstance(document.get(name), dict) else value
    return read_environment_document(document, source="azureml_environment.json").environment


def test_nothing_against_a_definition_in_order() -> None:
    assert found(GOOD) == {}
    assert found(conda("python=3.12", "pip=25.0", "cmake=3.31", PipSection(("six==1.17.0",)))) == {}
    assert found(azure()) == {}
    image = ImageSource(image="local/x:1", user_managed=True)
    assert found(Environment("mine", image_source=image)) == {}


@pytest.mark.parametrize(
    ("name", "code"), [("AzureML-x", "reserved-name"), ("x" * 256, "name-too-long"), ("a/b", "invalid-name")]
)
def test_names(name: str, code: str) -> None:
    assert found(Environment(name, "3.12", GOOD.requirements)) == {code: "error"}


def test_curated_ones_may_be_called_so() -> None:
    for environment in curated_environments():
        findings = list(check_environment(environment, is_curated=True))
        assert all(finding.severity == "warning" for finding in findings), findings


@pytest.mark.parametrize(
    ("image", "codes"),
    [
        ("mcr.microsoft.com/azureml/base:latest", {"deprecated-image"}),
        ("mcr.microsoft.com/azureml/base-gpu:1", {"deprecated-image"}),
        ("mcr.microsoft.com/azureml/intelmpi2018.3-ubuntu16.04:1", {"deprecated-image"}),
        ("mcr.microsoft.com/azureml/o16n-base/python-slim:1", {"deprecated-image"}),
        ("mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04:1", {"deprecated-image"}),
        ("mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.1-ubuntu18.04:1", {"deprecated-image"}),
        ("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04", {"deprecated-image", "image-tag"}),
        ("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:1", set()),
        ("mcr.microsoft.com/azureml/base-mine:1", set()),
        ("local/x", {"image-tag"}),
    ],
)
def test_images(image: str, codes: set[str]) -> None:
    environment = Environment("digits", "3.12", GOOD.requirements, image_source=ImageSource(image=image))
    assert found(environment) == dict.fromkeys(codes, "warning")


def test_a_dockerfile_that_is_too_long() -> None:
    text = "FROM local/x:1\n" + "# long\n" * (DOCKERFILE_LIMIT // 6)
    environment = Environment("digits", "3.12", image_source=ImageSource(dockerfile=text))
    assert found(environment) == {"dockerfile-size": "error"}
    deployment = Deployment("digits", EntryScript("score.py", ""), environment)
    (finding,) = check(deployment, DeploymentFacts())
    assert (finding.code, finding.severity) == ("dockerfile-size", "warning")


@pytest.mark.parametrize(
    ("python", "codes"),
    [
        ("3.8.13", {"python-end-of-life"}),
        ("2.7", {"python-end-of-life"}),
        ("3.14", set()),
        ("3.99", {"python-unknown"}),
        ("3", {"no-python"}),
        (None, {"no-python"}),
    ],
)
def test_pythons(python: str | None, codes: set[str]) -> None:
    assert found(Environment("digits", python, GOOD.requirements)) == dict.fromkeys(codes, "warning")


@pytest.mark.parametrize(
    ("dependencies", "codes"),
    [
        (("python=3.12", "python=3.11"), {"several-pythons": "error"}),
        (("python=twelve",), {"python-version": "error", "no-python": "warning"}),
        (("conda-forge::python=3.12.1=h0_0",), {}),
        (("python>=3.11,<3.13",), {}),
        (("python 3.12.*",), {}),
        (("python=3.12", "cmake"), {"unpinned-conda": "warning"}),
        (("python=3.12", "cmake>=3"), {"unpinned-conda": "warning"}),
        (("python=3.12", "cmake==3.31=h0_0"), {}),
        (("python=3.12", PipSection(("six==1",))), {"no-pip": "warning"}),
        (("python=3.12", "pip", PipSection(("six==1",))), {"unpinned-pip": "warning"}),
        (("python=3.12", "pip=25", PipSection(("six",))), {"unpinned-requirements": "warning"}),
    ],
)
def test_conda(dependencies: tuple[Dependency, ...], codes: dict[str, str]) -> None:
    assert found(conda(*dependencies)) == codes


def test_channels() -> None:
    assert found(conda("python=3.12", "cmake=3.31", channels=())) == {"no-channels": "warning"}
    assert found(conda("python=3.12", channels=())) == {}


def test_what_is_left_open() -> None:
    assert found(Environment("digits", "3.12")) == {"no-packages": "warning"}
    wheel = parse_requirements("house @ file:///w/house-1.0-py3-none-any.whl")
    assert found(Environment("digits", "3.12", wheel)) == {"local-packages": "warning"}
    secret = parse_requirements("--index-url https://me:hunter2@example.com/simple\na==1")
    assert found(Environment("digits", "3.12", secret)) == {"credentials": "warning"}
    given = Environment("digits", "3.12", GOOD.requirements, (("A", "1"),))
    assert found(given) == {"runtime-variables": "warning"}


@pytest.mark.parametrize(
    ("sections", "codes"),
    [
        ({"docker": {"baseImageRegistry": {"address": "registry.example.com"}}}, {"registry-in-definition": "warning"}),
        ({"docker": {"enabled": True, "arguments": ["--x"]}}, {"deprecated-docker-settings": "warning"}),
        ({"docker": {"sharedVolumes": False}}, {"deprecated-docker-settings": "warning"}),
        ({"docker": {"shmSize": "8g"}}, {"deprecated-docker-settings": "warning"}),
        ({"docker": {"baseImage": None}}, {"no-image": "warning"}),
        ({"python": {"baseCondaEnvironment": "base"}}, {"base-conda-environment": "warning"}),
        ({"r": {"rVersion": "4.0"}}, {"r-section": "warning"}),
        ({"docker": {"baseImage": None, "buildContext": {"location": "x"}}}, {"build-context": "error"}),
    ],
)
def test_azures_own_settings(sections: dict[str, Any], codes: dict[str, str]) -> None:
    assert found(azure(**sections)) == codes
    deployment = Deployment("digits", EntryScript("score.py", ""), azure(**sections))
    assert {finding.code: finding.severity for finding in check(deployment, DeploymentFacts())} == dict.fromkeys(
        codes, "warning"
    )


def test_a_build_context_says_everything() -> None:
    context = {"locationType": "git", "location": "x", "dockerfilePath": "Dockerfile"}
    docker = {"baseImage": None, "buildContext": context}
    messages = [
        finding.message
        for finding in check_environment(azure(docker=docker, r={"rVersion": "4.0"}, environmentVariables={"A": "1"}))
        if finding.code == "build-context"
    ]
    assert ["variables" in text for text in messages] == [True, False, False]
    assert ["conda packages" in text for text in messages] == [False, True, False]
    assert ["R section" in text for text in messages] == [False, False, True]


def test_a_deployment_is_told_only_what_its_environment_says() -> None:
    silent = Environment("digits", "3.8", parse_requirements("numpy"), (("A", "1"),))
    assert list(check(Deployment("digits", EntryScript("score.py", ""), silent), DeploymentFacts())) == []
    assert list(check(Deployment("digits", EntryScript("score.py", "")), DeploymentFacts())) == []


def test_a_dockerfile_that_no_engine_takes() -> None:
    environment = Environment("digits", image_source=ImageSource(dockerfile="RUN x\n", user_managed=True))
    assert found(environment)["dockerfile-from"] == "error"
