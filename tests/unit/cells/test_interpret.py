"""Cells as declarations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.cells.declaration import Declaration
from azml_magics.cells.interpret import interpret
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.requirements import Requirements
from azml_magics.errors import DeclarationError, Finding, Place

SCRIPT = "def init(): ...\ndef run(data): ...\n"


def declare(kind: str, line: str, body: str | None, **files: str) -> Declaration:
    def read_file(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path]

    return interpret(kind, line, body, label="cell In [4]", read_file=read_file)


def faults(kind: str, line: str, body: str | None, **files: str) -> list[Finding]:
    with pytest.raises(DeclarationError) as caught:
        declare(kind, line, body, **files)
    return list(caught.value.findings)


def draft(body: str, **files: str) -> EnvironmentDraft:
    value = declare("environment", "digits", body, **files).value
    assert isinstance(value, EnvironmentDraft)
    return value


def test_requirements() -> None:
    declaration = declare("requirements", "digits  # pinned", "numpy==2.2.6\n\n-r base.txt\n", **{"base.txt": "six"})
    assert (declaration.kind, declaration.name) == ("requirements", "digits")
    assert isinstance(declaration.value, Requirements)
    assert (declaration.value.name, declaration.value.canonical_lines()) == ("digits", ("numpy==2.2.6", "six"))
    assert (declaration.first_line, declaration.last_line) == (1, 4)
    assert declaration.place == Place("cell In [4]", 1, None, "%%requirements digits  # pinned")
    assert declaration.body == "numpy==2.2.6\n\n-r base.txt\n"


def test_requirements_of_a_file() -> None:
    files = {"deploy/list.txt": "numpy\n-r more.txt", "deploy/more.txt": "six"}
    declaration = declare("requirements", "digits --file deploy/list.txt", None, **files)
    assert isinstance(declaration.value, Requirements)
    assert declaration.value.canonical_lines() == ("numpy", "six")
    assert (declaration.first_line, declaration.last_line, declaration.body) == (1, 1, "")
    assert declare("requirements", "digits --file deploy/list.txt", "  \n", **files).value == declaration.value
    (finding,) = faults("requirements", "digits --file list.txt", None, **{"list.txt": "numpy=1"})
    assert str(finding.place) == "list.txt, line 1"


def test_requirements_of_a_file_that_cannot_be_read() -> None:
    (missing,) = faults("requirements", "digits --file list.txt", None)
    assert (missing.code, missing.message) == ("requirements-file", "--file list.txt: No such file or directory")
    assert missing.place == Place("cell In [4]", 1, 30, "%%requirements digits --file list.txt", 8)
    with pytest.raises(DeclarationError) as caught:
        interpret("requirements", "digits --file list.txt", None, label="cell In [4]")
    assert caught.value.findings[0].message == "--file list.txt: files cannot be read here"
    with pytest.raises(DeclarationError) as caught:
        interpret("requirements", "d --file l", None, label="here", read_file=lambda path: b"\xff".decode())
    assert caught.value.findings[0].message == "--file l: it is not UTF-8"
    (both,) = faults("requirements", "digits --file list.txt", "numpy", **{"list.txt": "six"})
    assert both.code == "exclusive-options"


def test_an_environment() -> None:
    body = 'python: "3.11"\nrequirements: digits\nenvironment_variables: {B: 1, A: yes}\n'
    declaration = declare("environment", "digits", body)
    place = Place("cell In [4]", 1, None, "%%environment digits")
    assert declaration.value == EnvironmentDraft("digits", "3.11", "digits", (("A", "yes"), ("B", "1")), place)


def test_an_entry_script_knows_its_cell() -> None:
    declaration = interpret("entry_script", "./src/score.py --write", SCRIPT, label="cell In [4]", first_line=3)
    assert declaration.value == EntryScript("src/score.py", SCRIPT, Origin("cell In [4]", 3))
    assert declaration.arguments.flag("write")
    assert declaration.name == "src/score.py"
    assert (declaration.first_line, declaration.last_line) == (3, 5)


def test_a_script_ends_with_a_line_end_whoever_read_it() -> None:
    with_end, without_end = (
        declare("entry_script", "score.py", SCRIPT),
        declare("entry_script", "score.py", SCRIPT[:-1]),
    )
    assert with_end.value == without_end.value


def test_a_backslash_divides_folders() -> None:
    assert declare("entry_script", r"src\score.py", SCRIPT).name == "src/score.py"


@pytest.mark.parametrize("path", ["../score.py", "/srv/score.py", "C:/score.py", "a/../../score.py"])
def test_a_script_lies_below_the_folder(path: str) -> None:
    (finding,) = faults("entry_script", path, SCRIPT)
    assert finding.code == "invalid-script-path"
    assert finding.remedy == "name it by a relative path, for instance score.py"


def test_a_scripts_warnings_wait_for_the_deployment() -> None:
    assert declare("entry_script", "score.py", "def init(): ...\ndef run(data, other): ...\n").name == "score.py"


def test_a_request() -> None:
    declaration = declare("score", 'digits --header "Accept: text/plain"', '{"data": "{x} $y"}')
    assert (declaration.value, declaration.body) == (None, '{"data": "{x} $y"}')
    assert declaration.arguments.pairs("headers") == (("Accept", "text/plain"),)
    assert declare("score", "digits --data 1", None).arguments.text("data") == "1"
    assert [finding.code for finding in faults("score", "digits --data 1", "2")] == ["exclusive-options"]
    assert [finding.code for finding in faults("score", "digits", " \n")] == ["missing-argument"]
    assert [finding.code for finding in faults("score", "", "2")] == ["missing-argument"]


@pytest.mark.parametrize("kind", ["requirements", "environment", "entry_script"])
def test_a_cell_without_a_body(kind: str) -> None:
    (finding,) = faults(kind, "score.py", "\n  \n")
    assert finding.code == "missing-body"


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("", ["missing-argument", "unknown-key"]),
        ("AzureML-x", ["reserved-name", "unknown-key"]),
        ("AzureML-x more", ["unexpected-argument", "reserved-name", "unknown-key"]),
        ("--fast AzureML-x", ["unknown-option", "unknown-key"]),
        ('"a b', ["unclosed-quote", "unknown-key"]),
        ("{name}", ["unexpanded-variable", "invalid-name", "unknown-key"]),
    ],
)
def test_faults_of_line_and_body_come_together(line: str, codes: list[str]) -> None:
    assert [finding.code for finding in faults("environment", line, "nonsense: 1")] == codes


def test_the_error_says_which_cell() -> None:
    with pytest.raises(DeclarationError) as caught:
        declare("requirements", "digits", "numpy=1")
    assert caught.value.brief == "%%requirements digits cannot be used"
    with pytest.raises(DeclarationError) as caught:
        declare("environment", "", "nonsense: 1")
    assert caught.value.brief == "%%environment cannot be used"


def test_places_follow_the_line_as_written() -> None:
    with pytest.raises(DeclarationError) as caught:
        interpret(
            "environment",
            "AzureML-x",
            "python: 2.7",
            label="cell In [4]",
            first_line=2,
            magic_line="%%azml environment AzureML-x",
        )
    name, python = caught.value.findings
    assert name.place == Place("cell In [4]", 2, 20, "%%azml environment AzureML-x", 9)
    assert python.place == Place("cell In [4]", 3, 9, "python: 2.7", 3)
    with pytest.raises(DeclarationError) as caught:
        interpret("environment", "AzureML-x", "python: 3.11", label="here", magic_line="%%environment AzureML-x ")
    assert caught.value.place == Place("here", 1, None, "%%environment AzureML-x ")


@pytest.mark.parametrize("name", ["my list", "a/b", "x" * 256, "-x"])
def test_names_of_requirements(name: str) -> None:
    assert {finding.code for finding in faults("requirements", f"'{name}'", "numpy")} <= {
        "invalid-name",
        "unknown-option",
    }


# environment bodies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "python"), [("3.10", "3.10"), ('"3.9"', "3.9"), ("3.8.18", "3.8.18"), ("' 3.13 '", "3.13")]
)
def test_python_is_what_was_written(written: str, python: str) -> None:
    assert draft(f"python: {written}").python == python


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2.7", "unsupported-python"),
        ("3.7", "unsupported-python"),
        ("1", "unsupported-python"),
        ("3", "invalid-python"),
        ("4.0", "invalid-python"),
        ("3.08", "invalid-python"),
        ("3.11.x", "invalid-python"),
        ("'>=3.9'", "invalid-python"),
        ("", "invalid-python"),
        ("[3.11]", "wrong-type"),
    ],
)
def test_python_that_cannot_be_had(written: str, code: str) -> None:
    assert [finding.code for finding in faults("environment", "digits", f"python: {written}")] == [code]


def test_requirements_of_an_environment() -> None:
    assert draft("requirements:").requirements == Requirements()
    assert draft("requirements: digits").requirements == "digits"
    for body in (
        "requirements: [numpy==2, six]",
        "requirements:\n- 'numpy == 2'\n- six # why\n- ''",
        "requirements: |\n  numpy==2\n\n  six",
        'requirements: |-\n  numpy==2\n  six\npython: "3.11"',
        "requirements: [-r base.txt]",
    ):
        requirements = draft(body, **{"base.txt": "numpy==2\nsix"}).requirements
        assert isinstance(requirements, Requirements)
        assert requirements.canonical_lines() == ("numpy==2", "six")


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        ("requirements: [six, numpy=1]", 2, 26),
        ("requirements:\n  - six\n  - 'numpy=1'", 4, 11),
        ("# why\nrequirements: |\n  six\n\n  numpy=1", 6, 6),
    ],
)
def test_a_fault_in_the_requirements_has_its_place(body: str, line: int, column: int) -> None:
    (finding,) = faults("environment", "digits", body)
    assert finding.place is not None
    assert (finding.code, finding.place.line, finding.place.column) == ("invalid-requirement", line, column)


def test_variables_keep_their_text() -> None:
    body = "environment_variables:\n  A: 010\n  B: yes\n  C: ~\n  D:\n  E: 'x # y'\n  F: {x}\n".replace(
        "{x}", '"{x} $y"'
    )
    assert dict(draft(body).environment_variables) == {
        "A": "010",
        "B": "yes",
        "C": "~",
        "D": "",
        "E": "x # y",
        "F": "{x} $y",
    }
    assert draft("environment_variables:").environment_variables == ()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("environment_variables: 1", "not-a-mapping"),
        ("environment_variables: {A: [1]}", "wrong-type"),
        ("environment_variables: {A=B: 1}", "invalid-variable"),
        ("environment_variables: {'': 1}", "invalid-variable"),
        ('environment_variables: {A: "x\\0"}', "invalid-variable"),
        ("environment_variables: {A: 1, A: 2}", "duplicate-key"),
        ("environment_variables: {[A]: 1}", "wrong-type"),
        ("requirements: {numpy: 2}", "wrong-type"),
        ("requirements: [{numpy: 2}]", "wrong-type"),
        ("requirements: >\n  numpy", "wrong-type"),
        ("requirements: numpy==2", "invalid-name"),
        ('requirements: "numpy\\nsix"', "invalid-name"),
        ("a", "not-a-mapping"),
        ("# nothing", "not-a-mapping"),
        ("a: b: c", "invalid-yaml"),
        ("a: *b", "invalid-yaml"),
        ("--- 1\n--- 2", "invalid-yaml"),
        ("a: \x01", "invalid-yaml"),
        ("[" * 5_000, "invalid-yaml"),
        ("python: '3.11\n", "invalid-yaml"),
        ("&a {python: *a}", "wrong-type"),
        ("<<: 3.11", "not-a-mapping"),
    ],
)
def test_bodies_that_are_no_environment(body: str, code: str) -> None:
    (finding,) = faults("environment", "digits", body)
    assert finding.code == code
    assert finding.remedy
    assert finding.place is not None
    assert finding.place.source == "cell In [4]"


def test_faults_of_a_body_come_in_the_order_of_lines() -> None:
    body = "requirements: [a=1]\npyhton: 3\npython: 2.7\nrequirements: x\n"
    assert [(finding.code, finding.place and finding.place.line) for finding in faults("environment", "d", body)] == [
        ("invalid-requirement", 2),
        ("unknown-key", 3),
        ("unsupported-python", 4),
        ("duplicate-key", 5),
    ]


def test_line_ends_of_windows() -> None:
    (finding,) = faults("environment", "digits", "requirements: digits\r\npython: 2.7\r\n")
    assert finding.place == Place("cell In [4]", 3, 9, "python: 2.7", 3)


# properties -----------------------------------------------------------------------------------------------------------

YAML_LIKE = st.text(alphabet="ab: -[]{},'\"|>&*!%#\n\t01.?=<~\\", max_size=80)
BODIES = st.one_of(
    st.text(max_size=120),
    YAML_LIKE,
    st.tuples(
        st.sampled_from(["python: ", "requirements: ", "requirements:\n", "environment_variables: "]), YAML_LIKE
    ).map("".join),
)


def declaration_or_findings(kind: str, line: str, body: str) -> Declaration | tuple[Finding, ...]:
    try:
        return interpret(kind, line, body, label="cell")
    except DeclarationError as error:
        return error.findings


@given(st.sampled_from(["requirements", "environment", "entry_script", "score"]), st.text(max_size=20), BODIES)
def test_any_cell_is_declared_or_refused(kind: str, line: str, body: str) -> None:
    outcome = declaration_or_findings(kind, line, body)
    if isinstance(outcome, Declaration):
        assert outcome.name
    else:
        assert all(found.message and found.remedy and found.place for found in outcome)


@given(BODIES)
def test_any_environment_is_declared_or_refused(body: str) -> None:
    outcome = declaration_or_findings("environment", "digits", body)
    if isinstance(outcome, Declaration):
        assert isinstance(outcome.value, EnvironmentDraft)
        assert all(isinstance(text, str) for pair in outcome.value.environment_variables for text in pair)
    else:
        # PyYAML counts more characters as line ends than a cell does.
        lines = len(body.splitlines()) + 2
        assert all(found.place and (found.place.line or 1) <= lines for found in outcome)
