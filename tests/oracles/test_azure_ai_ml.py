"""Azure's SDK v2 itself: it accepts every file we write, and we read what it reads and refuse what it refuses."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from azml_magics.assets.v2_environments import load_environment_file
from azml_magics.assets.v2_export import export_service
from azml_magics.assets.v2_models import load_model_file
from azml_magics.definitions.codecs.azure_v2_deployment import DeploymentFile, read_deployment_yaml
from azml_magics.definitions.codecs.azure_v2_endpoint import read_endpoint_yaml
from azml_magics.definitions.codecs.azure_v2_model import ModelFile
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import AzmlError
from azml_magics.session import Session
from azml_magics.system.files import missing
from tests.contracts.recorded import VECTORS
from tests.oracles.venvs import AZURE_AI_ML, ask, make_python
from tests.require import require

PROGRAM = Path(__file__).with_name("azure_ai_ml.py")
IMAGE = "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest"
NUMBERS = parse_requirements("numpy==2.2.6\npandas[excel]~=2.0\n--pre")
CONDA = CondaDependencies(("python=3.10", "numpy", "pip", PipSection(("pillow",))), ("conda-forge",), "e")
ENVIRONMENTS = {
    "any": Environment("any"),
    "requirements": Environment("requirements", "3.11", NUMBERS, version=3, description="Grüße", tags=(("a", "b: c"),)),
    "variables": Environment("variables", "3.11", NUMBERS, (("A", "1"),)),
    "conda": conda_environment("conda", CONDA, image_source=ImageSource("local/base:1")),
    "user-managed": Environment("user-managed", image_source=ImageSource("local/base:1", user_managed=True)),
    "dockerfile": Environment("dockerfile", image_source=ImageSource(dockerfile="FROM local/base:1\nRUN true\n")),
    "apt": Environment("apt", "3.11", NUMBERS, image_source=ImageSource(apt=("git",))),
}
ROUTES = "".join(
    f"\n  {name}: {{port: 5001, path: {path}}}"
    for name, path in (("liveness_route", "/"), ("readiness_route", "/"), ("scoring_route", "/score"))
)
#: Shapes of the contract's recorded cases (AZUREML.md 4.3), by their names there: kind of file and its text. A text
#: that begins with ``+`` or ``-`` changes the recorded input of that kind.
CASES = {
    "load_environment image+conda": ("environment", "+"),
    "env inline conda": ("environment", "name: x\nimage: a:1\nconda_file: {dependencies: ['python=3.10']}\n"),
    "env build": ("environment", "name: x\nbuild: {path: ., dockerfile_path: Dockerfile}\n"),
    "env inference_config": ("environment", f"name: x\nimage: a:1\ninference_config:{ROUTES}\n"),
    "env image+build": ("environment", "name: x\nimage: a:1\nbuild: {path: .}\n"),
    "env nothing": ("environment", "name: x\n"),
    "env unknown key": ("environment", "name: x\nimage: a:1\nfoo: 1\n"),
    "env missing conda file": ("environment", "name: x\nimage: a:1\nconda_file: nope.yml\n"),
    "env AzureML- prefix": ("environment", "name: AzureML-x\nimage: a:1\n"),
    "env bad name": ("environment", "name: a b/c\nimage: a:1\n"),
    "env name 256": ("environment", f"name: {'x' * 300}\nimage: a:1\n"),
    "env version int": ("environment", "name: x\nimage: a:1\nversion: 1\n"),
    "env no name": ("environment", "image: a:1\n"),
    "endpoint": ("endpoint", "+"),
    "endpoint bad auth": ("endpoint", "name: my-endpoint\nauth_mode: zzz\n"),
    **{
        f"endpoint name {name[:12]!r}": ("endpoint", f"name: {name}\n")
        for name in ("ab", "a" * 33, "my_endpoint", "1abc", "abc-", "Abc")
    },
    "deployment": ("deployment", "+"),
    "deployment missing code dir": ("deployment", "-code: code\n+code: nope\n"),
    "deployment missing scoring": ("deployment", "-  scoring_script: score.py\n"),
    "deployment missing model file": ("deployment", "-model/m.pkl\n+model/nope.pkl\n"),
    "deployment env ref": ("deployment", "-environment:\n+environment: azureml:e:1\nUNUSED:\n"),
    "deployment no instance_count": ("deployment", "-instance_count: 1\n"),
    "deployment env var int": ("deployment", '-A: "1"\n+A: 1\n'),
    "deployment unknown key": ("deployment", "+zzz: 1\n"),
    "model": ("model", "+"),
    "model bad type": ("model", "name: m\ntype: zzz\npath: model/m.pkl\n"),
    "model missing path": ("model", "name: m\n"),
    "model path missing on disk": ("model", "name: m\npath: nope\n"),
}
#: Read by Azure's SDK and refused here, each because its service, or its local mode, refuses it later.
STRICTER = {
    "env image+build": "exclusive-keys",
    "env nothing": "missing-key",
    "endpoint name 'ab'": "invalid-endpoint-name",
    "endpoint name 'aaaaaaaaaaaa'": "invalid-endpoint-name",
}


def ours(kind: str, path: Path) -> str | None:
    """The code of our refusal; ``None`` when we read it. As far as the SDK's own loading goes."""
    try:
        if kind == "environment":
            load_environment_file(path)
        elif kind == "model":
            load_model_file(path)
        elif kind == "endpoint":
            read_endpoint_yaml(path.read_text(), source=path.name)
        else:
            read = read_deployment_yaml(path.read_text(), source=path.name)
            if isinstance(read.model, ModelFile) and not (path.parent / str(read.model.path)).exists():
                raise missing(path.parent / str(read.model.path), what="model", code="model-path")
    except AzmlError as error:
        return error.code
    return None


def text_of(kind: str, change: str) -> str:
    """The text of a case."""
    if not change.startswith(("+", "-")):
        return change
    text = (VECTORS / "v2" / "inputs" / f"{kind}.yml").read_text()
    old, _, new = change[1:].partition("+") if change.startswith("-") else ("", "", change[1:])
    if not old:
        return text.rstrip("\n") + f"\n{new}"
    if "UNUSED" in new:  # in the place of a whole mapping
        document = yaml.safe_load(text)
        return yaml.safe_dump({**document, **yaml.safe_load(new.replace("UNUSED:\n", ""))})
    old = old.rstrip("\n")
    assert old in text
    return text.replace(old, new.rstrip("\n"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case as a file, with what they name beside them."""
    folder = tmp_path_factory.mktemp("v2")
    for name in ("env", "model", "code"):
        (folder / name).mkdir()
    conda = {"name": "e", "channels": ["conda-forge"], "dependencies": ["python=3.10", "pip", {"pip": ["numpy"]}]}
    (folder / "env" / "conda.yaml").write_text(yaml.safe_dump(conda))
    (folder / "model" / "m.pkl").write_text("weights")
    (folder / "code" / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    (folder / "Dockerfile").write_text("FROM a:1\n")
    return folder


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    opened = Session(folder / ".azml", working_directory=folder)
    yield opened
    opened.workspace.close()


@pytest.fixture(scope="module")
def written(folder: Path, session: Session) -> dict[Path, str]:
    """Every file that we write, with its kind."""
    for name, environment in ENVIRONMENTS.items():
        session.environments.save_file(environment, Path(f"written-{name}"))
    session.models.register(Path("model/m.pkl"), name="m", tags={"a": "b"}, description="small")
    session.models.register(Path("model"), name="folder")
    for name, environment in ENVIRONMENTS.items():
        session.environments.register(environment)
        request = DeployRequest(
            f"svc-{name}",
            "score.py",
            environment=name,
            source_directory="code",
            models=("m", "folder") if name == "conda" else ("m",),
            environment_variables=(("LEVEL", "1"),),
        )
        export_service(session.workspace, session.define(request), folder / f"exported-{name}")
    files = {"environment", "model", "endpoint", "deployment"}
    return {
        path: path.stem
        for path in sorted(folder.glob("*/*.yml"))
        if path.stem in files and path.parent.name.startswith(("written-", "exported-"))
    }


@pytest.fixture(scope="module")
def cases(folder: Path) -> dict[str, Path]:
    if not (VECTORS / "v2").is_dir():
        require("vectors")
    paths = {}
    for number, (name, (kind, change)) in enumerate(CASES.items()):
        paths[name] = folder / f"case{number}.yml"
        paths[name].write_text(text_of(kind, change))
    return paths


@pytest.fixture(scope="module")
def found(written: dict[Path, str], cases: dict[str, Path], folder: Path) -> dict[str, dict[str, Any]]:
    """What Azure's SDK says of every file; it has no account and no way out."""
    nowhere = "http://127.0.0.1:9"
    wanted = [(kind, str(path)) for path, kind in written.items()]
    wanted += [(CASES[name][0], str(path)) for name, path in cases.items()]
    return ask(
        [str(make_python(AZURE_AI_ML)), str(PROGRAM)],
        folder,
        {**os.environ, "HOME": str(folder), "HTTPS_PROXY": nowhere, "https_proxy": nowhere, "PYTHONPATH": ""},
        json.dumps(wanted),
    )


def test_it_accepts_every_file_we_write(written: dict[Path, str], found: dict[str, dict[str, Any]]) -> None:
    assert {kind: list(written.values()).count(kind) for kind in sorted(set(written.values()))} == {
        "deployment": len(ENVIRONMENTS),
        "endpoint": len(ENVIRONMENTS),
        "environment": 2 * len(ENVIRONMENTS),
        "model": len(ENVIRONMENTS),
    }
    assert {path: found[str(path)].get("error") for path in written if not found[str(path)]["accepted"]} == {}
    environments = [found[str(path)] for path, kind in written.items() if kind == "environment"]
    assert all(environment["validates"] for environment in environments)


def test_it_finds_what_we_wrote(folder: Path, found: dict[str, dict[str, Any]]) -> None:
    conda = found[str(folder / "written-conda" / "environment.yml")]
    assert (conda["name"], conda["image"], conda["conda_file"]) == ("conda", "local/base:1", CONDA.document())
    plain = found[str(folder / "written-requirements" / "environment.yml")]
    assert (plain["version"], plain["description"], plain["tags"]) == ("3", "Grüße", {"a": "b: c"})
    built = found[str(folder / "written-apt" / "environment.yml")]
    assert built["build"] == ["build", "Dockerfile"]
    exported = folder / "exported-requirements"
    deployment = found[str(exported / "deployment.yml")]
    assert (deployment["name"], deployment["endpoint_name"]) == ("blue", "svc-requirements")
    assert (deployment["code"], deployment["environment_variables"]) == (["code", "score.py"], {"LEVEL": "1"})
    assert deployment["model"] == str(exported / "model" / "m.pkl")
    image, specification = deployment["environment"]
    assert "py311" in image
    assert specification["dependencies"][-1]["pip"][-1] == "azureml-inference-server-http"
    model = found[str(exported / "model.yml")]
    assert (model["name"], model["version"], model["tags"]) == ("m", "1", {"a": "b"})


def test_the_recorded_cases_are_all_here_and_come_out_as_recorded(
    cases: dict[str, Path], found: dict[str, dict[str, Any]]
) -> None:
    lines = (VECTORS / "v2" / "v2_load_results.txt").read_text().splitlines()
    recorded = dict(re.findall(r"^## (.+?) -> (RAISES)?", line)[0] for line in lines if line.startswith("## "))
    loads = {name: not raises for name, raises in recorded.items() if not name.startswith("Environment()")}
    assert {name: found[str(path)]["accepted"] for name, path in cases.items()} == loads


def test_we_read_what_it_reads_and_refuse_what_it_refuses(
    cases: dict[str, Path], found: dict[str, dict[str, Any]]
) -> None:
    verdicts = {name: ours(CASES[name][0], path) for name, path in cases.items()}
    others = {
        name: verdict for name, verdict in verdicts.items() if (verdict is None) != found[str(cases[name])]["accepted"]
    }
    assert others == STRICTER
    print(f"{len(cases)} cases: {len(cases) - len(others)} with the same verdict, {len(others)} refused here")


def test_both_read_the_same_deployment(cases: dict[str, Path], found: dict[str, dict[str, Any]]) -> None:
    theirs = found[str(cases["deployment"])]
    read = read_deployment_yaml(cases["deployment"].read_text(), source="deployment.yml")
    assert isinstance(read, DeploymentFile)
    assert (read.name, read.endpoint_name) == (theirs["name"], theirs["endpoint_name"])
    assert [read.code, read.scoring_script] == theirs["code"]
    assert dict(read.environment_variables) == theirs["environment_variables"]
