"""Lines and commands against the grammar."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.cells.arguments import Arguments, parse_argv, parse_command, parse_line
from azml_magics.cells.grammar import GRAMMAR, KINDS, get_verb, verbs_for
from azml_magics.cells.parser import build_parser
from azml_magics.errors import DeclarationError, Finding, Place


def faults(line: str) -> list[Finding]:
    with pytest.raises(DeclarationError) as caught:
        parse_command(line)
    return list(caught.value.findings)


def fault(line: str) -> Finding:
    found = faults(line)
    assert len(found) == 1
    return found[0]


DEPLOY = "deploy digits --environment digits --entry-script score.py"


def test_a_line_and_a_command_give_the_same() -> None:
    line = parse_line(get_verb("logs"), "digits --tail 3 --follow")
    argv = parse_argv(get_verb("logs"), ["digits", "--tail", "3", "--follow"])
    command = parse_command("logs digits --tail 3 --follow")
    assert dict(line) == dict(argv) == dict(command) == {"name": "digits", "tail": 3, "follow": True}
    assert line == argv
    assert line.given == {"name", "tail", "follow"}
    assert (line.door, argv.door) == ("line", "cli")


def test_defaults_are_filled_in() -> None:
    arguments = parse_command(DEPLOY)
    assert arguments.given == {"name", "environment", "entry_script"}
    assert arguments.text("environment") == "digits"
    assert arguments.text("python") is None
    assert arguments.texts("models") == ()
    assert arguments.pairs("environment_variables") == ()
    assert arguments.whole("port") is None
    assert arguments.seconds("wait_seconds") == 120.0
    assert not arguments.flag("json")
    assert not arguments.flag("no_such_option")
    assert arguments.text("no_such_option") is None
    assert arguments.require_text("engine") == "process"
    assert len(arguments) == len(list(arguments))


def test_options_may_stand_anywhere_and_repeat() -> None:
    arguments = parse_command(
        "deploy --model a --env A=1 digits --model=b --env B= --python current --entry-script s.py"
    )
    assert arguments.texts("models") == ("a", "b")
    assert arguments.pairs("environment_variables") == (("A", "1"), ("B", ""))
    assert arguments["name"] == "digits"


def test_values_that_look_like_something_else() -> None:
    assert parse_command("score digits --data -").text("data") == "-"
    assert parse_command("score digits --data -5").text("data") == "-5"
    assert parse_command("score digits --data '-x y'").text("data") == "-x y"
    assert parse_command("score digits --data=--json").text("data") == "--json"
    assert parse_command("score digits --data 1 --header 'Accept: a b'").pairs("headers") == (("Accept", "a b"),)


def test_windows_paths_and_comments() -> None:
    arguments = parse_command(r"model register C:\new\model.pkl --name digits --description 'my model';  # don't")
    assert arguments.text("path") == r"C:\new\model.pkl"
    assert arguments.text("description") == "my model"


def test_an_environment_of_the_name_of_a_verb() -> None:
    assert parse_command("environment list").verb.name == "environment list"
    assert parse_command("environment digits").verb.name == "environment"
    assert parse_line(KINDS["environment"], "list", door="cell").text("name") == "list"


@pytest.mark.parametrize(
    ("line", "code", "message", "remedy", "marked"),
    [
        (
            "deploy digits --prot 80",
            "unknown-option",
            "unknown option --prot",
            "did you mean --port?",
            "--prot",
        ),
        ("demo --all", "unknown-option", "unknown option --all", "options: --wait, --json", "--all"),
        ("why --zzz", "unknown-option", "unknown option --zzz", "options: none", "--zzz"),
        ("logs digits --help", "unknown-option", "unknown option --help", "options: --tail, --follow", "--help"),
        ("logs digits --tai 3", "unknown-option", "unknown option --tai", "did you mean --tail?", "--tai"),
        ("logs", "missing-argument", "NAME is missing", "write %azml logs NAME [options]", None),
        ("model register m.pkl", "missing-argument", "--name is missing", "add --name NAME", None),
        ("logs digits --tail", "missing-argument", "--tail needs a value", "write --tail N", "--tail"),
        ("logs digits --tail --follow", "missing-argument", "--tail needs a value", "write --tail N", "--tail"),
        (
            "logs digits --follow=1",
            "invalid-value",
            "--follow takes no value",
            "write --follow alone",
            "--follow=1",
        ),
        (
            "logs digits --tail few",
            "invalid-value",
            "--tail must be a whole number from 0, not 'few'",
            "write --tail N",
            "few",
        ),
        (
            "requests --limit=0",
            "invalid-value",
            "--limit must be a whole number from 1, not '0'",
            "write --limit N",
            "--limit=0",
        ),
        (
            DEPLOY + " --engine proces",
            "invalid-value",
            "--engine 'proces' is none of its choices",
            "did you mean process?",
            "proces",
        ),
        (
            "deploy digits --python 3.11 --entry-script score.py",
            "invalid-value",
            "--python '3.11' is none of its choices",
            "choose from: current",
            "3.11",
        ),
        (
            "logs digits other",
            "unexpected-argument",
            "'other' is one word too many",
            "write %azml logs NAME [options]",
            "other",
        ),
        (
            DEPLOY + " --env A=1 'B=x y'",
            "unexpected-argument",
            "'B=x y' is one word too many",
            "repeat the option for each value: --env 'B=x y'",
            "'B=x y'",
        ),
        (
            "services ''",
            "unexpected-argument",
            "'' is too much",
            "write %azml services [options]",
            None,
        ),
        ("score digits", "missing-argument", "there is nothing to send", "add --data with JSON", None),
        ("stop", "missing-argument", "it is not said what to stop", "write stop NAME or stop --all", None),
        (
            "stop digits --all",
            "exclusive-options",
            "digits and --all exclude each other",
            "write stop NAME or stop --all",
            "digits",
        ),
    ],
)
def test_one_fault(line: str, code: str, message: str, remedy: str, marked: str | None) -> None:
    found = fault(line)
    assert (found.code, found.message) == (code, message)
    assert found.remedy.startswith(remedy)
    place = found.place
    assert place is not None
    assert (place.source, place.text) == ("%azml", f"%azml {line}")
    if marked is None:
        assert place.column is None
    else:
        assert place.column is not None
        assert f"%azml {line}"[place.column - 1 :][: place.length] == marked


def test_all_faults_of_a_line_come_together_in_its_order() -> None:
    found = faults(
        "deploy Digits --entry-script a-b.py --port 0 --workers few --env A --environment e --python current"
    )
    assert [finding.code for finding in found] == [
        "invalid-service-name",
        "invalid-script-name",
        "port-range",
        "invalid-value",
        "invalid-value",
        "exclusive-options",
    ]
    assert [finding.code for finding in faults("logs --tial 3 --folow")] == ["unknown-option"] * 2
    assert [finding.code for finding in faults("model register x --tag a --tag b=1 --property c")] == [
        "invalid-value",
        "invalid-value",
        "missing-argument",
    ]


def test_places_count_in_the_line_given() -> None:
    line = "%azml logs digits --tial 3"
    with pytest.raises(DeclarationError) as caught:
        parse_line(get_verb("logs"), line[11:], Place("cell In [7]", 4, 12, line))
    assert caught.value.place == Place("cell In [7]", 4, 19, line, 6)
    assert str(caught.value.place) == "cell In [7], line 4"


def test_a_command_line_is_not_repeated_in_its_errors() -> None:
    """A terminal shows it above, and a log of a pipeline must not hold its secrets once more."""
    with pytest.raises(DeclarationError) as caught:
        parse_argv(get_verb("deploy"), ["digits", "--env", "TOKEN=secret", "--prot", "80"])
    assert caught.value.place == Place("azml deploy")
    assert "secret" not in "\n".join(caught.value.lines())


def test_unknown_verbs_of_a_line() -> None:
    assert fault("deplyo digits").place == Place("%azml", None, 7, "%azml deplyo digits", 6)
    assert fault("").place == Place("%azml", None, None, "%azml ")


def test_where_a_value_was_written() -> None:
    line = "deploy --env A=1 digits --env=B=2 --environment e --entry-script s.py --json"
    arguments = parse_command(line)

    def marked(dest: str, text: str | None = None) -> str:
        place = arguments.place_of(dest, text)
        assert place.text is not None
        return place.text[place.column - 1 :][: place.length] if place.column else ""

    assert marked("name") == "digits"
    assert marked("environment_variables") == "--env=B=2"
    assert marked("environment_variables", "A=1") == "A=1"
    assert marked("environment_variables", "C=1") == ""
    assert marked("port") == ""
    assert marked("nonsense") == ""


def test_what_a_command_gives_wins_over_the_notebooks_line() -> None:
    line = parse_command(DEPLOY + " --port 80 --env A=1")
    command = parse_argv(get_verb("deploy"), ["work.ipynb", "--port", "81", "--json"])
    merged = line.overridden_by(command)
    assert (merged.whole("port"), merged.text("environment"), merged.flag("json")) == (81, "digits", True)
    assert merged.given == line.given | {"json"}
    check = parse_argv(get_verb("check"), ["work.ipynb", "--workers", "2"])
    assert line.overridden_by(check).whole("workers") == 2


# argparse itself ------------------------------------------------------------------------------------------------------


def test_a_parser_raises_instead_of_ending_the_program() -> None:
    parser = build_parser(get_verb("logs"))
    assert isinstance(parser, argparse.ArgumentParser)
    assert vars(parser.parse_args(["digits", "--tail", "3"])) == {"name": "digits", "tail": "3", "follow": False}
    for argv, code in (
        (["digits", "--tial", "3"], "unknown-option"),
        ([], "missing-argument"),
        (["digits", "more"], "unexpected-argument"),
        (["digits", "--fol"], "unknown-option"),
        (["digits", "--", "--odd"], "unexpected-argument"),
    ):
        with pytest.raises(DeclarationError) as caught:
            parser.parse_args(argv)
        assert caught.value.code == code
    with pytest.raises(DeclarationError) as caught:
        parser.error("something new")
    assert (caught.value.code, caught.value.findings[0].message) == ("invalid-value", "something new")


def test_a_parser_reads_the_programs_own_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["azml", "digits"])
    assert build_parser(get_verb("logs")).parse_args().name == "digits"


@pytest.mark.parametrize("verb", verbs_for("cli"), ids=lambda verb: verb.name)
def test_help_is_printed_for_every_command(verb: object, capsys: pytest.CaptureFixture[str]) -> None:
    found = next(entry for entry in GRAMMAR if entry is verb)
    with pytest.raises(SystemExit) as caught:
        build_parser(found).parse_args(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: azml {found.name}")
    assert all(flag in shown for option in found.options_for("cli") for flag in option.flags)


def test_magics_show_help_without_a_help_option() -> None:
    shown = build_parser(get_verb("deploy"), "line").format_help()
    assert "--wait " in shown
    assert "--help" not in shown


# properties -----------------------------------------------------------------------------------------------------------

LINES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["a", "--json", "--tail", "3", "--model", "x=1", "--env", "--", "-", "-5", "''", "--port=1", ";"]
        ),
        max_size=8,
    ).map(" ".join),
)


@given(st.sampled_from(GRAMMAR), LINES)
def test_any_line_is_parsed_or_refused(verb: object, line: str) -> None:
    found = next(entry for entry in GRAMMAR if entry is verb)
    try:
        outcome: Arguments | DeclarationError = parse_line(found, line)
    except DeclarationError as error:
        outcome = error
    if isinstance(outcome, Arguments):
        assert outcome.given <= set(outcome)
    else:
        assert all(finding.code and finding.message and finding.remedy for finding in outcome.findings)


@given(LINES)
def test_any_command_is_parsed_or_refused(line: str) -> None:
    try:
        verb = parse_command(line).verb
    except DeclarationError:
        return
    assert line.split()[: len(verb.path)] == list(verb.path)
