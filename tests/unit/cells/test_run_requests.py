"""What a line that runs a script asks for; everything wrong with it is found at once."""

from __future__ import annotations

import pytest

from azml_magics.cells.arguments import Arguments, parse_argv, parse_command, parse_line
from azml_magics.cells.grammar import KINDS, get_verb
from azml_magics.cells.interpret import interpret
from azml_magics.cells.notebook import read_notebook
from azml_magics.cells.run_requests import run_request
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.run import RunRequest
from azml_magics.errors import DeclarationError, Place

SUBMIT = get_verb("run submit")


def codes(line: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        parse_line(SUBMIT, line)
    return [finding.code for finding in caught.value.findings]


def test_everything_that_can_be_asked_for() -> None:
    line = (
        "src/train.py --environment digits:2 --experiment my-exp --engine docker --env B=2 --env A=1 --source-dir src "
        "--tag a=b --image x:1 --cpu 2 --memory-gb 1.5 --gpus all --shm-size 1g --no-network -- --alpha 0.5"
    )
    assert run_request(parse_line(SUBMIT, line)) == RunRequest(
        "src/train.py",
        ("--alpha", "0.5"),
        environment="digits:2",
        experiment="my-exp",
        source_directory="src",
        engine="docker",
        environment_variables=(("A", "1"), ("B", "2")),
        image="x:1",
        resources=Resources(cpu=2, memory_gb=1.5, gpus="all", shm_size="1g", network=False),
        tags=(("a", "b"),),
    )
    assert run_request(parse_line(SUBMIT, "train.py --python current --no-snapshot")) == RunRequest(
        "train.py", use_current_python=True, snapshot=False
    )


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ([], ()),
        (["--"], ()),
        (["--", "--json", "--environment", "x"], ("--json", "--environment", "x")),
        (["--", "a", "--", "b"], ("a", "--", "b")),
        (["--", "", "-1", "x y", "#"], ("", "-1", "x y", "#")),
    ],
)
def test_what_stands_behind_two_dashes_is_passed_on(words: list[str], rest: tuple[str, ...]) -> None:
    arguments = parse_argv(SUBMIT, ["train.py", *words])
    assert run_request(arguments).arguments == rest
    assert arguments.flag("json") is False
    assert ("script_arguments" in arguments.given) is bool(rest)


def test_a_line_of_a_notebook_passes_them_on_too() -> None:
    arguments = parse_command('run submit train.py -- --name "a b" --json')
    assert run_request(arguments).arguments == ("--name", "a b", "--json")


def test_only_verbs_that_say_so_take_a_rest() -> None:
    with pytest.raises(DeclarationError):
        parse_argv(get_verb("services"), ["--", "x"])
    assert "[-- ARGUMENT...]" in SUBMIT.usage("cli")
    assert SUBMIT.synopsis("line") == "%azml run submit SCRIPT.py [options] [-- ARGUMENT...]"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("train.txt", ["invalid-script-path"]),
        ("train.py --experiment my,exp", ["invalid-experiment"]),
        ("train.py --environment x --python current", ["exclusive-options"]),
        ("train.py --memory-gb 1 --image x", ["exclusive-options", "exclusive-options"]),
        ("train.py --engine docker --python current --no-snapshot", ["exclusive-options", "exclusive-options"]),
        ("train.py --engine docker --memory-gb 0", ["memory-range"]),
        ("train.py --engine docker --image X:y:z", ["invalid-image"]),
        ("train.py --alpha 1", ["unknown-option"]),
        ("", ["missing-argument"]),
    ],
)
def test_faults(line: str, expected: list[str]) -> None:
    assert codes(line) == expected


def test_an_option_of_the_script_in_the_wrong_place_is_told_where_it_belongs() -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_line(SUBMIT, "train.py --learning 1")
    assert "stands behind --" in caught.value.remedy


def test_the_name_of_a_model() -> None:
    verb = get_verb("run register-model")
    assert parse_line(verb, "latest --name digits").text("path") is None
    with pytest.raises(DeclarationError) as caught:
        parse_line(verb, "latest --name -digits")
    assert caught.value.code in ("missing-argument", "invalid-model-name")
    with pytest.raises(DeclarationError, match="cannot be understood"):
        parse_line(verb, "latest --name a,b")
    with pytest.raises(DeclarationError, match="cannot be understood"):
        parse_line(verb, "latest")


def cell(line: str, body: str) -> tuple[Arguments, EntryScript]:
    declaration = interpret("run_script", line, body, label="cell In [3]")
    assert isinstance(declaration.value, EntryScript)
    return declaration.arguments, declaration.value


def test_a_cell_holds_the_script() -> None:
    arguments, script = cell("src/train.py --experiment x -- 1", "import os\nprint(os)")
    assert run_request(arguments).arguments == ("1",)
    assert (script.path, script.source) == ("src/train.py", "import os\nprint(os)\n")
    assert script.origin is not None
    assert script.origin.place(2) == Place("cell In [3]", 3)
    assert "run_script" in KINDS


@pytest.mark.parametrize(
    ("line", "body", "expected"),
    [
        ("train.py", "", "missing-body"),
        ("train.py", "x = (", "syntax-error"),
        ("train.py", "!pip install x", "syntax-error"),
        ("../train.py", "x = 1", "invalid-script-path"),
        ("train", "x = 1", "invalid-script-path"),
        ("", "x = 1", "missing-argument"),
    ],
)
def test_faults_of_a_cell(line: str, body: str, expected: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        cell(line, body)
    assert expected in [finding.code for finding in caught.value.findings]


def test_a_notebook_that_is_deployed_runs_nothing() -> None:
    import json

    source = "%%run_script train.py\nraise SystemExit\n"
    text = json.dumps(
        {"cells": [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}],
         "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    )  # fmt: skip
    assert read_notebook(text, name="n.ipynb").steps == ()
