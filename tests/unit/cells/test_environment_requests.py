"""Lines about environments: which one they mean, and everything that is wrong with them at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.cells.arguments import Arguments, parse_argv, parse_command
from azml_magics.cells.environment_requests import environment_label
from azml_magics.cells.grammar import get_verb
from azml_magics.errors import DeclarationError


def said(line: str) -> Arguments:
    return parse_command(f"environment {line}")


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("show digits", "digits"),
        ("show digits:2", "digits:2"),
        ("show -n digits", "digits"),
        ("show --name digits --version 2", "digits:2"),
        ("show digits -v 2", "digits:2"),
        ("check digits", "digits"),
        ("archive -n digits -v latest", "digits:latest"),
    ],
)
def test_one_way_or_the_other(line: str, label: str) -> None:
    assert environment_label(said(line)) == label


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("show", ["missing-argument"]),
        ("show -v 2", ["missing-argument"]),
        ("show a -n b", ["exclusive-options"]),
        ("show a:1 -n b -v 2", ["exclusive-options", "exclusive-options"]),
        ("download digits", ["missing-argument"]),
        ("scaffold -n a/b -d x", ["invalid-name"]),
        ("scaffold -d x", ["missing-argument"]),
        ("clone a", ["missing-argument"]),
        ("clone a AzureML-b", ["reserved-name"]),
        ("check -d x -n a -v 1", ["exclusive-options", "exclusive-options"]),
        ("check", ["missing-argument"]),
        ("register", ["missing-argument"]),
        ("register --image a:1", ["missing-argument"]),
        ("register -d x --conda y", ["exclusive-options"]),
        ("register -d x --file y", ["exclusive-options"]),
        ("register --file x --image y --dockerfile z", ["exclusive-options"] * 3),
        ("register a --requirements x --conda y", ["exclusive-options"]),
        ("register a --conda-environment base --conda x --image y", ["exclusive-options", "exclusive-options"]),
        ("register a/b -n c", ["invalid-name", "exclusive-options"]),
        ("register -n c/d --image x", ["invalid-name"]),
        ("register nb/a.ipynb --image x --tag a=b", ["exclusive-options", "exclusive-options"]),
    ],
)
def test_what_is_wrong(line: str, codes: list[str]) -> None:
    with pytest.raises(DeclarationError) as caught:
        said(line)
    assert sorted(finding.code for finding in caught.value.findings) == sorted(codes)
    assert all(finding.remedy for finding in caught.value.findings)


@pytest.mark.parametrize(
    "line",
    [
        "register a",
        "register -d x",
        "register -d x -n a",
        "register --file x",
        "check -d x",
        "register nb/a.ipynb -n a",
    ],
)
def test_what_is_enough(line: str) -> None:
    assert said(line).verb.name.startswith("environment ")


def test_words_that_were_not_checked_are_checked_when_they_are_used() -> None:
    arguments = parse_argv(get_verb("environment show"), ["digits"])
    with pytest.raises(DeclarationError):
        environment_label(replace(arguments, by_dest={"name": None, "named": None, "version": None}))
