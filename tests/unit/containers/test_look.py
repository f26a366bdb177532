"""The probe on Pythons of this machine, and what is made of its output; in images: ``tests/docker``."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from azml_magics.containers.look import PROBES, Look, parse_look
from azml_magics.containers.looks import known_pythons, read_look, write_look
from azml_magics.system.uv import uv_binary
from tests.require import require

PYTHON_PROBE, SHELL_PROBE = PROBES


def ask(python: str, *, cwd: Path | None = None) -> Look:
    run = subprocess.run([python, "-c", PYTHON_PROBE.read_text()], capture_output=True, text=True, check=False, cwd=cwd)
    assert run.returncode == 0, run.stderr
    return parse_look(run.stdout.splitlines())


def test_this_python(tmp_path: Path) -> None:
    # What lies in the working directory stands in for nothing.
    (tmp_path / "platform.py").write_text("raise SystemExit('wrong module')")
    (tmp_path / "json.py").write_text("raise SystemExit('wrong module')")
    look = ask(sys.executable, cwd=tmp_path)
    assert look.python == sys.executable
    assert look.python_version == ".".join(map(str, sys.version_info[:3]))
    packages = dict(look.packages)
    for name in ("pytest", "docker", "pyyaml"):
        assert packages[name] == version(name)
    assert list(look.packages) == sorted(look.packages)
    assert not look.externally_managed


@pytest.mark.parametrize("python", ["3.7", "3.8", "3.9", "3.13"])
def test_other_pythons(python: str) -> None:
    found = subprocess.run([uv_binary(), "python", "find", python], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        require(f"python{python}")
    look = ask(found.stdout.strip())
    assert (look.python_version or "").startswith(f"{python}.")
    assert look.libc


def test_the_shell_looks_for_a_python(tmp_path: Path) -> None:
    script = PYTHON_PROBE.read_text()

    def run(path: str, *arguments: str) -> Look:
        said = subprocess.run(
            ["/bin/sh", "-c", SHELL_PROBE.read_text(), "/bin/sh", script, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": path, "HOME": "/somewhere"},
        )
        return parse_look(said.stdout.splitlines())

    programs = tmp_path / "bin"
    programs.mkdir()
    tools = "/usr/bin:/bin"
    (programs / "python").write_text("#!/bin/sh\nexit 1\n")  # too old, or broken
    (programs / "python").chmod(0o755)
    (programs / "python3").symlink_to(sys.executable)
    assert run(f"{programs}:{tools}", "").python_version == ".".join(map(str, sys.version_info[:3]))
    assert run(tools, sys.executable).python == sys.executable
    nothing = run(tools, "/no/such/python")
    assert nothing.python is None
    assert nothing.home == "/somewhere"
    assert nothing.uid is not None


def test_what_else_is_printed_does_not_matter() -> None:
    content = {"python": "/p", "python_version": "3.9.1", "packages": [["a", "1"]], "uid": 7}
    look = parse_look(["motd", "azml-probe " + json.dumps(content), "bye"])
    assert look == Look(python="/p", python_version="3.9.1", packages=(("a", "1"),), uid=7)
    shell = ["azml-shell uid=12", "azml-shell gid=", "azml-shell home=/h", "azml-shell has_runit=yes", "noise"]
    assert parse_look(shell) == Look(uid=12, gid=None, home="/h", has_runit=True)
    assert parse_look(["azml-shell conda=/bin/micromamba"]).conda == "/bin/micromamba"
    assert parse_look(["azml-shell conda="]).conda is None


def test_looks_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    assert read_look(folder, "sha256:1", None) is None
    assert known_pythons(folder) == {}
    look = Look(uid=1, python="/p", python_version="3.11.2", packages=(("a", "1"),))
    write_look(folder, "sha256:1", None, look)
    write_look(folder, "sha256:2", None, Look())
    assert read_look(folder, "sha256:1", None) == look
    assert read_look(folder, "sha256:1", "/other") is None
    (folder / "odd.json").write_text("{")
    assert known_pythons(folder) == {"sha256:1": "3.11.2"}
    assert folder.stat().st_mode & 0o077 == 0
