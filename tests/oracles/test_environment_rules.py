"""Every recorded rule of the SDK's environments is followed here, done otherwise on purpose, or one of its names.

What is done otherwise is explained in docs/decisions/0008-azure-files.md; the SDK's names are ``azml_magics.v1``, with
tests of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azml_magics.definitions import conda_edits as edits
from azml_magics.definitions.azure_defaults import BASE_IMAGE, default_conda
from azml_magics.definitions.codecs.azure_v1 import FILES, environment_document
from azml_magics.definitions.codecs.conda_yaml import read_conda_yaml, render_conda_yaml
from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.environment import Environment, check_name
from azml_magics.errors import AzmlError
from azml_magics.session import Session
from tests.contracts.recorded import VECTORS
from tests.require import require

RULES = VECTORS / "rules" / "environment_and_conda_rules.txt"
PLAIN = default_conda()
DOCKERFILE_TEXT = "FROM a\n"


class Room:
    """A directory with a session in it, and what one does with environments there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environments = Session(folder / ".azml", working_directory=folder).environments

    def put(self, document: Any, **files: str) -> Path:
        """A directory with that document and files, ``conda`` and ``dockerfile``."""
        target = self.folder / "given"
        target.mkdir(exist_ok=True)
        names = dict(zip(("json", "conda", "dockerfile"), FILES, strict=True))
        for name, text in {"json": json.dumps(document), **files}.items():
            (target / names[name]).write_text(text)
        return target

    def load(self, document: Any, **files: str) -> Environment:
        return self.environments.load(self.put(document, **files))

    def saved(self, environment: Environment, *, overwrite: bool = False) -> list[str]:
        self.environments.save(environment, Path("d1"), overwrite=overwrite)
        return sorted(path.name for path in (self.folder / "d1").iterdir())


def pip(*lines: str) -> tuple[str, ...]:
    conda = PLAIN
    for line in lines:
        conda = edits.add_pip_package(conda, line)
    return conda.pip_lines[1:]


def conda(*specifications: str) -> tuple[str, ...]:
    value = PLAIN
    for specification in specifications:
        value = edits.add_conda_package(value, specification)
    return value.conda_packages


def refused(code: str, action: Callable[[], object]) -> bool:
    with pytest.raises(AzmlError) as raised:
        action()
    assert raised.value.code == code
    return True


def replaces_stale_files(room: Room) -> bool:
    room.saved(Environment("a", "3.11"))
    (room.folder / "d1" / "BaseDockerfile").write_text(DOCKERFILE_TEXT)
    files = room.saved(Environment("a", "3.11"), overwrite=True)
    return files == ["azureml_environment.json", "conda_dependencies.yml"]


def clone(room: Room) -> bool:
    room.environments.register(Environment("x", "3.11"))
    return room.environments.clone("x", "y").label == "y:1"


CONDA_38 = {"dependencies": ["python=3.8"]}
CONDA_311 = "dependencies:\n- python=3.11\n"

#: Rule -> whether it holds here too.
FOLLOWED: dict[str, Callable[[Room], bool]] = {
    "save new": lambda room: (
        room.saved(Environment("a", "3.11")) == ["azureml_environment.json", "conda_dependencies.yml"]
    ),
    "save again": lambda room: (
        bool(room.saved(Environment("a"))) and refused("directory-exists", lambda: room.saved(Environment("a")))
    ),
    "save overwrite": lambda room: (
        bool(room.saved(Environment("a"))) and bool(room.saved(Environment("a"), overwrite=True))
    ),
    "load missing dir": lambda room: refused("environment-file-missing", lambda: room.environments.load(Path("zzz"))),
    "load {name,python:{}}": lambda room: room.load({"name": "a", "python": {}}).name == "a",
    "load {name, unknown key}": lambda room: room.load({"name": "a", "python": {}, "nope": 1}).name == "a",
    "load inline condaDependencies": lambda room: (
        room.load({"name": "a", "python": {"condaDependencies": CONDA_38}}).python == "3.8"
    ),
    "load inline + file (file wins?)": lambda room: (
        room.load({"name": "a", "python": {"condaDependencies": CONDA_38}}, conda=CONDA_311).python == "3.11"
    ),
    "load no python key + file": lambda room: room.load({"name": "a", "docker": {}}, conda=CONDA_311).python == "3.11",
    "load bad conda yaml key": lambda room: refused(
        "unknown-key", lambda: room.load({"name": "a", "python": {}}, conda="foo: 1")
    ),
    "load conda not mapping": lambda room: refused(
        "not-a-mapping", lambda: room.load({"name": "a", "python": {}}, conda="- a")
    ),
    "load v2-style": lambda room: room.load({"name": "a", "image": "b", "conda_file": {}}).name == "a",
    "base_dockerfile path is read": lambda room: (
        bool((room.folder / "Dockerfile").write_text("FROM filex\n"))
        and room.environments.from_dockerfile("a", "Dockerfile").image_source.dockerfile == "FROM filex\n"
    ),
    "add pip dup versions": lambda room: pip("a==1", "a==2") == ("a==2",),
    "add pip extras": lambda room: pip("a[x]==1", "a==2") == ("a==2",),
    "add pip option": lambda room: refused("invalid-package", lambda: pip("--pre")),
    "add conda python": lambda room: conda("python=3.11") == ("python=3.11",),
    "add conda python==": lambda room: conda("python==3.11.4") == ("python=3.11.4",),
    "add conda python>=": lambda room: conda("python>=3.9") == ("python=3.9",),
    "add conda python-blah": lambda room: conda("python-dateutil") == ("python=3.8.13", "python-dateutil"),
    "remove python": lambda room: refused("python-needed", lambda: edits.remove_conda_package(PLAIN, "python=3.8")),
    "set_python_version": lambda room: edits.set_python_version(PLAIN, "3.10").python == "3.10",
    "pip_packages": lambda room: edits.pip_packages(PLAIN) == ("azureml-defaults",),
    "conda_packages": lambda room: PLAIN.conda_packages == ("python=3.8.13",),
    "channels": lambda room: PLAIN.channels == ("anaconda", "conda-forge"),
    "get_python_version": lambda room: PLAIN.python == "3.8.13",
    "as_dict": lambda room: (
        PLAIN.document()
        == {
            "name": "project_environment",
            "dependencies": ["python=3.8.13", {"pip": ["azureml-defaults"]}],
            "channels": ["anaconda", "conda-forge"],
        }
    ),
    "merge_requirements": lambda room: edits.merge_requirements(["a>=1", "a<2", "b"]) == ["a>=1,<2", "b"],
    "save": lambda room: read_conda_yaml(render_conda_yaml(PLAIN), source="x.yml") == PLAIN,
    "empty file": lambda room: refused("not-a-mapping", lambda: read_conda_yaml("", source="x.yml")),
    "no file": lambda room: refused(
        "conda-specification-missing", lambda: room.environments.from_conda_specification("a", Path("absent.yml"))
    ),
    "clone": clone,
    "clone empty": lambda room: (
        bool(room.environments.register(Environment("x")))
        and refused("invalid-name", lambda: room.environments.clone("x", ""))
    ),
}

#: Rule -> what happens here instead; why stands in the decision.
OTHERWISE: dict[str, Callable[[Room], bool]] = {
    "Environment('AzureML-x')": lambda room: refused(
        "reserved-name", lambda: room.environments.register(Environment("AzureML-x"))
    ),
    "Environment('Microsoft-x')": lambda room: refused(
        "reserved-name", lambda: room.environments.register(Environment("Microsoft-x"))
    ),
    "Environment('a b')": lambda room: [finding.code for finding in check_name("a b")] == ["invalid-name"],
    "Environment('')": lambda room: [finding.code for finding in check_name("")] == ["invalid-name"],
    "Environment('a/b')": lambda room: [finding.code for finding in check_name("a/b")] == ["invalid-name"],
    "Environment('xxx...')": lambda room: "name-too-long" in [finding.code for finding in check_name("x" * 300)],
    "Environment('é')": lambda room: [finding.code for finding in check_name("é")] == ["invalid-name"],
    "overwrite leaves stale BaseDockerfile": replaces_stale_files,
    "load {}": lambda room: refused("missing-name", lambda: room.load({})),
    "load {name}": lambda room: refused("unknown-environment", lambda: room.load({"name": "a"})),
    "load {name,version}": lambda room: refused(
        "unknown-environment", lambda: room.load({"name": "a", "version": "1"})
    ),
    "load python null + file": lambda room: room.load({"name": "a", "python": None}, conda=CONDA_311).python == "3.11",
    "load env var non-str": lambda room: (
        room.load({"name": "a", "environmentVariables": {"A": 1}}).environment_variables == (("A", "1"),)
    ),
    "base_dockerfile missing path is kept as text": lambda room: refused(
        "dockerfile-missing", lambda: room.environments.from_dockerfile("a", "./nope/Dockerfile")
    ),
    "add pip case": lambda room: pip("Foo==1", "foo==2", "fo_o", "fo-o") == ("foo==2", "fo-o"),
    "add pip spaced": lambda room: pip("a ==1", "a==2") == ("a==2",),
    "add pip invalid": lambda room: refused("invalid-package", lambda: pip("not a valid $$ req")),
    "add pip url": lambda room: (
        pip("p==1", "https://example.org/p-2.0-py3-none-any.whl") == ("p @ https://example.org/p-2.0-py3-none-any.whl",)
    ),
    "add pip git": lambda room: (
        pip("git+https://example.org/a/b@main#egg=b") == ("b @ git+https://example.org/a/b@main",)
    ),
    "add conda dup": lambda room: conda("numpy=1", "numpy=2") == ("python=3.8.13", "numpy=2"),
    "add conda 'python'": lambda room: conda("python") == ("python=3.8.13",),
    "set_python garbage": lambda room: refused("invalid-python", lambda: edits.set_python_version(PLAIN, "banana")),
    "create pin": lambda room: (
        edits.create_conda_dependencies(["azureml-core==1.0"]).pip_lines == ("azureml-core==1.0",)
    ),
    "create no pin": lambda room: edits.create_conda_dependencies(python="3.9").pip_lines == ("azureml-defaults",),
    "create indexurl": lambda room: (
        edits.create_conda_dependencies([], pip_index_url="https://my/simple").pip_lines
        == ("--index-url https://my/simple",)
    ),
    "create []": lambda room: edits.create_conda_dependencies([]).pip_lines == (),
    "save without python": lambda room: (
        [
            finding.code
            for finding in room.environments.save(
                Environment("a", conda=CondaDependencies(("numpy",))), Path("d1")
            ).findings
        ]
        == ["no-python"]
    ),
    "from_existing_conda (no conda)": lambda room: refused(
        "conda-missing", lambda: room.environments.from_existing_conda_environment("a", "base")
    ),
}

#: About names and attributes of the SDK's own classes: ``azml_magics.v1``.
NAMES = {
    "Environment(None)", "Environment(5)", "set unknown attr", "set unknown attr python", "set unknown attr docker",
    "wrong type", "set base_dockerfile clears base_image", "set base_image clears base_dockerfile", "str(env)",
    "tensorflow", "save to dir", "save bad parent",
}  # fmt: skip


def recorded_rules() -> list[str]:
    """What was tried, in the order of the file; lines that only go on with an answer, and warnings, are none."""
    lines = RULES.read_text().split("\n") if RULES.exists() else []
    return [match[1] for line in lines if (match := re.match(r"([^\s}].*?) -> ", line))]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name in ("CONDA_EXE", "MAMBA_EXE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Room(tmp_path)


@pytest.mark.parametrize("rule", [*FOLLOWED, *OTHERWISE])
def test_rule(rule: str, room: Room) -> None:
    assert {**FOLLOWED, **OTHERWISE}[rule](room)


def test_every_rule_is_in_one_table() -> None:
    rules = recorded_rules()
    if not rules:
        require("vectors")
    assert sorted(rules) == sorted([*FOLLOWED, *OTHERWISE, *NAMES])
    print(f"\n{len(rules)} rules: {len(FOLLOWED)} followed, {len(OTHERWISE)} otherwise, {len(NAMES)} names of the SDK")


def test_what_is_done_otherwise_is_written_down() -> None:
    decision = (Path(__file__).parents[2] / "docs" / "decisions" / "0008-azure-files.md").read_text()
    assert [rule for rule in OTHERWISE if f"`{rule}`" not in decision] == []


def test_the_defaults_are_those_of_the_sdk() -> None:
    document = environment_document(Environment("a", conda=PLAIN, python=PLAIN.python))
    assert document["docker"]["baseImage"] == BASE_IMAGE
    assert document["python"]["condaDependencies"] == PLAIN.document()
