"""Conda environments of this machine, by what a conda program says of them and by their own records.

No conda is here: the program is a script that answers as conda, mamba and micromamba do.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.errors import NotFoundError, ToolError
from azml_magics.system.conda_environments import (
    export_conda_environment,
    is_conda_environment,
    read_conda_environment,
)

EXPORTED = """\
WARNING: a newer version exists
name: vision
channels:
  - conda-forge
dependencies:
  - python=3.10.4
  - numpy=1.26.4=py310h4bfa8fc_0
  - conda-forge::libgomp=13.2.0=h77fa898_7
  - pip:
    - pillow==11.1.0
prefix: /opt/envs/vision
variables:
  LEVEL: 1
"""


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where programs are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("CONDA_EXE", "MAMBA_EXE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def program(folder: Path, name: str, text: str = EXPORTED, code: int = 0) -> Path:
    answer = folder / f"{name}.txt"
    answer.write_text(text)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" > {folder}/asked\ncat {answer}\nexit {code}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("conda", "env export --no-builds --name vision"),
        ("mamba", "env export --name vision"),
        ("micromamba", "env export --name vision"),
    ],
)
def test_what_the_program_says(programs: Path, name: str, asked: str) -> None:
    program(programs, name)
    assert export_conda_environment("vision") == CondaDependencies(
        ("python=3.10.4", "numpy=1.26.4", "conda-forge::libgomp=13.2.0", PipSection(("pillow==11.1.0",))),
        ("conda-forge",),
        "vision",
        None,
        (("LEVEL", "1"),),
    )
    assert (programs / "asked").read_text().strip() == asked


def test_the_program_that_the_shell_knows_comes_first(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "micromamba")
    (tmp_path / "elsewhere").mkdir()
    own = program(tmp_path / "elsewhere", "conda", EXPORTED.replace("vision", "other"))
    monkeypatch.setenv("CONDA_EXE", str(own))
    assert export_conda_environment("vision").name == "other"


@pytest.mark.parametrize(("text", "code"), [("EnvironmentLocationNotFound: Not a conda environment\n", 1), ("", 0)])
def test_a_program_that_fails(programs: Path, text: str, code: int) -> None:
    program(programs, "conda", text, code)
    with pytest.raises(ToolError) as raised:
        export_conda_environment("vision")
    assert raised.value.code == "conda-failed"
    assert raised.value.details == tuple(text.splitlines())


def test_no_program() -> None:
    with pytest.raises(ToolError) as raised:
        export_conda_environment("vision")
    assert (raised.value.code, raised.value.brief) == (
        "conda-missing",
        "no conda program was found: conda, mamba, micromamba",
    )


def record(folder: Path, name: str, version: str, channel: str | None = None) -> None:
    (folder / "conda-meta").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"name": name, "version": version, **({"channel": channel} if channel else {})})
    (folder / "conda-meta" / f"{name}-{version}-0.json").write_text(text)


def distribution(folder: Path, name: str, version: str, installer: str | None) -> None:
    info = folder / "lib" / "python3.10" / "site-packages" / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if installer is not None:
        (info / "INSTALLER").write_text(f"{installer}\n")


def test_what_the_records_say(tmp_path: Path) -> None:
    folder = tmp_path / "vision"
    host = "conda.example.org"
    record(folder, "python", "3.10.4", f"https://{host}/conda-forge/linux-64")
    record(folder, "numpy", "1.26.4", f"https://{host}/conda-forge")
    record(folder, "libgomp", "13.2.0", "https://repo.example.org/pkgs/main/linux-64")
    record(folder, "own", "1.0", "https://me:hunter2@example.org/t/tk-hunter2/team/noarch")
    record(folder, "here", "1.0", "file:///srv/channel/osx-arm64/")
    record(folder, "pip", "24.0")
    distribution(folder, "numpy", "1.26.4", "conda")
    distribution(folder, "Pillow", "11.1.0", "pip")
    distribution(folder, "my_project", "0.1", None)
    distribution(folder, "here", "1.0", "pip")
    (folder / "lib" / "python3.10" / "site-packages" / "broken-1.dist-info").mkdir()
    (folder / "conda-meta" / "state").write_text('{"env_vars": {"LEVEL": 1}}')
    assert is_conda_environment(folder)
    assert read_conda_environment(folder) == CondaDependencies(
        (
            "here=1.0",
            "libgomp=13.2.0",
            "numpy=1.26.4",
            "own=1.0",
            "pip=24.0",
            "python=3.10.4",
            PipSection(("my-project==0.1", "pillow==11.1.0")),
        ),
        ("file:///srv/channel", "defaults", "conda-forge", "https://example.org/team"),
        "vision",
        None,
        (("LEVEL", "1"),),
    )


@pytest.mark.parametrize("state", ["", "[]", '{"env_vars": []}', "{}"])
def test_without_pip_and_variables(tmp_path: Path, state: str) -> None:
    folder = tmp_path / "plain"
    record(folder, "python", "3.10.4", "conda-forge")
    (folder / "conda-meta" / "state").write_text(state)
    assert read_conda_environment(folder) == CondaDependencies(("python=3.10.4",), ("conda-forge",), "plain")


@pytest.mark.parametrize("broken", [None, "{", "[]", '{"name": "a"}'])
def test_what_is_no_conda_environment(tmp_path: Path, broken: str | None) -> None:
    if broken is not None:
        (tmp_path / "conda-meta").mkdir()
        (tmp_path / "conda-meta" / "a.json").write_text(broken)
    with pytest.raises(NotFoundError) as raised:
        read_conda_environment(tmp_path)
    assert raised.value.code == "conda-environment-missing"
