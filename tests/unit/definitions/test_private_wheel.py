"""Wheels known by their content: names that are none, and what counts in digests."""

from __future__ import annotations

import pytest

from azml_magics.definitions.private_wheel import parse_wheel_file_name, without_place
from azml_magics.definitions.scaffold import scaffold_environment
from azml_magics.errors import DeclarationError

DIGEST = 64 * "a"


def test_project_and_version() -> None:
    assert parse_wheel_file_name("My.House-1.0-py3-none-any.whl") == ("my-house", "1.0")
    assert parse_wheel_file_name("a-1.0-2-cp311-cp311-linux_x86_64.whl") == ("a", "1.0")


@pytest.mark.parametrize("name", ["", "a.whl", "a-1.whl", "a-x-py3-none-any.whl", "a-1-py3-none-any.zip"])
def test_names_of_no_wheel(name: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_wheel_file_name(name)
    assert (caught.value.code, "pip wheel" in caught.value.remedy) == ("invalid-wheel", True)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (f"a @ file:///x/y/a-1.whl#sha256={DIGEST}", f"a @ a-1.whl#sha256={DIGEST}"),
        (f"a @ file:///x%20y/a-1.whl#sha256={DIGEST} ; python_version > '3'", None),
        (f"a @ file:///x/a-1.whl#sha256={DIGEST}0", None),
        ("a @ file:///x/a-1.whl", None),
        (f"a @ https://example.org/a-1.whl#sha256={DIGEST}", None),
        ("numpy==1", None),
    ],
)
def test_the_place_of_a_wheel_counts_only_where_its_content_is_not_known(line: str, counts: str | None) -> None:
    expected = f"a @ a-1.whl#sha256={DIGEST} ; python_version > '3'" if "%20" in line else counts or line
    assert without_place(line) == expected


def test_a_new_environment_says_what_azures_does() -> None:
    environment = scaffold_environment("mine")
    assert (environment.name, environment.python) == ("mine", "3.8.13")
    assert environment.requirements.names() == {"azureml-defaults"}
    assert dict(environment.environment_variables) == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
