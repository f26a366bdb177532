"""Model names and references."""

from __future__ import annotations

import pytest

from azml_magics.definitions.model import NAME_PATTERN, Model, ModelReference


def test_a_label_is_name_and_version() -> None:
    assert Model("digits", 3, "model.pkl", is_folder=False, digest="0" * 64, size_bytes=1).label == "digits:3"


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [("digits", "digits", None), ("digits:3", "digits", 3), ("a.b_c-d:12", "a.b_c-d", 12), ("1", "1", None)],
)
def test_references(text: str, name: str, version: int | None) -> None:
    assert ModelReference.parse(text) == ModelReference(name, version)


@pytest.mark.parametrize("text", ["", "-a", "a b", "é", ":1", "a:", "a:0", "a:-1", "a:x", "a:1:2", "a" * 256])
def test_references_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no model"):
        ModelReference.parse(text)


@pytest.mark.parametrize(
    ("name", "is_name"),
    [
        ("a", True),
        ("a b", False),
        ("a.b_c-d", True),
        ("-a", False),
        ("a" * 255, True),
        ("a" * 256, False),
        ("é", False),
    ],
)
def test_names_as_azure_takes_them(name: str, is_name: bool) -> None:
    """The cases of contract/vectors/rules."""
    assert (NAME_PATTERN.fullmatch(name) is not None) == is_name
