"""Environments: what makes two of them equal, and which names may be registered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.environment import Environment, check_name
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import Place

DIGITS = Environment("digits", "3.11", parse_requirements("numpy==2.2.6"), (("A", "1"),))


def test_name_and_version_are_no_part_of_the_definition() -> None:
    assert replace(DIGITS, name="other", version=4).digest() == DIGITS.digest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(DIGITS, python="3.12"),
        replace(DIGITS, python=None),
        replace(DIGITS, requirements=parse_requirements("numpy==2.2.5")),
        replace(DIGITS, environment_variables=(("A", "2"),)),
    ],
)
def test_everything_else_is(changed: Environment) -> None:
    assert changed.digest() != DIGITS.digest()


def test_the_definition_reads_as_json() -> None:
    assert DIGITS.definition() == {
        "python": "3.11",
        "requirements": ["numpy==2.2.6"],
        "environment_variables": {"A": "1"},
    }


@pytest.mark.parametrize("name", ["digits", "a", "9", "a.b_c-d", "Digits", "my-azureml", "a" * 255])
def test_names_that_may_be_registered(name: str) -> None:
    assert check_name(name) == []


@pytest.mark.parametrize(
    ("name", "codes", "remedy"),
    [
        ("AzureML-digits", ["reserved-name"], "choose a name of your own, for instance 'digits'"),
        ("azureml", ["reserved-name"], "choose a name of your own, for instance 'my-environment'"),
        ("Microsoft.x", ["reserved-name"], "choose a name of your own, for instance 'x'"),
        ("MICROSOFT-x", ["reserved-name"], "choose a name of your own, for instance 'x'"),
        ("a" * 256, ["name-too-long"], "shorten the name"),
        ("my env/x", ["invalid-name"], "rename it, for instance 'my-env-x'"),
        ("", ["invalid-name"], "rename it, for instance 'my-environment'"),
        ("Microsoft" + " " * 250, ["reserved-name", "name-too-long", "invalid-name"], "choose a name of your own"),
    ],
)
def test_names_that_may_not(name: str, codes: list[str], remedy: str) -> None:
    place = Place("cell In [1]", 1)
    findings = check_name(name, place)
    assert [finding.code for finding in findings] == codes
    assert findings[0].remedy.startswith(remedy)
    assert all(finding.place is place for finding in findings)
