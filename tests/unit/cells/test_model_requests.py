"""Lines about models: what is missing, what excludes what, which model is meant."""

from __future__ import annotations

import pytest

from azml_magics.cells.arguments import parse_command
from azml_magics.cells.model_requests import model_reference
from azml_magics.definitions.model import ModelReference
from azml_magics.errors import DeclarationError


def codes(line: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        parse_command(line)
    assert all(finding.remedy for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


def test_what_can_be_registered() -> None:
    line = "model register m.pkl -n a.b_c-d --tag a=1 --property b=2 --framework ScikitLearn --framework-version 1.5"
    arguments = parse_command(line)
    assert arguments.text("model_name") == "a.b_c-d"
    assert (arguments.text("framework"), arguments.text("framework_version")) == ("ScikitLearn", "1.5")
    assert parse_command("model register --file model.yml --name other").text("file") == "model.yml"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("model register", ["missing-argument", "missing-argument"]),
        ("model register m.pkl", ["missing-argument"]),
        ("model register --name m", ["missing-argument"]),
        ("model register m.pkl --name 'a b'", ["invalid-model-name"]),
        ("model register m.pkl --file model.yml", ["exclusive-options"]),
        ("model register m.pkl --name m --framework-version 1", ["missing-argument"]),
        ("model download -d x", ["missing-argument"]),
        ("model download m -n m -d x", ["exclusive-options"]),
        ("model download m:1 -v 2 -d x", ["exclusive-options"]),
        ("model list --tag 'a b=1'", ["invalid-value"]),
    ],
)
def test_what_is_wrong(line: str, expected: list[str]) -> None:
    assert codes(line) == expected


def test_tags_with_and_without_a_value() -> None:
    assert parse_command("model list --tag a --tag b=").by_dest["tags"] == (("a", None), ("b", ""))


@pytest.mark.parametrize(
    ("line", "reference"),
    [
        ("model show m", ModelReference("m")),
        ("model download m:2 -d x", ModelReference("m", 2)),
        ("model download m -v 2 -d x", ModelReference("m", 2)),
        ("model download -n m -v 3 -d x", ModelReference("m", 3)),
        ("model download -n m:3 -d x", ModelReference("m", 3)),
    ],
)
def test_which_model_is_meant(line: str, reference: ModelReference) -> None:
    assert model_reference(parse_command(line)) == reference


def test_no_model_is_meant() -> None:
    with pytest.raises(DeclarationError) as caught:
        model_reference(parse_command("model show 'a b'"))
    assert caught.value.code == "invalid-model"
