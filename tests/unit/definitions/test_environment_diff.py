"""What differs between two environments: by package and variable, complete, without credentials."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.environment_diff import Difference, compare_environments, conda_file_name
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.requirements import parse_requirements

ONE = Environment("digits", "3.11", parse_requirements("numpy==1.26.4\npandas==2.2.0\n"), (("A", "1"),), 1)


def differences(before: Environment, after: Environment) -> list[tuple[str, str, str | None, str | None]]:
    found = compare_environments(before, after).differences
    return [(each.subject, each.name, each.before, each.after) for each in found]


def test_nothing_differs() -> None:
    diff = compare_environments(ONE, replace(ONE, version=2))
    assert (diff.before, diff.after, diff.same_definition) == ("digits:1", "digits:2", True)
    assert diff.differences == ()


def test_packages_python_and_variables() -> None:
    requirements = parse_requirements("Numpy==2.2.6\njoblib\n--pre\n")
    two = Environment("digits", None, requirements, (("A", "2"), ("B", "")), 2)
    assert differences(ONE, two) == [
        ("python", "", "3.11", None),
        ("package", "joblib", None, "joblib"),
        ("package", "numpy", "numpy==1.26.4", "Numpy==2.2.6"),
        ("package", "pandas", "pandas==2.2.0", None),
        ("option", "--pre", None, "--pre"),
        ("variable", "A", "1", "2"),
        ("variable", "B", None, ""),
    ]
    kinds = [each.kind for each in compare_environments(ONE, two).differences]
    assert kinds == ["removed", "added", "changed", "removed", "added", "changed", "added"]


def test_lines_with_markers_belong_together() -> None:
    lines = "numpy==1 ; python_version < '3.10'\nnumpy==2 ; python_version >= '3.10'\n"
    two = replace(ONE, requirements=parse_requirements(lines))
    changed = compare_environments(ONE, two).differences[0]
    assert changed.after == 'numpy==1; python_version < "3.10", numpy==2; python_version >= "3.10"'


def test_conda() -> None:
    before = conda_environment("c", CondaDependencies(("python=3.11", "cmake=3.2"), ("main",)))
    sections = ("python=3.12", "main::cmake=3.3", "make", PipSection(("six",)))
    after = conda_environment("c", CondaDependencies(sections, ("main", "forge")))
    assert differences(before, after) == [
        ("python", "", "3.11", "3.12"),
        ("package", "six", None, "six"),
        ("conda package", "cmake", "cmake=3.2", "main::cmake=3.3"),
        ("conda package", "make", None, "make"),
        ("channels", "", "main", "main, forge"),
    ]


def test_order_alone_is_told_because_it_makes_another_version() -> None:
    two = replace(ONE, requirements=parse_requirements("pandas==2.2.0\nnumpy==1.26.4\n"))
    (order,) = compare_environments(ONE, two).differences
    assert order == Difference(
        "packages", "order", "numpy==1.26.4, pandas==2.2.0", "pandas==2.2.0, numpy==1.26.4"
    )  # fmt: skip
    conda = [
        conda_environment("c", CondaDependencies((*names, PipSection(("six",))))) for names in (("a", "b"), ("b", "a"))
    ]
    assert differences(*conda) == [("packages", "order", "a, b, six", "b, a, six")]


def test_image_and_dockerfile() -> None:
    before = replace(ONE, image_source=ImageSource(image="a:1", apt=("git", "curl"), user_managed=True))
    text = "FROM a:1\nRUN x -i https://me:hidden@example.org/simple\n"
    after = replace(ONE, version=2, image_source=ImageSource(dockerfile=text, steps_after=("ENV A=1",)))
    found = differences(before, after)
    assert [(subject, old) for subject, _, old, new in found if new is None] == [
        ("image", "a:1"),
        ("apt", "git, curl"),
        ("user managed", "True"),
    ]
    assert ("steps after", "", None, "ENV A=1") in found
    diff = compare_environments(before, after)
    assert diff.dockerfile[:2] == ("--- digits:1", "+++ digits:2")
    assert "+RUN x -i https://***@example.org/simple" in diff.dockerfile
    other = replace(after, image_source=replace(after.image_source, dockerfile=text.replace("a:1", "b:1")))
    (changed,) = compare_environments(after, other).differences
    assert changed.subject == "dockerfile"


def test_locks() -> None:
    lock = Lock(
        "d", "3.11", "linux", ("numpy==1 --hash=sha256:00", "six @ file:///x"), ("main/linux-64/a-1-0.conda#x",)
    )
    locked = replace(ONE, lock=lock)
    assert differences(ONE, locked) == [
        ("lock", "", None, "Python 3.11 on linux"),
        ("locked", "numpy", None, "1"),
        ("locked", "six", None, "file:///x"),
        ("locked conda package", "a", None, "a-1-0.conda"),
    ]
    newer = replace(locked, lock=replace(lock, requirement_lines=("numpy==2", "six @ file:///x")))
    assert differences(locked, newer) == [("locked", "numpy", "1", "2")]


def test_a_private_wheel_differs_by_its_content_alone() -> None:
    def locked(place: str, digest: str) -> Environment:
        line = f"house @ file://{place}/house-1.0-py3-none-any.whl#sha256={64 * digest}"
        lock = Lock("d", "3.11", "linux", (f"{line} --hash=sha256:{64 * digest}",))
        return replace(ONE, requirements=parse_requirements(line), lock=lock)

    same = compare_environments(locked("/here", "a"), locked("/there", "a"))
    assert (same.same_definition, same.differences) == (True, ())
    other = compare_environments(locked("/here", "a"), locked("/here", "b"))
    assert [(each.subject, each.name) for each in other.differences] == [("package", "house"), ("locked", "house")]


@pytest.mark.parametrize(("file", "name"), [("a-b-1.0-py_0.conda", "a-b"), ("odd", "odd"), ("x-1", "x-1")])
def test_names_of_conda_files(file: str, name: str) -> None:
    assert conda_file_name(file) == name


def test_what_azure_keeps_besides_and_what_people_read() -> None:
    one = replace(ONE, azure_details='{"docker":{"shmSize":"2g"},"r":null}', description="old", tags=(("a", "1"),))
    two = replace(ONE, azure_details='{"docker":{"shmSize":"4g"},"r":null}', tags=(("a", "2"),))
    assert differences(one, two) == [
        ("azure", "docker.shmSize", '"2g"', '"4g"'),
        ("description", "", "old", None),
        ("tag", "a", "1", "2"),
    ]
    told = compare_environments(replace(ONE, description="new"), ONE)
    assert told.same_definition
    assert [each.subject for each in told.differences] == ["description"]


def test_a_renewed_credential_differs_and_is_not_shown() -> None:
    def private(password: str) -> Environment:
        lines = parse_requirements(f"--index-url https://me:{password}@example.org/simple\n")
        return replace(ONE, requirements=lines)

    diff = compare_environments(private("old-one"), private("new-one"))
    assert [each.subject for each in diff.differences] == ["package", "package", "option"][2:]
    assert "-one" not in str(diff)


def test_as_json() -> None:
    document: Any = compare_environments(ONE, replace(ONE, version=2, python="3.12")).as_dict()
    assert document["differences"] == [
        {"kind": "changed", "subject": "python", "name": None, "before": "3.11", "after": "3.12"}
    ]
    assert (document["before"], document["same_definition"], document["dockerfile"]) == ("digits:1", False, [])


PACKAGES = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 3), max_size=4)


@given(PACKAGES, PACKAGES, st.sampled_from([None, "3.11", "3.12"]))
def test_a_difference_is_found_exactly_where_definitions_differ(
    old: dict[str, int], new: dict[str, int], python: str | None
) -> None:
    def of(packages: dict[str, int], version: str | None) -> Environment:
        text = "".join(f"{name}=={number}\n" for name, number in packages.items())
        return Environment("e", version, parse_requirements(text))

    diff = compare_environments(of(old, "3.11"), of(new, python))
    assert bool(diff.differences) == (not diff.same_definition)
    back = compare_environments(of(new, python), of(old, "3.11"))
    assert [(each.before, each.after) for each in back.differences] == [
        (each.after, each.before) for each in diff.differences
    ]


def test_passwords_and_tokens_of_channels_are_masked() -> None:
    after = conda_environment("c", CondaDependencies(("numpy",), ("https://me:p4ss@h.example.com/t/tok3n/x",)))
    (found,) = [item for item in compare_environments(Environment("c"), after).differences if "channel" in item.subject]
    assert found.after == "https://***@h.example.com/t/***/x"
