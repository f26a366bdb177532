"""Completion: from the grammar alone, and asked through IPython's own completer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.cells.grammar import GRAMMAR, KINDS, verbs_for
from azml_magics.cells.verb import Completes
from azml_magics.magics.completion import complete
from azml_magics.magics.matcher import list_names
from azml_magics.magics.state import STATE

NAMES: dict[str, list[str]] = {
    "environment": ["digits", "digits-gpu", "other"],
    "service": ["digits", "web"],
    "model": ["digits"],
    "requirements": ["digits"],
    "entry_script": ["score.py", "src/score.py"],
    "dockerfile": ["detector"],
    "image": ["local/base:1", "local/other:1"],
    "path": [],
}


def names(kind: Completes) -> list[str]:
    return NAMES[kind]


def offered(text: str, *, first_line: bool = True) -> list[str] | None:
    found = complete(text, first_line=first_line, names=names)
    return None if found is None else [item.text for item in found.items]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%azml ", list(KINDS)),
        ("%%azml env", ["environment"]),
        ("%%environment di", ["digits", "digits-gpu"]),
        ("%environment o", ["other"]),
        ("%%azml environment o", ["other"]),
        ("%azml mod", ["model"]),
        ("%azml model ", ["register", "list", "show", "download"]),
        ("%azml model re", ["register"]),
        ("%azml stop ", ["digits", "web", "--all", "--json"]),
        ("%azml stop w", ["web"]),
        ("%azml stop web ", ["--all", "--json"]),
        ("%azml deploy web --en", ["--environment", "--entry-script", "--env", "--engine"]),
        ("%azml deploy web --environment digits --en", ["--entry-script", "--env", "--engine"]),
        ("%azml deploy web --env A=1 --env", ["--environment", "--env"]),
        ("%azml deploy web --environment ", ["digits", "digits-gpu", "other"]),
        ("%azml deploy web --environment=dig", ["digits", "digits-gpu"]),
        ("%azml deploy web --model ", ["digits"]),
        ("%azml deploy web --entry-script s", ["score.py", "src/score.py"]),
        ("%azml deploy web --python ", ["current"]),
        ("%azml deploy web --engine ", ["process", "docker"]),
        ("%azml deploy web --packages ", ["auto", "dynamic", "mount", "bake"]),
        ("%azml deploy web --image local/o", ["local/other:1"]),
        ("%azml base ", ["list", "show", "check", "build"]),
        ("%azml base check local/b", ["local/base:1"]),
        ("%azml base build x --from ", ["local/base:1", "local/other:1"]),
        ("%azml strategies ot", ["other"]),
        ("%azml update w", ["web"]),
        ("%azml package web --o", ["--output", "--overwrite"]),
        ("%azml environment dockerfile oth", ["other"]),
        ("%azml prune ", ["--dry-run", "--yes", "--json"]),
        ("%dockerfile d", ["detector"]),
        ("%azml deploy web --port ", []),
        ("report = %azml stop w", ["web"]),
        ("a, b = %environment o", ["other"]),
        ("   %azml stop w", ["web"]),
        ("%%score w", ["web"]),
        ("%%score web --head", ["--header"]),
        ("%%score --timeout-seconds 3 w", ["web"]),
        ("%azml environment d", ["download", "diff", "dockerfile", "digits", "digits-gpu"]),
        ("%azml zzz ", []),
    ],
)
def test_offers(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


@pytest.mark.parametrize("text", ["", "x = 1", "%time x", "%%bash ", "%azml", "%%environment", "% azml ", "azml stop "])
def test_other_lines_are_left_alone(text: str) -> None:
    assert offered(text) is None


def test_cell_magics_only_on_the_first_line() -> None:
    assert offered("%%environment di", first_line=False) is None
    assert offered("%azml stop w", first_line=False) == ["web"]


def test_fragment_is_what_gets_replaced() -> None:
    for text, fragment in (
        ("%azml deploy web --environment=dig", "dig"),
        ("%azml stop ", ""),
        ("%azml model re", "re"),
        ("%azml deploy web --en", "--en"),
    ):
        found = complete(text, first_line=True, names=names)
        assert found is not None
        assert found.fragment == fragment


@given(st.text(alphabet=st.sampled_from("%azml deployscrnv-=' \"\\{}#;"), max_size=60))
def test_never_raises_and_only_continues_the_fragment(rest: str) -> None:
    for start in ("%azml ", "%%azml ", "%environment ", "%%score "):
        found = complete(start + rest, first_line=True, names=names)
        assert found is None or all(item.text.startswith(found.fragment) for item in found.items)


@pytest.mark.parametrize("verb", [verb.name for verb in GRAMMAR])
def test_every_option_of_every_verb_is_offered(verb: str) -> None:
    found = next(each for each in GRAMMAR if each.name == verb)
    marker = "%azml" if found in verbs_for("line") else "%%azml"
    door: Any = "line" if marker == "%azml" else "cell"
    expected = [option.flags[-1] for option in found.options_for(door)]
    assert offered(f"{marker} {verb} -") == [flag for flag in expected if flag.startswith("-")]


def ask(shell: Any, cell: str) -> list[str]:
    """What IPython offers at the end of ``cell``, shortest way through its own completer."""
    shell.Completer.use_jedi = False
    line = cell.rsplit("\n", maxsplit=1)[-1]
    _, matches = shell.complete(None, line=line, cursor_pos=len(line))
    return list(matches)


def test_asked_through_ipython(shell: Any, tmp_path: Path) -> None:
    assert ask(shell, "%azml mod") == ["model"]
    shell.run_cell("%%environment digits\npython: '3.11'\n")
    assert ask(shell, "%azml deploy web --environment di") == ["digits"]
    assert ask(shell, "%azml deploy web --environment zz") == []
    shell.run_cell("%%dockerfile detector\nFROM python:3.11-slim\n")
    assert ask(shell, "%dockerfile det") == ["detector"]
    prebuilt = ask(shell, "%azml base show mcr")
    assert "mcr.microsoft.com/azureml/minimal-py312-inference:latest" in prebuilt
    assert not any("py37" in image for image in prebuilt)
    assert not (tmp_path / ".azml").exists()
    (tmp_path / "model.pkl").write_text("bytes")
    shell.run_cell("%azml model register model.pkl --name forest")
    assert ask(shell, "%azml model show f") == ["forest"]
    assert "len(" in [match + "(" for match in ask(shell, "le")]


def test_asked_in_the_first_line_and_in_a_body(shell: Any) -> None:
    from IPython.core.completer import CompletionContext

    (matcher,) = shell.Completer.custom_matchers
    text = "%%environment x\n%%environment "

    def completions(line: int, column: int) -> Any:
        context = CompletionContext(token="", full_text=text, cursor_position=column, cursor_line=line, limit=None)
        return matcher(context)["completions"]

    STATE.declarations.requirements.clear()
    shell.run_cell("%%environment digits\npython: '3.11'\n")
    assert [found.text for found in completions(0, len("%%environment "))] == ["digits"]
    assert completions(1, len("%%environment ")) == []


def test_names_of_scripts_come_from_cells_and_files(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("")
    shell.run_cell("%%entry_script score.py\ndef init(): ...\ndef run(data): ...\n")
    assert list(list_names("entry_script", "")) == ["score.py", "train.py"]
    assert list(list_names("path", "")) == []


def test_unusable_workspace_offers_nothing(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert list(list_names("service", str(tmp_path / "file" / "inner"))) == []
