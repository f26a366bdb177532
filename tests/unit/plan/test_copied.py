"""What Dockerfiles copy and ignore files leave out."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.errors import DeclarationError, Place
from azml_magics.plan.copied import CopySource, copied_sources, parse_amlignore, parse_dockerignore


def patterns(text: str) -> list[str]:
    return [source.pattern for source in copied_sources(text)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("COPY a /x", ["a"]),
        ("COPY ./a/ ../b /c /x/", ["a", "b", "c"]),
        ("COPY . /x", [""]),
        ('COPY ["with space", "b", "/x"]', ["with space", "b"]),
        ("COPY [odd /x", ["[odd"]),
        ("COPY --chown=1:1 --from=build /a /x", []),
        ("COPY --chown=1:1 a* /x", ["a*"]),
        ("ADD https://h.example.com/a b.tar /x", ["b.tar"]),
        ("ADD git@h.example.com:x.git /x", []),
        ("COPY <<EOF /x\ntext\nEOF", []),
        ("RUN --mount=type=bind,source=r.txt,target=/r --mount=type=cache,target=/c true", ["r.txt"]),
        ("RUN --mount=target=/all true", [""]),
        ("RUN --mount=type=bind,from=img,source=a,target=/a true", []),
        ("RUN --mount=type=bind,src=deep/a,target=/a true", ["deep/a"]),
        ("ONBUILD COPY a /x", []),
        ("ENV COPY=a", []),
    ],
)
def test_sources(step: str, expected: list[str]) -> None:
    assert patterns(f"FROM x:1\n{step}\n") == expected


def test_names_that_variables_make() -> None:
    text = "FROM x:1\nARG folder=code\nENV file=\"score.py\" other='x'\nCOPY ${folder}/$file /x\nCOPY $unknown/a /x\n"
    assert patterns(text) == ["code/score.py", ""]
    assert [source.line for source in copied_sources(text)] == [4, 5]


def test_what_a_source_takes() -> None:
    whole, folder, some = CopySource("", 1), CopySource("a/b", 1), CopySource("a/*.py", 1)
    assert whole.takes("anything/at/all")
    assert folder.takes("a/b")
    assert folder.takes("a/b/c/d")
    assert not folder.takes("a/bc")
    assert not folder.takes("a")
    assert folder.may_hold("a")
    assert folder.may_hold("a/b/c")
    assert not folder.may_hold("b")
    assert some.takes("a/x.py")
    assert not some.takes("a/b/x.py")
    assert not some.takes("a/x.txt")


@pytest.mark.parametrize(
    ("lines", "ignored", "kept"),
    [
        ("*.log", ["a.log"], ["deep/a.log", "a.txt"]),
        ("**/*.log", ["a.log", "deep/a.log"], ["a.txt"]),
        ("/data/", ["data/x", "data/deep/x"], ["deep/data/x"]),
        ("data\n!data/keep", ["data/x"], ["data/keep", "data/keep/x"]),
        ("*\n!src", ["a", "deep/a"], ["src/a"]),
        ("# remark\n\n  spaced  ", ["spaced"], ["# remark"]),
        ("./a/../b", ["b"], ["a"]),
        ("a?c", ["abc"], ["abbc"]),
        (".", [], ["a"]),
        ("!a\na", ["a"], []),
        ("a\n!a", [], ["a"]),
    ],
)
def test_docker_ignore(lines: str, ignored: list[str], kept: list[str]) -> None:
    file = parse_dockerignore(lines)
    assert file.name == ".dockerignore"
    assert [path for path in ignored if not file.ignores(path)] == []
    assert [path for path in kept if file.ignores(path)] == []


def test_exceptions_keep_a_folder_open() -> None:
    assert parse_dockerignore("data\n!data/keep").has_exceptions
    assert not parse_dockerignore("data").has_exceptions


def test_aml_ignore_counts_at_every_depth() -> None:
    file = parse_amlignore("\ufeff*.log\n/top\n")
    assert [file.ignores(path) for path in ("a.log", "deep/a.log", "top/x", "deep/top")] == [True, True, True, False]


@given(st.text(max_size=80), st.text(min_size=1, max_size=20))
def test_any_text_can_be_read(text: str, path: str) -> None:
    with suppress(DeclarationError):
        parse_dockerignore(text).ignores(path)
    copied_sources(text)


def test_a_line_that_is_no_pattern() -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_dockerignore("a\n\\\n")
    assert caught.value.code == "ignore-pattern"
    assert caught.value.place == Place(".dockerignore", 2, text="\\")
