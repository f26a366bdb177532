"""Loading and unloading: idempotent, complete, polite to others, forgiving about settings."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from azml_magics.cells.grammar import KINDS

#: By table; what is a script of its own has no line form.
NAMES = {"line": {"azml", *(name for name, verb in KINDS.items() if "line" in verb.doors)}, "cell": {"azml", *KINDS}}
Captured = pytest.CaptureFixture[str]


def state_of(shell: Any) -> dict[str, Any]:
    """Everything the extension may touch."""
    manager = shell.magics_manager
    return {
        "line": dict(manager.magics["line"]),
        "cell": dict(manager.magics["cell"]),
        "registry": dict(manager.registry),
        "configurables": list(shell.configurables),
        "matchers": list(shell.Completer.custom_matchers),
        "events": {name: list(callbacks) for name, callbacks in shell.events.callbacks.items()},
    }


def test_adds_every_name(shell: Any) -> None:
    for table in ("line", "cell"):
        assert shell.magics_manager.magics[table].keys() >= NAMES[table]
    assert len(shell.Completer.custom_matchers) == 1


def test_loading_twice_changes_nothing(shell: Any) -> None:
    from azml_magics import load_ipython_extension

    before = state_of(shell)
    load_ipython_extension(shell)
    assert shell.run_cell("%load_ext azml_magics").success
    assert state_of(shell) == before


def test_unloading_takes_everything_away(bare_shell: Any) -> None:
    bare_shell.run_line_magic("unload_ext", "nothing")  # has IPython load what it loads late
    before = state_of(bare_shell)
    for _ in range(2):
        bare_shell.run_cell("%load_ext azml_magics")
        assert state_of(bare_shell) != before
        bare_shell.run_cell("%unload_ext azml_magics")
        assert state_of(bare_shell) == before
    from azml_magics import unload_ipython_extension

    unload_ipython_extension(bare_shell)
    assert state_of(bare_shell) == before


def test_declarations_survive_a_reload(shell: Any) -> None:
    shell.run_cell("%%requirements digits\njoblib==1.4.2\n")
    assert shell.run_cell("%reload_ext azml_magics").success
    found = shell.run_cell("%requirements digits").result
    assert found.canonical_lines() == ("joblib==1.4.2",)
    assert len(shell.Completer.custom_matchers) == 1


def test_taken_name_is_left_alone(bare_shell: Any, capsys: Captured) -> None:
    def score(line: str) -> str:
        return f"theirs: {line}"

    bare_shell.register_magic_function(score, "line", "score")
    for _ in range(2):
        bare_shell.run_cell("%load_ext azml_magics")
        assert bare_shell.run_line_magic("score", "x") == "theirs: x"
        bare_shell.run_cell("%unload_ext azml_magics")
        assert bare_shell.run_line_magic("score", "x") == "theirs: x"
    warnings = capsys.readouterr().err
    assert warnings.count("%score belongs to another extension") == 1
    bare_shell.run_cell("%load_ext azml_magics")
    assert "score" in bare_shell.magics_manager.magics["cell"]
    error = bare_shell.run_cell("%%azml score digits\n[1]\n").error_in_exec
    assert getattr(error, "code", "") == "unknown-service"


def test_settings_are_listed_and_changed(shell: Any, capsys: Captured) -> None:
    assert shell.run_cell("%config AzmlMagics.panel = 'text'").success
    magics = shell.magics_manager.registry["AzmlMagics"]
    assert magics.panel == "text"
    capsys.readouterr()
    shell.run_cell("%config AzmlMagics")
    listed = capsys.readouterr().out
    for name in ("panel", "workspace", "wait_seconds", "timeout_seconds"):
        assert f"AzmlMagics.{name}=" in listed


def test_bad_setting_falls_back_with_one_warning(bare_shell: Any, capsys: Captured) -> None:
    bare_shell.config.merge(Config({"AzmlMagics": {"panel": "cinema", "wait_seconds": 7.0}}))
    assert bare_shell.run_cell("%load_ext azml_magics").success
    magics = bare_shell.magics_manager.registry["AzmlMagics"]
    assert (magics.panel, magics.wait_seconds) == ("auto", 7.0)
    assert bare_shell.run_cell("%reload_ext azml_magics").success
    assert capsys.readouterr().err.count("AzmlMagics.panel") == 1


def test_bad_setting_made_while_it_runs(shell: Any, capsys: Captured) -> None:
    shell.run_cell("%config AzmlMagics.panel = 'cinema'")
    assert shell.magics_manager.registry["AzmlMagics"].panel == "auto"
    capsys.readouterr()
    assert shell.run_cell("%reload_ext azml_magics").success
    assert shell.run_cell("%azml jobs").success


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_help_comes_from_the_table(kind: str, shell: Any) -> None:
    described = shell.object_inspect_text(f"%%{kind}")
    assert KINDS[kind].help in described
    for option in KINDS[kind].options_for("cell"):
        assert option.flags[-1] in described


def test_help_of_azml_names_every_verb(shell: Any) -> None:
    described = shell.object_inspect_text("%azml")
    for words in ("%azml deploy", "%azml model register", "%azml why", "%%azml environment"):
        assert words in described
