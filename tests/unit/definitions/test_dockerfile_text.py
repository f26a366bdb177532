"""A Dockerfile's text: its instructions where they stand, and everything that is wrong with them at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.dockerfile_text import (
    SIZE_LIMIT_BYTES,
    DockerfileText,
    check_dockerfile,
    final_user,
    parse_dockerfile,
    reads_context,
)
from azml_magics.errors import Place

#: As the seed document has it, the base image's name filled in.
SEED = """\
FROM mcr.microsoft.com/azureml/minimal-py312-inference:latest

USER root:root

# Install libpng-tools and opencv
RUN apt-get update && \\
    apt-get install -y \\
    libpng-tools \\
    # in the middle
    python3-opencv && \\

    rm -rf /var/lib/apt/lists/*

# Switch back to non-root user
USER dockeruser

COPY code /var/azureml-app
ENV AZUREML_ENTRY_SCRIPT=score.py
"""


def spans(text: str) -> list[tuple[str, int, int]]:
    return [(item.keyword, item.line, item.last_line) for item in parse_dockerfile(text)]


def found(text: str) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.place.line if finding.place else None) for finding in check_dockerfile(text)]


def test_instructions_and_where_they_stand() -> None:
    assert spans(SEED) == [
        ("FROM", 1, 1),
        ("USER", 3, 3),
        ("RUN", 6, 12),
        ("USER", 15, 15),
        ("COPY", 17, 17),
        ("ENV", 18, 18),
    ]
    run = parse_dockerfile(SEED)[2]
    assert run.value.split() == [
        *("apt-get", "update", "&&", "apt-get", "install", "-y", "libpng-tools", "python3-opencv", "&&"),
        *("rm", "-rf", "/var/lib/apt/lists/*"),
    ]
    assert check_dockerfile(SEED) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a:1\nRUN <<EOF\nFROM nothing\nEOF\nUSER x\n", [("FROM", 1, 1), ("RUN", 2, 4), ("USER", 5, 5)]),
        ("FROM a:1\nRUN <<-'A' cat && \\\n  x <<B\n\tone\n\tA\ntwo\nB\n", [("FROM", 1, 1), ("RUN", 2, 7)]),
        ("FROM a:1\nCOPY <<EOF /x\nnever ends\n", [("FROM", 1, 1), ("COPY", 2, 4)]),
        ("FROM a:1\nRUN cat \\\n  <<EOF\nENV\nEOF\n", [("FROM", 1, 1), ("RUN", 2, 5)]),
        ("FROM a:1\nENV X=<<EOF\nUSER y\n", [("FROM", 1, 1), ("ENV", 2, 2), ("USER", 3, 3)]),
        ("# syntax=docker/dockerfile:1\n# escape=`\nFROM a:1\nRUN a `\n b\n", [("FROM", 3, 3), ("RUN", 4, 5)]),
        ("# escape=`\r\nFROM a:1\r\nRUN a `\r\n\r\n b\r\nUSER x\\", [("FROM", 2, 2), ("RUN", 3, 5), ("USER", 6, 6)]),
        ("\ufefffrom a:1\nrun x \\", [("FROM", 1, 1), ("RUN", 2, 2)]),
        ("FROM", [("FROM", 1, 1)]),
        ("", []),
        ("# only this\n\n", []),
    ],
)
def test_what_dockerfile_parse_alone_would_miss(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("dockerfile-from", 1)]),
        ("# nothing\n\nRUN x\n", [("dockerfile-from", 3)]),
        ("ARG TAG=1\nRUN x\nFROM a:$TAG\n", [("dockerfile-order", 2)]),
        ("FROM a:1\nRUM x\n\nzzzzz y\n", [("dockerfile-instruction", 2), ("dockerfile-instruction", 4)]),
        ("FROM a:1\nRUN\nFROM \n", [("dockerfile-value", 2), ("dockerfile-value", 3)]),
        ("FROM a\n", [("image-tag", 1)]),
        ("FROM --platform=linux/amd64 a:1 AS build\nFROM build\nFROM scratch\n", []),
        ("FROM --platform=linux/amd64\n", [("invalid-image", 1)]),
        ("FROM A B:1\n", [("invalid-image", 1)]),
        ("FROM a:1\nRUN pip install \u2013r /tmp/requirements.txt\n", [("dockerfile-dash", 2)]),
        ("FROM a:1\n# pip install \u2013r\n# https://me:secret@example.org\n", []),
        ("FROM a:1\n" + "# more\n" * SIZE_LIMIT_BYTES, [("dockerfile-size", None)]),
    ],
)
def test_faults(text: str, expected: list[tuple[str, int | None]]) -> None:
    assert found(text) == expected


def test_a_fault_is_marked_where_the_user_sees_it() -> None:
    place = Place("cell In [3]")
    (finding,) = check_dockerfile("FROM a:1\n  RUM x\n", place=place, first_line=2)
    assert finding.message == "'RUM' is no instruction of a Dockerfile"
    assert finding.remedy == "did you mean RUN?"
    assert finding.place == Place("cell In [3]", 3, 3, "  RUM x", 3)
    (tag,) = check_dockerfile("FROM  python\n", place=place, first_line=2)
    assert tag.place == Place("cell In [3]", 2, 7, "FROM  python", 6)
    assert (tag.severity, tag.remedy) == ("warning", "name the one you mean, for instance python:latest")
    (split,) = check_dockerfile("FROM \\\n python\n", place=place, first_line=2)
    assert split.place == Place("cell In [3]", 2, 1, "FROM \\", 6)
    (unknown,) = check_dockerfile("FROM a:1\n&&& x\n")
    assert unknown.remedy == "a line that goes on needs \\ at the end of the one before"
    assert unknown.place == Place("Dockerfile", 2, 1, "&&& x", 3)


def test_credentials_are_reported_and_not_shown() -> None:
    text = "FROM a:1\nRUN pip install --index-url https://me:hunter2@example.org/simple \u2013r x\n"
    findings = check_dockerfile(text)
    assert [finding.code for finding in findings] == ["dockerfile-dash", "dockerfile-credentials"]
    assert findings[0].place == Place("Dockerfile", 2, None, findings[1].place.text if findings[1].place else "", 1)
    assert "hunter2" not in repr(findings)


@pytest.mark.parametrize(
    ("text", "user"),
    [
        (SEED, "dockeruser"),
        ("FROM a:1\n", None),
        ("FROM a:1 AS b\nUSER root\nFROM b\n", None),
        ("FROM a:1\nUSER x\nUSER root:root\n", "root:root"),
    ],
)
def test_who_the_image_runs_as(text: str, user: str | None) -> None:
    assert final_user(parse_dockerfile(text)) == user


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("COPY code /app", True),
        ('COPY --chown=1000 ["a b", "/app"]', True),
        ("COPY --from=build /x /y", False),
        ("COPY <<EOF /y\nx\nEOF", False),
        ("ADD https://example.org/x.tar.gz /x", False),
        ("ADD git@example.org:x.git /x", False),
        ("ADD https://example.org/x.tar.gz here.txt /x", True),
        ("RUN pip install numpy", False),
        ("RUN --mount=type=cache,target=/cache pip install numpy", False),
        ("RUN --mount=type=bind,target=/src make", True),
        ("RUN --mount=target=/src make", True),
        ("RUN --mount=type=bind,from=build,target=/src make", False),
    ],
)
def test_what_needs_a_context(line: str, reads: bool) -> None:
    assert reads_context(parse_dockerfile(f"FROM a:1\n{line}\n")) is reads


def test_where_it_was_written_is_no_part_of_the_value() -> None:
    assert DockerfileText("x", "FROM a:1\n", Place("here")) == DockerfileText("x", "FROM a:1\n")


WORDS = st.sampled_from(
    ["FROM", "RUN", "copy", "USER", "a", " ", "\n", "\\\n", "\\", "`", "#", "# escape=`\n", "<<E", "E\n", "\r\n", "$x"]
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=30).map("".join)))
def test_any_text_is_read(text: str) -> None:
    lines = text.count("\n") + 1
    for item in parse_dockerfile(text):
        assert 1 <= item.line <= item.last_line <= lines
        assert item.keyword == item.keyword.upper()
    for finding in check_dockerfile(text):
        assert finding.place is None or 1 <= (finding.place.line or 0) <= lines
        assert finding.lines()
