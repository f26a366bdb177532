"""Azure's SDK v1 itself: it loads what we write and finds it equal, and we load and write what it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from azml_magics.assets.environment_files import load_environment, save_environment
from azml_magics.assets.environment_sources import from_conda_specification, from_pip_requirements
from azml_magics.definitions import conda_edits as edits
from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.codecs.azure_v1 import (
    CONDA_FILE,
    DOCKERFILE,
    ENVIRONMENT_FILE,
    FILES,
    environment_document,
    read_environment_document,
    render_azure_files,
)
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import DeclarationError
from tests.contracts.recorded import VECTORS
from tests.oracles.venvs import AZUREML_CORE, ask_azureml_core
from tests.require import require

PROGRAM = Path(__file__).with_name("azureml_core.py")
CASES = sorted(path.name for path in (VECTORS / "environments").glob("*") if path.is_dir())
#: What nobody keeps but the tool that uses it (docs/decisions/0008).
SECRETS = ("username", "password")
NUMBERS = parse_requirements("numpy==2.2.6\npandas[excel]~=2.0 ; python_version < '3.12'\n--pre")
OURS = {
    "empty": Environment("empty"),
    "cell": Environment("digits", "3.11", NUMBERS, (("GREETING", "Grüße"), ("LEVEL", "1"))),
    "any-python": Environment("any-python", requirements=NUMBERS),
    "registered": Environment("registered", "3.11", NUMBERS, version=3),
    "image": Environment("image", "3.11", image_source=ImageSource("local/base:1", interpreter_path="/opt/bin/python")),
    "user-managed": Environment("user-managed", image_source=ImageSource("local/base:1", user_managed=True)),
    "dockerfile": Environment("dockerfile", image_source=ImageSource(dockerfile="FROM local/base:1\nRUN true\n")),
    "azures-defaults": conda_environment("azures-defaults", default_conda()),
    "conda": conda_environment(
        "conda",
        CondaDependencies(
            ("python=3.10", "numpy=1.26", "pip=24.0", PipSection(("pillow", "--pre"))), ("conda-forge",), "solved"
        ),
    ),
}
#: Methods of the SDK's CondaDependencies, and what they are here.
EDITS: dict[str, Callable[..., CondaDependencies]] = {
    "add_pip_package": edits.add_pip_package,
    "remove_pip_package": edits.remove_pip_package,
    "add_conda_package": edits.add_conda_package,
    "remove_conda_package": edits.remove_conda_package,
    "set_python_version": edits.set_python_version,
    "add_channel": edits.add_channel,
    "remove_channel": edits.remove_channel,
    "set_pip_requirements": edits.set_pip_requirements,
}
#: Changes that come out the same; those that do not are in test_environment_rules.
SAME: list[list[list[Any]]] = [
    [["add_pip_package", "a==1"], ["add_pip_package", "b"], ["add_pip_package", "a==2"]],
    [["add_pip_package", "a[x]==1"], ["add_pip_package", "a==2"]],
    [["add_pip_package", "pillow"], ["add_conda_package", "numpy==1.17.0"], ["remove_pip_package", "azureml-defaults"]],
    [["add_conda_package", "numpy"], ["add_conda_package", "numpy"], ["add_conda_package", "python-dateutil"]],
    [["add_conda_package", "python=3.11"]],
    [["add_conda_package", "python==3.11.4"]],
    [["add_conda_package", "python>=3.9"]],
    [["set_python_version", "3.10"], ["add_channel", "pytorch"], ["remove_channel", "anaconda"]],
    [["add_conda_package", "numpy"], ["remove_conda_package", "numpy"]],
    [["set_pip_requirements", ["a==1", "--pre", "b"]]],
]


def same_files(folder: Path) -> dict[str, Any]:
    """The files of an environment, parsed: comments and line ends are nobody's business."""
    readers: dict[str, Callable[[str], Any]] = {
        ENVIRONMENT_FILE: json.loads,
        CONDA_FILE: yaml.safe_load,
        DOCKERFILE: str,
    }
    return {name: readers[name]((folder / name).read_text()) for name in FILES if (folder / name).exists()}


def without_secrets(document: Mapping[str, Any]) -> dict[str, Any]:
    docker = document["docker"]
    registry = {**docker["baseImageRegistry"], **dict.fromkeys(SECRETS)}
    return {**document, "docker": {**docker, "baseImageRegistry": registry}}


# what it wrote --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES or ["none"])
def test_what_azure_wrote_is_read_and_written_again(case: str, tmp_path: Path) -> None:
    if not CASES:
        require("vectors")
    folder = VECTORS / "environments" / case
    reading = load_environment(folder)
    assert not isinstance(reading, str)
    save_environment(reading.environment, tmp_path / "again")
    expected, written = same_files(folder), same_files(tmp_path / "again")
    has_secrets = without_secrets(expected[ENVIRONMENT_FILE]) != expected[ENVIRONMENT_FILE]
    assert has_secrets == any(finding.code == "registry-credentials" for finding in reading.findings)
    assert written == {**expected, ENVIRONMENT_FILE: without_secrets(expected[ENVIRONMENT_FILE])}
    if not has_secrets:
        text = (folder / ENVIRONMENT_FILE).read_text()
        assert (tmp_path / "again" / ENVIRONMENT_FILE).read_text() == text
    inline = json.loads((folder / "_inline_serialized.json").read_text())
    assert environment_document(reading.environment) == without_secrets(inline)
    assert read_environment_document(inline).environment.digest() == reading.environment.digest()


def test_every_case_is_there() -> None:
    if not CASES:
        require("vectors")
    index = json.loads((VECTORS / "environments" / "INDEX.json").read_text())
    assert sorted(index["cases"]) == CASES
    print(f"\n{len(CASES)} environments of azureml-core {index['azureml_core']} read and written again, parsed-equal")


def recorded_conda(case: str) -> dict[str, Any]:
    """The conda dependencies that the SDK made in ``case``, of the files beside the cases."""
    if not CASES:
        require("vectors")
    document = json.loads((VECTORS / "environments" / case / "_inline_serialized.json").read_text())
    return dict(document["python"]["condaDependencies"])


def test_the_sdk_and_we_make_the_same_of_a_specification() -> None:
    recorded, folder = recorded_conda("from_conda"), VECTORS / "environments"
    made = environment_document(from_conda_specification("a", folder / "conda.yml"))
    assert made["python"]["condaDependencies"] == recorded
    recorded = recorded_conda("from_conda_nopython")
    assert recorded["dependencies"].pop() == "python=3.10.18"  # added by the SDK, and not here: decision 0008
    made = environment_document(from_conda_specification("a", folder / "conda_nopy.yml"))
    assert made["python"]["condaDependencies"] == recorded


def test_of_a_requirements_text_what_pip_would_install(tmp_path: Path) -> None:
    (_, pip, _) = recorded_conda("from_pip")["dependencies"]
    with pytest.raises(DeclarationError) as raised:
        from_pip_requirements("a", VECTORS / "environments" / "requirements.txt")
    assert [finding.code for finding in raised.value.findings] == ["unsupported-option"]
    lines = [line for line in pip["pip"] if line != "-e ."]
    (tmp_path / "requirements.txt").write_text("\n".join(lines))
    made = from_pip_requirements("a", tmp_path / "requirements.txt")
    installed = [line for line in lines if line and not line.startswith("#")]
    assert made.requirements.canonical_lines() == parse_requirements("\n".join(installed)).canonical_lines()


# what we write --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What azureml-core says about everything at once: importing it takes seconds."""
    folder = tmp_path_factory.mktemp("azureml-core")
    for name, environment in OURS.items():
        save_environment(environment, folder / name)
    wanted = {
        "load": list(OURS),
        "inline": {name: environment_document(environment) for name, environment in OURS.items()},
        "edit": [[default_conda().document(), calls] for calls in SAME],
    }
    found = ask_azureml_core(PROGRAM, wanted, folder)
    return {**found, "folder": folder}


@pytest.mark.parametrize("name", OURS)
def test_azure_loads_what_we_write_and_finds_it_equal(name: str, answer: dict[str, Any]) -> None:
    environment, found = OURS[name], answer["loaded"][name]
    assert found["inline"] == environment_document(environment)
    assert found["inline_loaded"] == environment_document(environment)
    assert found["equal_again"]


@pytest.mark.parametrize("name", OURS)
def test_what_azure_saves_of_it_is_ours_again(name: str, answer: dict[str, Any]) -> None:
    reading = load_environment(answer["folder"] / name / "again")
    assert not isinstance(reading, str)
    assert (reading.environment.digest(), reading.environment.name) == (OURS[name].digest(), OURS[name].name)
    assert render_azure_files(OURS[name])[ENVIRONMENT_FILE] == (
        (answer["folder"] / name / "again" / ENVIRONMENT_FILE).read_text()
    )
    assert reading.findings == ()


@pytest.mark.parametrize("number", range(len(SAME)))
def test_dependencies_change_as_in_the_sdk(number: int, answer: dict[str, Any]) -> None:
    conda = default_conda()
    for name, *arguments in SAME[number]:
        conda = EDITS[name](conda, *arguments)
    assert answer["edited"][number] == conda.document()


def test_the_version_that_was_asked(answer: dict[str, Any]) -> None:
    assert AZUREML_CORE[0].startswith(f"azureml-core=={answer['version']}")
    print(f"\nazureml-core {answer['version']} loaded {len(OURS)} environments of ours and found them equal")
