"""The keys about the image: texts, names and files of Dockerfiles; what else there is stands in ``tests/cases``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from azml_magics.cells.environment_body import KEYS, read_environment_body
from azml_magics.cells.image_keys import IMAGE_KEYS
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.errors import Finding, Place

COPYING = "FROM python:3.11-slim\nCOPY code /var/azureml-app"
PLAIN = "FROM python:3.11-slim\n"


def read(body: str, files: dict[str, str | Exception] | None = None) -> tuple[EnvironmentDraft | None, list[Finding]]:
    def read_file(path: str) -> str:
        content = (files or {}).get(path, FileNotFoundError(2, "No such file or directory"))
        if isinstance(content, Exception):
            raise content
        return content

    reader: Callable[[str], str] | None = None if files is None else read_file
    return read_environment_body(body, name="digits", place=Place("here"), first_line=2, read_file=reader)


def draft(body: str, **files: str | Exception) -> EnvironmentDraft:
    value, findings = read(body, {name.replace("__", "/"): text for name, text in files.items()})
    assert findings == []
    assert value is not None
    return value


def fault(body: str, files: dict[str, str | Exception] | None = None) -> Finding:
    value, findings = read(body, files)
    assert value is None
    (finding,) = findings
    return finding


def test_every_key_is_a_field() -> None:
    assert set(IMAGE_KEYS) == set(ImageSource.__dataclass_fields__)
    assert set(IMAGE_KEYS) < set(KEYS)


def test_a_name_waits_for_its_declaration() -> None:
    value = draft("dockerfile: detector\n")
    assert (value.dockerfile, value.image_source) == ("detector", ImageSource())


def test_a_file_is_read_at_once() -> None:
    value = draft("dockerfile: build/Dockerfile\n", build__Dockerfile=PLAIN)
    assert (value.dockerfile, value.image_source) == ("build/Dockerfile", ImageSource(dockerfile=PLAIN))


@pytest.mark.parametrize(
    ("body", "context"),
    [
        ("dockerfile: build/Dockerfile\n", "build"),
        ('dockerfile: "build\\\\Dockerfile"\n', "build"),
        ("dockerfile: build/Dockerfile\ncontext: .\n", "."),
        ("dockerfile: Dockerfile\n", None),
    ],
)
def test_a_file_copies_from_its_own_folder(body: str, context: str | None) -> None:
    value, findings = read(body, {"build/Dockerfile": COPYING, "build\\Dockerfile": COPYING, "Dockerfile": COPYING})
    assert findings == []
    assert value is not None
    assert value.image_source == ImageSource(dockerfile=COPYING + "\n", context=context)


@pytest.mark.parametrize(
    ("written", "problem", "message"),
    [
        ("build/Dockerfile", FileNotFoundError(2, "No such file or directory"), "is no file that is there"),
        (
            "build/Dockerfile",
            PermissionError(13, "Permission denied"),
            "is no file that can be read: Permission denied",
        ),
        ("build", IsADirectoryError(21, "Is a directory"), "is no file that can be read: Is a directory"),
        ("build", OSError("odd"), "is no file that can be read: odd"),
        ("build", UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "is no text in UTF-8"),
    ],
)
def test_a_path_is_never_taken_for_the_text(written: str, problem: Exception, message: str) -> None:
    finding = fault(f"dockerfile: {written}\n", {written: problem})
    assert (finding.code, finding.message) == ("dockerfile-missing", f"dockerfile {written!r} {message}")
    assert finding.place == Place("here", 2, 13, f"dockerfile: {written}", len(written))


def test_where_no_file_can_be_read() -> None:
    assert fault("dockerfile: build/Dockerfile\n").code == "dockerfile-missing"
    value, findings = read("dockerfile: detector\n")
    assert findings == []
    assert value is not None
    assert value.dockerfile == "detector"
    assert fault('dockerfile: "FROM python:3.11\\nRUN x"\n').message == (
        "dockerfile 'FROM python:3.11' is no file that is there"
    )


def test_faults_of_a_file_are_shown_in_the_file() -> None:
    finding = fault("dockerfile: Dockerfile\n", {"Dockerfile": "FROM python:3.11\nRUM x\n"})
    assert finding.place == Place("Dockerfile", 2, 1, "RUM x", 3)


def test_faults_of_a_step_hide_credentials() -> None:
    body = "steps_after: |\n  RUM pip install --index-url https://me:hunter2@example.org/simple\n"
    assert "hunter2" not in repr(fault(body))
    assert fault(body).place == Place("here", 3, text="RUM pip install --index-url https://***@example.org/simple")


@pytest.mark.parametrize(("body", "code"), [("dockerfile: [a]", "wrong-type"), ("dockerfile:", "wrong-type")])
def test_what_is_no_dockerfile_at_all(body: str, code: str) -> None:
    assert fault(body).code == code


def test_a_warning_waits_for_the_deployment() -> None:
    assert draft("image: python\n").image_source.image == "python"
    assert draft("dockerfile: |\n  FROM python\n").image_source.dockerfile == "FROM python\n"
