"""Conda specifications: what they may hold, where faults are, and back to text."""

from __future__ import annotations

import contextlib

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from azml_magics.definitions.codecs.conda_yaml import read_conda_mapping, read_conda_yaml, render_conda_yaml
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.errors import DeclarationError, Place

TEXT = """\
name: from-file
channels:
- conda-forge
dependencies:
- python=3.10   # kept as a text
- numpy=1.17.0
- pip:
  - '# comment'
  - pillow
  - ''
prefix: /opt/env
variables:
  LEVEL: 1
  FLAG: yes
  NONE:
"""
SPECIFICATION = CondaDependencies(
    ("python=3.10", "numpy=1.17.0", PipSection(("# comment", "pillow", ""))),
    ("conda-forge",),
    "from-file",
    "/opt/env",
    (("FLAG", "yes"), ("LEVEL", "1"), ("NONE", "")),
)


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(DeclarationError) as raised:
        read_conda_yaml(text, source="conda.yml")
    assert str(raised.value) == "conda.yml is no conda specification"
    assert all(finding.remedy for finding in raised.value.findings)
    return [(finding.code, finding.message) for finding in raised.value.findings]


def test_everything_a_specification_may_hold() -> None:
    read = read_conda_yaml(TEXT, source="conda.yml")
    assert read == SPECIFICATION
    assert read.python == "3.10"


def test_nothing_written_is_nothing() -> None:
    empty = CondaDependencies()
    assert read_conda_yaml("dependencies:\n", source="a") == empty
    assert read_conda_yaml("name:\nchannels:\nprefix: ~\nvariables:\n", source="a") == empty
    assert read_conda_yaml("dependencies:\n- pip:\n", source="a").dependencies == (PipSection(),)


def test_the_text_is_in_azures_style() -> None:
    conda = CondaDependencies(("python=3.8.13", PipSection(("a==1",)), "numpy"), ("anaconda",), "project_environment")
    assert render_conda_yaml(conda) == (
        "name: project_environment\ndependencies:\n- python=3.8.13\n- pip:\n  - a==1\n- numpy\nchannels:\n- anaconda\n"
    )


def test_long_lines_and_words_of_others_stay_in_one_piece() -> None:
    line = "größe @ https://example.org/" + "long/" * 60
    conda = CondaDependencies((PipSection((line,)),))
    assert line in render_conda_yaml(conda)
    assert read_conda_yaml(render_conda_yaml(conda), source="a") == conda


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", "not-a-mapping", "the body is empty"),
        ("- numpy", "not-a-mapping", "a conda specification is a YAML mapping"),
        ("foo: 1", "unknown-key", "unknown key 'foo' in a conda specification"),
        ("name: a\nname: b", "duplicate-key", "key 'name' is given twice, first in line 1"),
        ("name: [a]", "wrong-type", "name is one text"),
        ("channels: conda-forge", "wrong-type", "channels is a list"),
        ("channels: [1.5]", "wrong-type", "a channel is one text on one line"),
        ("channels: ['']", "wrong-type", "a channel is empty"),
        ("dependencies: {a: b}", "wrong-type", "dependencies is a list"),
        ("dependencies: [1.5]", "wrong-type", "a conda package is one text on one line"),
        ("dependencies: [[a]]", "wrong-type", "a conda package is one text on one line"),
        ('dependencies: ["a\\nb"]', "wrong-type", "a conda package is one text on one line"),
        ("dependencies: ['=1']", "invalid-package", "'=1' is no conda package"),
        ("dependencies: [{npm: [a]}]", "unknown-key", "'npm' is no package manager known here"),
        ("dependencies: [{pip: a}]", "wrong-type", "pip is a list"),
        ("dependencies: [{pip: [1]}]", "wrong-type", "a line for pip is one text on one line"),
        (
            "dependencies:\n- pip: [a]\n- pip: [b]",
            "duplicate-key",
            "there are two pip sections, the first in line 2",
        ),
        ("variables: [a]", "not-a-mapping", "variables is a YAML mapping"),
        ("variables: {A: [x]}", "wrong-type", "variable A is one text"),
    ],
)
def test_what_is_wrong(text: str, code: str, message: str) -> None:
    assert faults(text) == [(code, message)]


def test_places_and_remedies() -> None:
    with pytest.raises(DeclarationError) as raised:
        read_conda_yaml("dependencies:\n- 3.10\n- numpy: 1\nchanels: []\n", source="conda.yml", first_line=5)
    number, package, key = raised.value.findings
    assert (number.place, number.remedy) == (Place("conda.yml", 6, 3, "- 3.10", 4), 'quote it: "3.10"')
    assert package.remedy == "write numpy=VERSION for a package; write '- pip:' and the lines for pip below it"
    assert (key.place, key.remedy) == (Place("conda.yml", 8, 1, "chanels: []", 7), "did you mean channels?")


def test_broken_yaml() -> None:
    assert [code for code, _ in faults("dependencies: [a\n")] == ["invalid-yaml"]


def test_the_inline_form() -> None:
    assert read_conda_mapping(SPECIFICATION.document(), source="here") == SPECIFICATION
    with pytest.raises(DeclarationError) as raised:
        read_conda_mapping({"dependencies": [1.5, {"pip": ["a"]}, {"pip": ["b"]}]}, source="here")
    assert [(finding.place, finding.message) for finding in raised.value.findings] == [
        (Place("here"), "a conda package is one text on one line"),
        (Place("here"), "there are two pip sections"),
    ]
    with pytest.raises(DeclarationError, match="here is no conda specification"):
        read_conda_mapping("numpy", source="here")


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1).filter(
    lambda text: text.strip() == text
)
_packages = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}((==?|>=)[0-9]{1,3}(\.[0-9*]{1,3}){0,2})?", fullmatch=True)
_sections = st.builds(lambda lines: PipSection(tuple(lines)), st.lists(st.just("") | _words))
_specifications = st.builds(
    lambda packages, section, channels, name, prefix, variables: CondaDependencies(
        (*packages, *section), tuple(channels), name, prefix, tuple(sorted(variables.items()))
    ),
    st.lists(_packages),
    st.lists(_sections, max_size=1),
    st.lists(_words),
    st.none() | _words,
    st.none() | _words,
    st.dictionaries(_words, _words),
)


@given(conda=_specifications)
@example(conda=CondaDependencies(("python=3.10", PipSection(("1.10", "yes", "null", "- a", "0x1F")))))
def test_what_is_written_is_read_again(conda: CondaDependencies) -> None:
    text = render_conda_yaml(conda)
    assert read_conda_yaml(text, source="a") == conda
    assert yaml.safe_load(text) == conda.document()
    assert CondaDependencies.from_document(conda.document()) == conda
    assert read_conda_mapping(conda.document(), source="a") == conda


@given(text=st.text())
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(DeclarationError):
        read_conda_yaml(text, source="a")
