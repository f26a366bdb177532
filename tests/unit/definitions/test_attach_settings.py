from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from azml_magics.definitions.attach_settings import AttachSettings, attach_note
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript, Origin

APP = Path("/w/invocations/digits/app")


def settings(script: EntryScript, source: Path | None = None) -> AttachSettings:
    return AttachSettings.of(Deployment("digits", script, source_directory=source), APP)


def test_a_script_from_a_file_is_debugged_in_that_file() -> None:
    found = settings(EntryScript("src/score.py", "", file=Path("/home/src/score.py")))
    assert found.script == Path("/home/src/score.py")
    assert found.mappings == (("/home/src", str(APP)),)


def test_a_source_directory_is_mapped_as_a_whole() -> None:
    found = settings(EntryScript("a/score.py", "", file=Path("/home/src/a/score.py")), Path("/home/src"))
    assert found.mappings == (("/home/src", f"{APP}/src"),)


def test_a_cell_is_debugged_in_the_copy_that_runs() -> None:
    script = EntryScript("a/score.py", "", Origin("cell In [1]", 1))
    assert settings(script).script == APP / "score.py"
    assert settings(script).mappings == ((str(APP), str(APP)),)
    inside = settings(script, Path("/home/src"))
    assert inside.script == APP / "src" / "a" / "score.py"
    assert inside.mappings == ((f"{APP}/src", f"{APP}/src"),)


def test_the_note_holds_what_vs_code_wants() -> None:
    found = replace(settings(EntryScript("score.py", "", file=Path("/home/score.py"))), port=5678)
    assert attach_note(found).splitlines()[0] == (
        "waiting for a debugger on 127.0.0.1:5678; set breakpoints in /home/score.py"
    )
    assert found.configuration() == {
        "name": "azml invoke digits",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": 5678},
        "pathMappings": [{"localRoot": "/home", "remoteRoot": str(APP)}],
    }
