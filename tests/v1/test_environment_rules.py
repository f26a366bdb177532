"""Environments and conda dependencies by the recorded rules of Azure's SDK; what is done otherwise is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azml_magics.v1.conda_dependencies import CondaDependencies
from azml_magics.v1.environment import Environment, EnvironmentReference
from tests.require import require
from tests.v1.rules import RULES, Attempt, check_rules

FILE = "environment_and_conda_rules.txt"


def assign(path: str, value: object) -> Environment:
    """An environment with ``value`` at ``path``."""
    environment = Environment("x")
    target: object = environment
    *sections, name = path.split(".")
    for section in sections:
        target = getattr(target, section)
    setattr(target, name, value)
    return environment


def saved(times: int, *, overwrite: bool = False) -> object:
    for _ in range(times):
        Environment("x").save_to_directory("d1", overwrite=overwrite)
    return sorted(path.name for path in Path("d1").iterdir())


def stale() -> object:
    environment = assign("docker.base_dockerfile", "FROM a\n")
    environment.save_to_directory("d1")
    Environment("x").save_to_directory("d1", overwrite=True)
    loaded = Environment.load_from_directory("d1")
    assert isinstance(loaded, Environment)
    return sorted(path.name for path in Path("d1").iterdir()), loaded.docker.base_image, loaded.docker.base_dockerfile


def loaded(document: object, conda: str | None = None) -> object:
    folder = Path("given")
    folder.mkdir()
    (folder / "azureml_environment.json").write_text(json.dumps(document))
    if conda is not None:
        (folder / "conda_dependencies.yml").write_text(conda)
    made = Environment.load_from_directory("given")
    if isinstance(made, EnvironmentReference):
        return repr(made)
    packages = made.python.conda_dependencies
    text = None if packages is None else packages.serialize_to_string().partition("\n")[2]
    return type(made).__name__, made.name, text, made.docker.base_image, made.environment_variables


def edited(*calls: tuple[str, object]) -> str:
    packages = CondaDependencies()
    for name, argument in calls:
        getattr(packages, name)(argument)
    return packages.serialize_to_string()


def pip(*lines: str) -> Attempt:
    return lambda: edited(*(("add_pip_package", line) for line in lines))


def conda(*lines: str) -> Attempt:
    return lambda: edited(*(("add_conda_package", line) for line in lines))


def written(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def saved_conda() -> object:
    path = CondaDependencies().save("x.yml")
    return path, Path(path).read_text()[:60]


def exclusive(first: tuple[str, object], second: tuple[str, object]) -> object:
    docker = Environment("x").docker
    for name, value in (first, second):
        setattr(docker, name, value)
    return docker.base_image, docker.base_dockerfile


A = {"name": "a"}
PYTHON = {"dependencies": ["python=3.8"]}
NEWER = "dependencies:\n- python=3.11\n"
FOLLOWED: dict[str, Attempt] = {
    **{
        f"Environment({name!r})": lambda name=name: Environment(name).name  # type: ignore[misc]  # bound at once
        for name in ("AzureML-x", "Microsoft-x", "a b", "", "a/b", None, 5, "é")
    },
    "Environment('xxx...')": lambda: Environment("x" * 300).name,
    "set unknown attr": lambda: assign("nope", 1),
    "set unknown attr python": lambda: assign("python.nope", 1),
    "set unknown attr docker": lambda: assign("docker.base_imge", "x"),
    "wrong type": lambda: assign("python.user_managed_dependencies", "yes").python.user_managed_dependencies,
    "save new": lambda: saved(1),
    "save again": lambda: saved(2),
    "save overwrite": lambda: saved(2, overwrite=True),
    "load missing dir": lambda: Environment.load_from_directory("zzz"),
    "load {name}": lambda: loaded(A),
    "load {name,version}": lambda: loaded({**A, "version": "1"}),
    "load {name,python:{}}": lambda: loaded({**A, "python": {}}),
    "load {name, unknown key}": lambda: loaded({**A, "python": {}, "foo": 1}),
    "load inline condaDependencies": lambda: loaded({**A, "python": {"condaDependencies": PYTHON}}),
    "load inline + file (file wins?)": lambda: loaded({**A, "python": {"condaDependencies": PYTHON}}, NEWER),
    "load no python key + file": lambda: loaded({**A, "docker": {}}, NEWER),
    "load bad conda yaml key": lambda: loaded({**A, "python": {}}, f"foo: 1\n{NEWER}"),
    "load conda not mapping": lambda: loaded({**A, "python": {}}, "- a\n"),
    "load v2-style": lambda: loaded({**A, "image": "x"}),
    "set base_dockerfile clears base_image": lambda: exclusive(("base_image", "y"), ("base_dockerfile", "FROM x")),
    "set base_image clears base_dockerfile": lambda: exclusive(("base_dockerfile", "FROM x"), ("base_image", "y")),
    "base_dockerfile path is read": lambda: (
        assign("docker.base_dockerfile", written("Dockerfile", "FROM filex\n")).docker.base_dockerfile
    ),
    "base_dockerfile missing path is kept as text": lambda: exclusive(
        ("base_image", "y"), ("base_dockerfile", "./nope/Dockerfile")
    ),
    "str(env)": lambda: str(Environment("x")),
    "add pip dup versions": pip("a==1", "a==2"),
    "add pip extras": pip("a[x]==1", "a==2"),
    "add pip option": pip("--pre"),
    "add conda python": conda("python=3.11"),
    "add conda python==": conda("python==3.11.4"),
    "add conda python>=": conda("python>=3.9"),
    "add conda python-blah": conda("python-dateutil"),
    "remove python": lambda: edited(("remove_conda_package", "python=3.8.13")),
    "set_python_version": lambda: edited(("set_python_version", "3.10")),
    "pip_packages": lambda: [*CondaDependencies().pip_packages],
    "conda_packages": lambda: [*CondaDependencies().conda_packages],
    "channels": lambda: [*CondaDependencies().conda_channels],
    "get_python_version": lambda: CondaDependencies().get_python_version(),
    "as_dict": lambda: CondaDependencies().as_dict(),
    "merge_requirements": lambda: CondaDependencies.merge_requirements(["a>=1", "a<2", "b"]),
    "save to dir": lambda: CondaDependencies().save("."),
    "save bad parent": lambda: CondaDependencies().save("no/where/x.yml"),
    "save without python": lambda: CondaDependencies(_underlying_structure={"dependencies": ["numpy"]}).save("x.yml"),
    "empty file": lambda: CondaDependencies(written("empty.yml", "")),
    "no file": lambda: CondaDependencies("absent.yml"),
    "from_existing_conda (no conda)": lambda: Environment.from_existing_conda_environment("x", "nowhere"),
    "clone": lambda: Environment("x").clone("y").name,
    "clone empty": lambda: Environment("x").clone(""),
}
#: Label -> why it is done otherwise, and what comes to something else here.
DIFFERENT: dict[str, tuple[str, Attempt]] = {
    "overwrite leaves stale BaseDockerfile": ("what a former environment left there would win at the next load", stale),
    "load {}": ("an environment without a name is refused", lambda: loaded({})),
    "load python null + file": (
        "null means what leaving it out means; the file counts",
        lambda: loaded({**A, "python": None}, NEWER),
    ),
    "load env var non-str": (
        "a process can only be given text",
        lambda: loaded({**A, "python": {}, "environmentVariables": {"A": 1}}),
    ),
    "add pip case": ("pip takes them for one project", pip("Foo==1", "foo==2", "fo_o", "fo-o")),
    "add pip spaced": ("a space is no part of a name", pip("a ==1", "a==2")),
    "add pip invalid": ("pip would refuse it when the image is built", pip("not a valid $$ req")),
    "add pip url": ("the same package", pip("https://example.com/p-1-py3-none-any.whl", "p==2", "p==3")),
    "add pip git": ("written as pip writes it: NAME @ URL", pip("git+https://github.com/a/b@main#egg=b")),
    "add conda dup": ("two versions of one package cannot be installed", conda("numpy=1", "numpy=1", "numpy=2")),
    "add conda 'python'": ("any Python", conda("python")),
    "set_python garbage": ("no Python is called so", lambda: edited(("set_python_version", "banana"))),
    "create pin": (
        "the addresses of example.com and the unpinned packages are packaging faults",
        lambda: CondaDependencies.create(
            pip_packages=["azureml-defaults", "azureml-core==1.0", "azureml-sdk[automl]"]
        ).serialize_to_string(),
    ),
    "create no pin": (
        "as above",
        lambda: CondaDependencies.create(python_version="3.9", pin_sdk_version=False).serialize_to_string(),
    ),
    "create indexurl": (
        "as above; an index is an index",
        lambda: CondaDependencies.create(pip_indexurl="https://my/simple").serialize_to_string(),
    ),
    "create []": ("as above", lambda: CondaDependencies.create(pip_packages=[]).serialize_to_string()),
    "tensorflow": (
        "tensorflow-gpu is gone: one package is for both",
        lambda: edited(("add_tensorflow_pip_package", "gpu")),
    ),
    "save": ("the comment at the top is our own", saved_conda),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not RULES.is_dir():
        require("vectors")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZML_WORKSPACE", str(tmp_path / ".azml"))
    monkeypatch.setenv("PATH", "/nonexistent")
    return tmp_path


def test_the_rules_are_followed_or_listed(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check_rules(FILE, FOLLOWED, DIFFERENT, here, monkeypatch)
    with capsys.disabled():
        count = len(FOLLOWED) + len(DIFFERENT)
        print(f"\n{len(FOLLOWED)} of {count} rules of environments followed, {len(DIFFERENT)} listed as different")
