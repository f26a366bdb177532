"""The keys about conda: files, and what they exclude; lists stand in ``tests/cases/environment-conda``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from azml_magics.cells.environment_body import read_environment_body
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.errors import Finding, Place

FILE = "name: a\nchannels: [pytorch]\ndependencies:\n- python=3.9\n- numpy\n- pip:\n  - pillow\n"


def read(body: str, content: str | Exception | None = FILE) -> tuple[EnvironmentDraft | None, list[Finding]]:
    def read_file(path: str) -> str:
        assert path == "env/conda.yml"
        if isinstance(content, Exception):
            raise content
        assert content is not None
        return content

    reader: Callable[[str], str] | None = None if content is None else read_file
    return read_environment_body(body, name="digits", place=Place("here"), first_line=2, read_file=reader)


def fault(body: str, content: str | Exception | None = FILE) -> Finding:
    value, findings = read(body, content)
    assert value is None
    (finding,) = findings
    return finding


def test_a_file_is_taken_whole() -> None:
    value, findings = read("conda: env/conda.yml\ndescription: from a file\n")
    assert findings == []
    assert value is not None
    assert value.conda == CondaDependencies(("python=3.9", "numpy", PipSection(("pillow",))), ("pytorch",), "a")
    assert value.description == "from a file"


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
        (OSError("odd"), "odd"),
        (None, "files cannot be read here"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "it is no text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(problem: Exception | None, reason: str) -> None:
    message = f"conda specification env/conda.yml: {reason}"
    finding = fault("conda: env/conda.yml\n", problem)
    assert (finding.code, finding.message) == ("conda-specification-missing", message)
    assert finding.place == Place("here", 2, 8, "conda: env/conda.yml", 13)


def test_faults_of_a_file_are_shown_in_the_file() -> None:
    finding = fault("conda: env/conda.yml\n", "dependencies:\n- 1.5\n")
    assert finding.place == Place("env/conda.yml", 2, 3, "- 1.5", 3)
    finding = fault("conda: env/conda.yml\n", "dependencies:\n- pip:\n  - a==1\n  - -e .\n")
    assert finding.code == "unsupported-option"
    assert finding.place == Place("env/conda.yml", 4, 5, "  - -e .", 2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "conda: env/conda.yml\npython: 3.10\n",
            "python and conda exclude each other: the conda specification says that",
        ),
        (
            "conda: env/conda.yml\nrequirements: [a]\n",
            "requirements and conda exclude each other: the conda specification says that",
        ),
        (
            "conda: env/conda.yml\nchannels: [a]\n",
            "channels and conda exclude each other: the conda specification says that",
        ),
        ("conda: [python]\npython: 3.10\n", "python and conda exclude each other: conda names python as well"),
    ],
)
def test_what_is_said_twice(body: str, message: str) -> None:
    finding = fault(body)
    assert (finding.code, finding.message) == ("exclusive-keys", message)
    assert finding.place is not None
    assert finding.place.line == 3


def test_a_package_on_two_lines() -> None:
    finding = fault('conda: ["a\\nb"]\n')
    assert (finding.code, finding.message) == ("invalid-package", "'a\\nb' is no conda package")


@pytest.mark.parametrize("body", ["conda:\n", "conda: {a: b}\n", "conda: >\n  a\n"])
def test_what_is_neither_a_list_nor_a_file(body: str) -> None:
    assert fault(body).code == "wrong-type"
