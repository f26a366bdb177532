from __future__ import annotations

import os
from pathlib import Path

import pytest

from azml_magics.errors import ToolError
from azml_magics.system.process import run
from azml_magics.system.uv import pyenv_directories, uv_binary, uv_environment


def test_uv_answers() -> None:
    completed = run([uv_binary(), "--version"], env=uv_environment())
    assert completed.returncode == 0
    assert completed.text.startswith("uv ")


def test_a_missing_uv_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    import uv

    def missing() -> str:
        raise FileNotFoundError("uv")

    monkeypatch.setattr(uv, "find_uv_bin", missing)
    with pytest.raises(ToolError) as caught:
        uv_binary()
    assert caught.value.code == "uv-missing"
    assert "uv" in caught.value.remedy


def test_what_belongs_to_the_callers_environment_or_project_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT", "UV_CONSTRAINT", "UV_REQUIRE_HASHES", "UV_SYSTEM_PYTHON"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("UV_CACHE_DIR", "cache")
    environment = uv_environment()
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT", "UV_CONSTRAINT", "UV_REQUIRE_HASHES"} & environment.keys()
    assert environment["UV_CACHE_DIR"] == "cache"


def test_pips_files_and_variables_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nindex-url = https://mirror.example/simple\nfind-links = {tmp_path}\n")
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_FIND_LINKS", "PIP_FIND_LINKS", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    environment = uv_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environment["UV_FIND_LINKS"] == str(tmp_path)


def test_interpreters_of_pyenv_come_after_those_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("3.9.18", "3.10.13", "2.7.18", "my-venv"):
        (tmp_path / "versions" / version / "bin").mkdir(parents=True)
    directories = [str(tmp_path / "versions" / version / "bin") for version in ("3.10.13", "3.9.18")]
    assert pyenv_directories({"PYENV_ROOT": str(tmp_path)}) == directories
    assert pyenv_directories({"HOME": str(tmp_path / "nobody")}) == []
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert uv_environment()["PATH"].split(os.pathsep)[-2:] == directories
