"""``azml`` as people and scripts use it with containers: words in, text and JSON out, against a real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from azml_magics.containers.connection import Connection
from azml_magics.definitions import labels
from tests.docker.conftest import MakeImage

SCRIPT = """\
import json
import os
from importlib.metadata import version

def init(): ...

def run(data):
    return {"sum": sum(json.loads(data)), "iniconfig": version("iniconfig"), "greeting": os.environ.get("GREETING")}
"""
NOTEBOOK = (
    "%%dockerfile greeter\nFROM {base}\nUSER root:root\nCOPY greeting.txt /opt/\nUSER dockeruser\n",
    "%%environment greeter\ndockerfile: greeter\nrequirements: [iniconfig==2.0.0]\n",
    f"%%entry_script greet.py\n{SCRIPT}",
    "%azml deploy verbs-book --engine docker --environment greeter --entry-script greet.py",
)
PORT = 16789
Azml = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, inference_base: str) -> Path:
    made = tmp_path_factory.mktemp("verbs")
    (made / "requirements.txt").write_text("iniconfig==2.0.0\n")
    (made / "score.py").write_text(SCRIPT)
    (made / "greeting.txt").write_text(f"hello {uuid4()}\n")  # so that no former run has built it
    cells = [
        {"cell_type": "code", "metadata": {}, "source": cell.replace("{base}", inference_base), "outputs": []}
        for cell in NOTEBOOK
    ]
    numbered = [{**cell, "execution_count": None} for cell in cells]
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": numbered}
    (made / "book.ipynb").write_text(json.dumps(content))
    return made


@pytest.fixture(scope="module")
def azml(folder: Path, docker_engine: Connection) -> Iterator[Azml]:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "azml_magics.cli", *words],
            cwd=folder,
            env={**os.environ, "AZML_WORKSPACE": str(folder / ".azml")},
            capture_output=True,
            text=True,
            check=False,
        )

    yield run
    assert run("stop", "--all").returncode == 0
    label = f"{labels.WORKSPACE}={folder / '.azml'}"
    for image in docker_engine.client.images.list(filters={"label": label}):
        docker_engine.client.images.remove(str(image.id), force=True)


def answer(azml: Azml, *words: str) -> Any:
    """What ``azml WORDS --json`` prints."""
    done = azml(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def deployed(azml: Azml, inference_base: str) -> dict[str, Any]:
    words = ("--requirements", "requirements.txt", "--entry-script", "score.py", "--engine", "docker")
    # A port that nobody else asks for while an update moves to it: other tests take the next free one.
    limits = ("--image", inference_base, "--cpu", "1", "--memory-gb", "1", "--port", str(PORT))
    report: dict[str, Any] = answer(azml, "deploy", "verbs", *words, *limits)
    return report


def test_a_deployment_says_how_its_container_is_held(azml: Azml, deployed: dict[str, Any]) -> None:
    assert (deployed["state"], deployed["engine"], deployed["pid"]) == ("running", "docker", None)
    security = deployed["security"]
    assert (security["root"], security["capabilities"], security["read_only_root"]) == (False, [], True)
    assert (security["cpu"], security["memory_gb"], security["published_on"]) == (
        1.0,
        1.0,
        f"127.0.0.1:{deployed['port']}",
    )
    listed = azml("services").stdout
    assert f"http://localhost:{deployed['port']}/score" in listed
    assert answer(azml, "score", "verbs", "--data", "[1, 2]")["body"]["sum"] == 3


def test_the_plan_says_how_packages_get_in_and_why(azml: Azml, deployed: dict[str, Any], inference_base: str) -> None:
    words = ("verbs", "--requirements", "requirements.txt", "--entry-script", "score.py", "--engine", "docker")
    plan = answer(azml, "plan", *words, "--image", inference_base, "--cpu", "1", "--memory-gb", "1")
    assert (plan["packages"]["strategy"], plan["packages"]["base_image"]) == ("mount", inference_base)
    assert plan["packages"]["reason"]
    assert [action["step"] for action in plan["actions"]] == ["check", "image", "packages", "build", "start"]
    assert all(action["reason"] for action in plan["actions"])
    assert plan["actions"][-1]["kind"] == "reuse"
    shown = azml("plan", *words, "--image", inference_base, "--packages", "bake").stdout
    assert "packages  bake: packages: bake was asked for" in shown
    assert "builds    azureml/azureml_" in shown


def test_strategies_with_what_was_measured(azml: Azml, deployed: dict[str, Any]) -> None:
    compared = answer(azml, "strategies", "verbs")
    rows = {row["strategy"]: row for row in compared["strategies"]}
    assert rows["mount"]["start_seconds"] > 0
    assert rows["bake"]["start_seconds"] is None
    shown = azml("strategies", "verbs").stdout.splitlines()
    assert "network at start" in shown[2]
    assert shown[4].split()[:2] == ["mount", "yes"]


def test_an_update_keeps_what_is_not_given(azml: Azml, deployed: dict[str, Any]) -> None:
    updated = answer(azml, "update", "verbs", "--env", "GREETING=hi", "--cpu", "0.5")
    assert updated["port"] == deployed["port"] == PORT
    assert updated["container"] != deployed["container"]
    assert (updated["security"]["cpu"], updated["security"]["memory_gb"]) == (0.5, 1.0)
    assert answer(azml, "score", "verbs", "--data", "[3]")["body"] == {
        "sum": 3,
        "iniconfig": "2.0.0",
        "greeting": "hi",
    }
    contradicted = azml("update", "verbs", "--environment", "e", "--requirements", "r.txt")
    assert contradicted.returncode == 2
    assert "exclude each other" in contradicted.stderr


def test_images_are_looked_into(azml: Azml, inference_base: str, plain_image: MakeImage) -> None:
    plain = plain_image("bookworm")
    checked = azml("base", "check", inference_base)
    assert (checked.returncode, checked.stdout.splitlines()[0]) == (0, f"image {inference_base} can serve")
    shown = answer(azml, "base", "show", plain)["image"]
    assert (shown["python_version"][:5], shown["azureml_inference_server_http"]) == ("3.11.", None)
    listed = {image["name"]: image for image in answer(azml, "base", "list")["images"]}
    assert listed[inference_base]["made_from"] == plain
    assert not any(name.startswith("azureml/azureml_") for name in listed)
    missing = azml("base", "show", "local/azml-bass:1")
    assert missing.returncode == 2
    assert "there is no base image" in missing.stderr
    made = azml("base", "build", inference_base, "--from", plain)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith(f"base {inference_base} is there already, made from {plain}")


def test_a_notebook_with_a_dockerfile(azml: Azml, folder: Path, inference_base: str) -> None:
    done = azml("deploy", "book.ipynb")
    assert done.returncode == 0, done.stderr
    assert "1 of " in done.stderr
    assert answer(azml, "score", "verbs-book", "--data", "[4]")["body"]["iniconfig"] == "2.0.0"
    shown = azml("environment", "dockerfile", "greeter").stdout
    code = [line for line in shown.splitlines() if not line.startswith("#")]
    assert code[0] == f"FROM {inference_base}"
    assert "COPY greeting.txt /opt/" in code
    environment = answer(azml, "environment", "show", "greeter")
    assert environment["image_source"]["context"] == str(folder)


def test_a_package_of_what_runs(azml: Azml, deployed: dict[str, Any], folder: Path, docker_engine: Connection) -> None:
    written = answer(azml, "package", "verbs", "--output", "package")
    assert Path(written["directory"]) == folder / "package"
    assert (folder / "package" / "app" / "score.py").read_text() == SCRIPT
    tag = f"local/azml-test-verbs:{uuid4().hex[:12]}"
    try:
        built = answer(azml, "package", "verbs", "--image", tag)
        assert (built["tag"], built["reused"]) == (tag, False)
        assert answer(azml, "package", "verbs", "--image", tag)["reused"]
    finally:
        docker_engine.client.images.remove(tag, force=True)


def test_stopped_services_and_what_they_leave(azml: Azml, deployed: dict[str, Any]) -> None:
    assert azml("stop", "verbs").returncode == 0
    assert "1 stopped service: services --all" in azml("services").stdout
    assert "verbs" in {service["name"] for service in answer(azml, "services")}
    found = answer(azml, "prune", "--dry-run")
    kinds = {item["kind"] for item in found["unused"]}
    assert "service files" in kinds
    assert azml("prune").returncode == 2
