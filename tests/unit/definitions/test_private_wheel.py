"""Wheels known by their content: names that are none, and what counts in digests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.private_wheel import parse_wheel_file_name, shorten_wheel, without_place
from azml_magics.definitions.requirements import parse_requirements
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


def test_a_wheel_is_shown_by_its_name_and_how_its_content_begins() -> None:
    line = f"a @ file:///x/y/a-1.whl#sha256={DIGEST}"
    assert shorten_wheel(f"{line} ; python_version > '3'") == "a @ a-1.whl (sha256:aaaaaaaaaaaa) ; python_version > '3'"
    assert shorten_wheel("numpy==1") == "numpy==1"
    declarations = Declarations()
    declarations.declare(parse_requirements(line, name="house"))
    moved = declarations.declare(parse_requirements(line.replace("/x/", "/z/"), name="house"))
    assert moved.summary == "unchanged"
    changed = declarations.declare(parse_requirements(line.replace("a" * 64, "b" * 64), name="house"))
    assert changed.summary == "changed: a @ a-1.whl (sha256:aaaaaaaaaaaa) -> a @ a-1.whl (sha256:bbbbbbbbbbbb)"


def test_an_environment_with_one_is_the_same_wherever_it_lies() -> None:
    def conda(place: str) -> Environment:
        pip = PipSection((f"a @ file://{place}/a-1-py3-none-any.whl#sha256={DIGEST}", "six"))
        return conda_environment("e", CondaDependencies(("python=3.11", pip)))

    assert conda("/x").digest() == conda("/y").digest()
    lock = Lock("d", "3.11", "linux", (f"a @ file:///x/a-1.whl#sha256={DIGEST} --hash=sha256:{DIGEST}",))
    moved = replace(lock, requirement_lines=(lock.requirement_lines[0].replace("/x/", "/y/"),))
    assert replace(conda("/x"), lock=lock).digest() == replace(conda("/y"), lock=moved).digest()
