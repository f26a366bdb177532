"""``azml`` called in this process: words in, text and an exit code out; no service is needed for any of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azml_magics import __version__
from azml_magics.cells.grammar import verbs_for
from azml_magics.cli.main import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AZML_WORKSPACE", raising=False)
    return tmp_path


def test_version(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"azml {__version__}\n"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_every_verb(words: list[str], capsys: Captured) -> None:
    assert main(words) == 0
    written = capsys.readouterr().out
    for verb in verbs_for("cli"):
        assert f"\n  {verb.name} " in written


@pytest.mark.parametrize("verb", [verb.name for verb in verbs_for("cli")])
def test_help_of_a_verb_names_every_option(verb: str, capsys: Captured, folder: Path) -> None:
    assert main([*verb.split(), "--help"]) == 0
    written = capsys.readouterr().out
    for option in next(found for found in verbs_for("cli") if found.name == verb).options_for("cli"):
        assert option.flags[-1] in written
    assert list(folder.iterdir()) == []


def test_help_of_a_group(capsys: Captured) -> None:
    assert main(["model", "--help"]) == 0
    written = capsys.readouterr().out
    assert "model register" in written
    assert "deploy" not in written


def test_unknown_verb(capsys: Captured) -> None:
    assert main(["depoly"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "did you mean deploy" in captured.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["deploy", "digits", "--enviroment", "x"], "unknown-option"),
        (["deploy", "Digits", "--python", "current", "--entry-script", "score.py"], "invalid-service-name"),
        (["deploy", "digits", "--python", "current", "--entry-script", "sc.py", "--port", "0"], "port-range"),
        (["deploy", "digits", "--python", "current", "--entry-script", "score-a.py"], "invalid-script-name"),
        (["deploy", "digits", "--python", "current", "--entry-script", "sc.py"], "entry-script-missing"),
        (["stop", "digits"], "unknown-service"),
        (["model", "register", "x.pkl", "--name", "digits"], "model-path"),
        (["environment", "show", "digits"], "unknown-environment"),
    ],
)
def test_errors_as_json(words: list[str], code: str, capsys: Captured) -> None:
    assert main([*words, "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    error = json.loads(captured.err)["error"]
    assert error["code"] == code
    assert error["remedy"]
    assert {"message", "place", "findings"} <= error.keys()


def test_errors_of_a_script_are_short(capsys: Captured, folder: Path) -> None:
    (folder / "score.py").write_text("def init(: pass\n")
    (folder / "requirements.txt").write_text("")
    words = ["deploy", "digits", "--requirements", "requirements.txt", "--entry-script", "score.py"]
    assert main(words) == 2
    short = capsys.readouterr().err
    assert "PreflightError (syntax-error)" in short
    assert "Traceback" not in short
    assert main(["--verbose", *words]) == 2
    assert "fix: correct this line" in capsys.readouterr().err


def test_check_gives_findings_and_an_exit_code(capsys: Captured, folder: Path) -> None:
    words = ["check", "digits", "--requirements", "requirements.txt", "--entry-script", "score.py"]
    (folder / "requirements.txt").write_text("")
    (folder / "score.py").write_text("def init(): ...\n")
    assert main(words) == 2
    assert "digits: 1 error" in capsys.readouterr().out
    assert main([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "missing-function"
    (folder / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    assert main(words) == 0
    assert capsys.readouterr().out == "digits: nothing is wrong\n"


def test_models_from_register_to_list(capsys: Captured, folder: Path) -> None:
    (folder / "model.pkl").write_text("bytes")
    assert main(["model", "register", "model.pkl", "--name", "digits", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == 1
    assert main(["model", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "1 model"
    assert main(["model", "show", "digits"]) == 0
    assert capsys.readouterr().out.startswith("model digits:1\n")


def test_empty_lists(capsys: Captured) -> None:
    assert main(["services"]) == 0
    assert capsys.readouterr().out == "no services yet\n"
    assert main(["services", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
