"""What a Dockerfile is made from and what is doubtful about that."""

from __future__ import annotations

import pytest

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import Place
from azml_magics.plan.user_dockerfile import base_reference, base_references, check_against_base

BASE = ImageFacts("local/inference:1", "sha256:aa", user="dockeruser")


@pytest.mark.parametrize(
    ("text", "last", "every"),
    [
        ("FROM a:1\n", "a:1", ("a:1",)),
        ("FROM --platform=linux/amd64 a:1 AS x\n", "a:1", ("a:1",)),
        ("FROM a:1 AS one\nFROM b:1\n", "b:1", ("a:1", "b:1")),
        ("FROM a:1 AS One\nFROM one\n", "a:1", ("a:1", "a:1")),
        ("ARG tag=7\nFROM a:${tag}\n", "a:7", ("a:7",)),
        ("FROM scratch\n", None, ()),
        ("FROM a:1\nFROM scratch\n", None, ("a:1",)),
        ("FROM $unknown\n", None, ()),
        ("FROM\n", None, ()),
        ("FROM --platform=linux/amd64\n", None, ()),
        ("", None, ()),
    ],
)
def test_bases(text: str, last: str | None, every: tuple[str, ...]) -> None:
    assert base_reference(text) == last
    assert base_references(text) == every


def test_a_retired_image() -> None:
    text = "\nFROM mcr.microsoft.com/azureml/sklearn-0.24.1-ubuntu18.04-py37-cpu-inference:latest\n"
    (finding,) = check_against_base(text, None, place=Place("%%dockerfile x"), first_line=2)
    assert (finding.code, finding.severity) == ("image-retired", "warning")
    assert finding.place is not None
    assert (finding.place.source, finding.place.line) == ("%%dockerfile x", 3)
    assert "minimal-py312-inference" in finding.remedy


def test_an_image_that_becomes_root() -> None:
    text = "FROM local/inference:1\nUSER root\nRUN true\n"
    (finding,) = check_against_base(text, BASE)
    assert finding.code == "becomes-root"
    assert finding.place is not None
    assert finding.place.line == 2
    assert check_against_base(text + "USER dockeruser\n", BASE) == []
    assert check_against_base("FROM local/inference:1\n", BASE) == []
    assert check_against_base(text, ImageFacts("x:1", "sha256:bb")) == []
    assert check_against_base(text, None) == []
