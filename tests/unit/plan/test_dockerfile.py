"""Names of images and users of Dockerfiles; whole texts are in ``tests/cases/dockerfiles``."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.plan.dockerfile import image_tag, is_prebuilt, is_root, render_environment_dockerfile, user_after

BASE = ImageFacts("local/base:1", "sha256:aa", python="/usr/bin/python3", python_version="3.11.2")
TEXT = "FROM local/base:1\n# a remark\nRUN true\n"


def test_the_tag_is_azures() -> None:
    assert re.fullmatch(r"azureml/azureml_[0-9a-f]{32}", image_tag(BASE, TEXT))


def test_what_makes_another_tag() -> None:
    tag = image_tag(BASE, TEXT, ["six", "attrs"], "digest")
    assert image_tag(BASE, TEXT, ["attrs", "six"], "digest") != tag
    assert image_tag(BASE, TEXT, ["six", "attrs"], "other") != tag
    assert image_tag(BASE, TEXT + "RUN more\n", ["six", "attrs"], "digest") != tag
    assert image_tag(replace(BASE, image_id="sha256:bb"), TEXT, ["six", "attrs"], "digest") != tag
    assert image_tag(None, TEXT, ["six", "attrs"], "digest") != tag


def test_what_makes_no_other_tag() -> None:
    tag = image_tag(BASE, TEXT, ["--index-url https://one@h.example.com"])
    assert image_tag(BASE, TEXT, ["--index-url https://two@h.example.com"]) == tag
    assert image_tag(BASE, TEXT.replace("# a remark\n", "\n"), ["--index-url https://one@h.example.com"]) == tag
    renamed = replace(BASE, reference="local/other:2")
    text = TEXT.replace("local/base:1", "local/other:2")
    assert image_tag(renamed, text, ["--index-url https://one@h.example.com"]) == tag


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("mcr.microsoft.com/azureml/minimal-py312-inference:latest", True),
        ("mcr.microsoft.com/azureml/minimal-py312-inference", True),
        ("host:5000/azureml/minimal-py312-inference@sha256:00", True),
        ("local/inference:1.0", False),
        (None, False),
    ],
)
def test_prebuilt_images_by_name(reference: str | None, expected: bool) -> None:
    assert is_prebuilt(reference) is expected


def test_users() -> None:
    assert [is_root(user) for user in ("", "root", "0", "0:0", "root:root", "dockeruser", "1000")] == [True] * 5 + [
        False
    ] * 2
    assert user_after("FROM x:1\nUSER a\nUSER b:c\n", BASE, None) == "b:c"
    assert user_after("FROM x:1\n", replace(BASE, user="somebody"), None) == "somebody"
    assert user_after("FROM x-inference:1\n", None, "x-inference:1") == "dockeruser"
    assert user_after("FROM x:1\n", None, "x:1") is None


def test_an_environment_without_packages() -> None:
    environment = Environment("e", requirements=parse_requirements("six"), image_source=ImageSource(apt=("sl",)))
    text = render_environment_dockerfile(environment, BASE, BASE.reference, ("six",), with_packages=False)
    assert "apt-get install" in text
    assert "pip" not in text
    assert "USER" not in text
    nothing = render_environment_dockerfile(environment, BASE, BASE.reference, (), with_packages=True)
    assert "pip" not in nothing
