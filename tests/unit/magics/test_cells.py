"""Cells that declare, as a user runs them; errors are read as IPython prints them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError

from azml_magics.definitions.declarations import Change
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.errors import AzmlError
from azml_magics.magics.state import STATE

Captured = pytest.CaptureFixture[str]
SCRIPT = "def init(): ...\ndef run(data): return data\n"


def fail(shell: Any, cell: str) -> AzmlError:
    done = shell.run_cell(cell, store_history=True)
    error = done.error_in_exec or done.error_before_exec
    assert isinstance(error, AzmlError), error
    assert not isinstance(error, UsageError)
    return error


def test_declaring_and_declaring_again(shell: Any) -> None:
    first: Any = shell.run_cell('%%environment digits\npython: "3.11"\n').result
    assert repr(first) == "environment digits: new"
    assert first._repr_html_() == "<div><strong>environment digits: new</strong></div>"
    again = shell.run_cell('%%environment digits\npython: "3.12"\n').result
    assert isinstance(again, Change)
    assert repr(again) == "environment digits: changed: python 3.11 -> 3.12"
    assert STATE.declarations.environments["digits"].python == "3.12"


@pytest.mark.parametrize("prefix", ["%%", "%%azml "])
def test_both_spellings_of_every_kind(prefix: str, shell: Any) -> None:
    assert shell.run_cell(f"{prefix}requirements digits\njoblib\n").success
    assert shell.run_cell(f"{prefix}environment digits\nrequirements: digits\n").success
    assert shell.run_cell(f"{prefix}dockerfile digits\nFROM python:3.11-slim\n").success
    assert shell.run_cell(f"{prefix}entry_script score.py\n{SCRIPT}").success
    declared = STATE.declarations
    tables = (declared.requirements, declared.environments, declared.dockerfiles, declared.entry_scripts)
    assert [list(table) for table in tables] == [["digits"], ["digits"], ["digits"], ["score.py"]]
    assert fail(shell, f"{prefix}score digits\n[1]\n").code == "unknown-service"


@pytest.mark.parametrize("prefix", ["%", "%azml "])
def test_line_forms_show_what_is_declared(prefix: str, shell: Any) -> None:
    shell.run_cell("%%requirements digits\njoblib==1.4.2\n")
    shell.run_cell("%%environment digits\nrequirements: digits\n")
    shell.run_cell(f"%%entry_script score.py\n{SCRIPT}", store_history=True)
    assert repr(shell.run_cell(f"{prefix}requirements digits").result) == "requirements digits\njoblib==1.4.2"
    shown = shell.run_cell(f"e = {prefix}environment digits\ne").result
    assert isinstance(shown, EnvironmentDraft)
    assert repr(shown).splitlines()[0] == "environment digits (declared)"
    script = shell.run_cell(f"{prefix}entry_script score.py").result
    assert repr(script).splitlines()[:2] == ["entry script score.py", "  from  cell In [1]"]
    shell.run_cell("%%dockerfile digits\nFROM python:3.11-slim", store_history=True)
    assert repr(shell.run_cell(f"{prefix}dockerfile digits").result).splitlines() == [
        *("dockerfile digits", "  from  cell In [2]", "FROM python:3.11-slim"),
    ]
    nears = {"requirements": "digit", "environment": "digit", "dockerfile": "digit", "entry_script": "scor.py"}
    for kind, near in nears.items():
        error = fail(shell, f"{prefix}{kind} {near}")
        assert error.code == f"unknown-{kind.replace('_', '-')}"
        assert error.remedy.startswith("did you mean")


def test_requirements_from_a_file(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("joblib==1.4.2\n")
    for line in ("%requirements digits --file requirements.txt", "%azml requirements digits --file requirements.txt"):
        STATE.declarations.requirements.clear()
        assert shell.run_cell(line).success
        assert STATE.declarations.requirements["digits"].canonical_lines() == ("joblib==1.4.2",)
    assert fail(shell, "%requirements digits --file requirments.txt").code == "requirements-file"


def test_script_can_be_written_to_disk(shell: Any, tmp_path: Path) -> None:
    shell.run_cell(f"%%entry_script src/score.py --write\n{SCRIPT}")
    assert (tmp_path / "src" / "score.py").read_text() == SCRIPT
    shell.run_cell(f"%%entry_script other.py\n{SCRIPT}")
    assert not (tmp_path / "other.py").exists()


def test_all_faults_of_a_cell_in_a_few_lines(shell: Any, capsys: Captured) -> None:
    error = fail(shell, '%%environment digits\npython: "2.7"\nrequirments: digits\n')
    shown = capsys.readouterr().out
    assert "Traceback" not in shown
    assert "azml_magics" not in shown
    assert "cell In [1], line 2: " in shown
    assert "cell In [1], line 3: " in shown
    assert "did you mean requirements?" in shown
    assert len(shown.splitlines()) < 14
    assert STATE.last_failure is error
    assert STATE.declarations.environments == {}


def test_errors_leave_a_traceback_of_our_own(shell: Any) -> None:
    error = fail(shell, "%azml depoly digits")
    assert error._render_traceback_() == [
        "DeclarationError (unknown-verb): " + error.lines()[0],
        *error.lines()[1:],
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("%environment", "missing-argument"),
        ("%environment digits --pyhton 3.11", "unknown-option"),
        ("%azml", "unknown-verb"),
        ("%azml model", "unknown-verb"),
        ("%azml stop", "missing-argument"),
        ('%azml stop "digits', "unclosed-quote"),
        ("%azml stop {nothing}", "unexpanded-variable"),
        ("%%azml\nx", "unknown-verb"),
        ("%%azml deploy\nx", "unknown-verb"),
        ("%azml wait digits", "unknown-job"),
        ("%azml cancel digits", "unknown-job"),
        ("%azml cancel", "missing-argument"),
        ("%azml cancel digits --all", "exclusive-options"),
        ("%score digits", "missing-argument"),
    ],
)
def test_bad_lines_are_real_errors(line: str, code: str, shell: Any) -> None:
    assert fail(shell, line).code == code


def test_variables_are_expanded_in_the_line_only(shell: Any) -> None:
    shell.run_cell("name = 'digits'")
    body = 'environment_variables: {A: "{name}", B: "$name"}\n'
    assert shell.run_cell(f"%%environment {{name}}\n{body}").success
    assert shell.run_cell(f"%%environment $name\n{body}").result.summary == "unchanged"
    assert STATE.declarations.environments["digits"].environment_variables == (("A", "{name}"), ("B", "$name"))


def test_semicolon_silences(shell: Any, capsys: Captured) -> None:
    shell.run_cell("%%requirements digits\njoblib\n")
    capsys.readouterr()
    assert shell.run_cell("%requirements digits;", store_history=True).success
    assert capsys.readouterr().out == ""


def test_an_environment_takes_its_dockerfile_from_a_cell_or_a_file(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM file:1\n")
    assert shell.run_cell("%%environment digits\ndockerfile: Dockerfile\n").success
    found = STATE.declarations.environment("digits")
    assert found is not None
    assert found.image_source.dockerfile == "FROM file:1\n"
    assert shell.run_cell("%%dockerfile Dockerfile\nFROM cell:1\n").success
    found = STATE.declarations.environment("digits")
    assert found is not None
    assert found.image_source.dockerfile == "FROM cell:1\n"
    assert fail(shell, "%%environment digits\ndockerfile: no/Dockerfile\n").code == "dockerfile-missing"


@pytest.mark.parametrize("body", ["[1, 2,", "{", "it's", '"', "x;"])
def test_bodies_are_never_read_as_python(body: str, shell: Any) -> None:
    assert fail(shell, f"%%score digits\n{body}").code == "unknown-service"


def test_unfinished_python_in_a_line(shell: Any) -> None:
    assert fail(shell, "%azml score digits --data '[1, {'").code == "unknown-service"


def test_script_knows_its_cell(shell: Any) -> None:
    shell.run_cell("1", store_history=True)
    shell.run_cell(f"%%entry_script score.py\n{SCRIPT}", store_history=True)
    origin = STATE.declarations.entry_scripts["score.py"].origin
    assert origin is not None
    assert str(origin.place(1)) == "cell In [2], line 2"
    error = fail(shell, "%%entry_script score.py\ndef init(): ...\ndef run(data:\n")
    assert error.code == "syntax-error"
    assert str(error.place) == "cell In [3], line 3"


def test_why_shows_more_than_the_cell_did(shell: Any) -> None:
    assert repr(shell.run_cell("%azml why").result) == "nothing has failed in this session"
    fail(shell, "%azml stop digits")
    explained = shell.run_cell("%azml why").result
    assert repr(explained).splitlines()[:2] == ["NotFoundError (unknown-service)", "there is no service 'digits'"]


def test_results_can_be_printed_as_json(shell: Any, capsys: Captured) -> None:
    assert shell.run_cell("%azml services --json").result is None
    assert capsys.readouterr().out == "[]\n"


def test_workspace_setting(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_text("bytes")
    shell.run_cell(f"%config AzmlMagics.workspace = {str(tmp_path / 'elsewhere')!r}")
    made = shell.run_cell("%azml model register model.pkl --name digits").result
    assert repr(made).splitlines()[0] == "model digits:1"
    assert (tmp_path / "elsewhere" / "workspace.db").is_file()
    assert not (tmp_path / ".azml").exists()


def test_shown_values_can_be_pickled(shell: Any) -> None:
    change = shell.run_cell("%%requirements digits\njoblib\n").result
    assert repr(pickle.loads(pickle.dumps(change))) == repr(change)
