"""The one table: complete, consistent, and what a door sees of it."""

from __future__ import annotations

import pytest

from azml_magics.cells.grammar import GRAMMAR, KINDS, find_verb, get_verb, unknown_verb, verbs_for
from azml_magics.cells.verb import Door, Verb
from azml_magics.engines import ENGINES
from azml_magics.errors import Place

DOORS: tuple[Door, ...] = ("cell", "line", "cli")

MODEL_VERBS = "model register or model list or model show or model download"


def test_the_kinds_and_verbs() -> None:
    assert list(KINDS) == ["requirements", "environment", "dockerfile", "entry_script", "score", "run_script", "invoke"]
    assert [verb.name for verb in verbs_for("cli")] == [
        "score",
        "deploy",
        "check",
        "plan",
        "update",
        "package",
        "invoke",
        "export",
        "services",
        "logs",
        "requests",
        "reload",
        "stop",
        "load-test",
        "model register",
        "model list",
        "model show",
        "model download",
        "environment scaffold",
        "environment register",
        "environment list",
        "environment show",
        "environment download",
        "environment diff",
        "environment archive",
        "environment restore",
        "environment clone",
        "environment check",
        "environment add-wheel",
        "environment build",
        "environment dockerfile",
        "environment lock",
        "environment outdated",
        "run submit",
        "run list",
        "run show",
        "run logs",
        "run cancel",
        "run download",
        "run register-model",
        "base list",
        "base show",
        "base check",
        "base build",
        "strategies",
        "prune",
        "demo",
        "jobs",
        "wait",
        "cancel",
    ]
    assert {verb.name for verb in verbs_for("line")} - {verb.name for verb in verbs_for("cli")} == {
        "requirements",
        "environment",
        "dockerfile",
        "entry_script",
        "why",
        "panel",
        "v1 on",
        "v1 off",
        "v1 status",
    }


@pytest.mark.parametrize("verb", GRAMMAR, ids=lambda verb: verb.name)
def test_every_entry_is_consistent(verb: Verb) -> None:
    assert get_verb(verb.name) is verb
    assert verb.help.endswith(".")
    assert (verb.body is not None) == ("cell" in verb.doors)
    for door in verb.doors:
        options = verb.options_for(door)
        flags = [flag for option in options for flag in option.flags]
        assert len(flags) == len(set(flags))
        dests = [option.dest for option in options] + [word.dest for word in verb.positionals]
        assert len(dests) == len(set(dests))
        assert any(option.dest == "json" for option in options) == verb.reports
        for option in options:
            assert option.help.endswith(".")
            assert option.takes_value == bool(option.metavar)
            assert option.default == () if option.repeatable else option.default != ()
            assert not option.takes_value or option.flags[-1].startswith("--")


def test_names_are_unique() -> None:
    assert len({verb.path for verb in GRAMMAR}) == len(GRAMMAR)
    with pytest.raises(KeyError):
        get_verb("deplyo")


def test_the_engines_offered_are_those_there_are() -> None:
    (engine,) = (option for option in get_verb("deploy").options if option.dest == "engine")
    assert engine.choices == tuple(ENGINES)
    assert engine.default in ENGINES


@pytest.mark.parametrize("name", ["check", "plan"])
def test_check_and_plan_take_the_options_of_deploy(name: str) -> None:
    deploy = {option.dest for option in get_verb("deploy").options}
    assert deploy - {option.dest for option in get_verb(name).options} == {"skip_checks", "wait"}


@pytest.mark.parametrize(
    ("words", "door", "name"),
    [
        (["deploy", "x"], "cli", "deploy"),
        (["model", "show", "x"], "line", "model show"),
        (["environment", "list"], "line", "environment list"),
        (["environment", "list"], "cell", "environment"),
        (["environment", "digits"], "line", "environment"),
        (["environment", "digits"], "cli", None),
        (["model"], "cli", None),
        (["deploy"], "cell", None),
        (["why"], "cli", None),
        ([], "line", None),
    ],
)
def test_the_longest_path_is_found(words: list[str], door: Door, name: str | None) -> None:
    found = find_verb(words, door)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("words", "door", "message", "remedy"),
    [
        (["deplyo", "x"], "line", "'deplyo' is no verb", "did you mean deploy or demo?"),
        (["model"], "cli", "'model' is no verb", f"did you mean {MODEL_VERBS}?"),
        (["model", "shwo"], "cli", "'model shwo' is no verb", "did you mean model show?"),
        (["model", "zzz"], "cli", "'model zzz' is no verb", f"did you mean {MODEL_VERBS}?"),
        (
            ["zzz"],
            "cell",
            "'zzz' is no verb",
            "verbs: requirements, environment, dockerfile, entry_script, score, run_script, invoke",
        ),
        (
            [],
            "cell",
            "a verb is missing",
            "verbs: requirements, environment, dockerfile, entry_script, score, run_script, invoke",
        ),
    ],
)
def test_an_unknown_verb(words: list[str], door: Door, message: str, remedy: str) -> None:
    place = Place("here")
    error = unknown_verb(words, door, place)
    assert (error.code, error.place, error.remedy) == ("unknown-verb", place, remedy)
    assert error.findings[0].message == message


def test_usage() -> None:
    assert get_verb("stop").usage("cli") == "azml stop [NAME] [--all] [--json]"
    assert get_verb("model download").usage("line") == (
        "%azml model download [NAME[:VERSION]] [--name NAME] [--version N] --directory DIR "
        "[--format FORMAT] [--overwrite] [--json]"
    )
    assert "[--tag K=V]..." in get_verb("model register").usage("line")
    assert KINDS["entry_script"].usage("cell") == "%%entry_script PATH [--write]"
    assert KINDS["environment"].synopsis("cell") == "%%environment NAME"
    assert get_verb("logs").synopsis("cli") == "azml logs NAME [options]"
    assert "--wait " not in get_verb("deploy").usage("cli") + " "
    assert "[--wait]" in get_verb("deploy").usage("line")


@pytest.mark.parametrize("door", DOORS)
def test_a_usage_is_one_line(door: Door) -> None:
    assert all("\n" not in verb.usage(door) for verb in verbs_for(door))
