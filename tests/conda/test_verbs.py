"""``azml environment build`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azml_magics.cli.main import main
from tests.channels import Channel


@pytest.fixture
def folder(channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a conda specification and a workspace of its own."""
    text = f"channels: ['{channel.url}']\ndependencies: [greeting=1]\nvariables: {{COLOUR: red}}\n"
    (tmp_path / "conda.yml").write_text(text)
    (tmp_path / ".azml").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_building_by_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["environment", "register", "digits", "--conda", "conda.yml"]) == 0
    assert main(["environment", "build", "digits"]) == 0
    out = capsys.readouterr().out
    assert "environment digits:1 is built" in out
    assert f"conda environment  {folder / '.azml' / 'packages' / 'conda'}" in out
    assert main(["environment", "build", "digits:1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["reused"], document["installed"]["greeting"]) == ("conda", True, "1.0")
    (folder / "score.py").write_text("def init(): pass\ndef run(raw): return raw\n")
    assert main(["plan", "reader", "--entry-script", "score.py", "--environment", "digits", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["packages"]
    assert plan["conda"]["specifications"][0] == "greeting=1"
    assert main(["environment", "build", "nosuch"]) == 2
    assert main(["environment", "build", "digits", "--engine", "process", "--base", "x:1"]) == 2


def test_prune_lists_what_nothing_uses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "requirements.txt").write_text("six\n")
    for source in (["--conda", "conda.yml"], ["--requirements", "requirements.txt"]):
        assert main(["environment", "register", "digits", *source]) == 0
    assert main(["environment", "build", "digits:1"]) == 0
    capsys.readouterr()
    assert main(["prune", "--dry-run", "--json"]) == 0
    unused = json.loads(capsys.readouterr().out)["unused"]
    here = [item["kind"] for item in unused if (item["path"] or "").startswith(str(folder))]
    assert here == ["conda environment"]
