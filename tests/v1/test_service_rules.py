"""Inference configurations, models and local services by the recorded rules of Azure's SDK."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from azml_magics.engines.app_root import contract_variables
from azml_magics.v1.checked import AzureMLWarning
from azml_magics.v1.deploying import deploy, deploy_request
from azml_magics.v1.environment import Environment
from azml_magics.v1.inference_config import InferenceConfig
from azml_magics.v1.model import Model
from azml_magics.v1.script_run_config import ScriptRunConfig
from azml_magics.v1.webservice import LocalWebservice, Webservice
from azml_magics.v1.workspace import Workspace
from tests.require import require
from tests.v1.rules import RULES, Attempt, check_rules

FILE = "inferenceconfig_model_localwebservice_rules.txt"
SCRIPT = "def init(): pass\ndef run(data): return data\n"


def with_server() -> Environment:
    return Environment("x")


def configured(entry_script: str | None, source_directory: str | None = None, **more: object) -> object:
    """The script, and the variables that a service of it would have: source directory and entry script."""
    given = {"environment": with_server(), **more}
    configuration = InferenceConfig(entry_script, source_directory=source_directory, **given)  # type: ignore[arg-type]
    workspace = Workspace()
    request = deploy_request(workspace, "abc", [], configuration, None)
    variables = contract_variables(workspace.session.define(request), PurePosixPath("/app"))
    derived = variables["AZUREML_ENTRY_SCRIPT"]
    source = variables.get("AZUREML_SOURCE_DIRECTORY", "")
    assert derived.startswith(source)
    return configuration.entry_script, (source, derived.removeprefix(f"{source}/"))


def made(**given: object) -> str:
    """As the recorded text begins."""
    configuration = InferenceConfig("score.py", **given)  # type: ignore[arg-type]
    assert repr(configuration).startswith("InferenceConfig(entry_script=score.py, ")
    return "InferenceConfig(entry_script=score.py, "


def without_server() -> str:
    environment = Environment("x")
    assert environment.python.conda_dependencies is not None
    environment.python.conda_dependencies.remove_pip_package("azureml-defaults")
    with pytest.warns(AzureMLWarning, match="azureml-defaults"):
        return made(environment=environment)


def port(value: object) -> Attempt:
    return lambda: LocalWebservice.deploy_configuration(port=value).port  # type: ignore[arg-type]


def service_name(name: str) -> Attempt:
    """Whether a service may be called so: what is wrong with the script is told later."""

    def attempt() -> None:
        configuration = InferenceConfig("score.py", environment=Environment("AzureML-kept"))
        try:
            deploy(Workspace(), name, [], configuration, LocalWebservice.deploy_configuration())
        except Exception as error:
            if getattr(error, "code", "") == "reserved-name":
                return
            raise

    return attempt


def register(path: str, name: str) -> None:
    Model.register(Workspace(), path, name)


def model_name(name: str) -> Attempt:
    return lambda: register("score.py", name)


def registered(path: str) -> object:
    model = Model.register(Workspace(), path, "collected")
    stored = Path(Model.get_model_path("collected", _workspace=Workspace()))
    files = [stored] if stored.is_file() else sorted(stored.rglob("*.*"))
    return [f"{file.relative_to(stored.parent)}" for file in files], model.version


def cached(*names: str) -> None:
    for version, files in ((1, ["f.pkl"]), (2, [*names]), (10, ["f.pkl"])):
        folder = Path("azureml-models", "mod", str(version))
        folder.mkdir(parents=True)
        for name in files:
            (folder / name).touch()


def path_of(name: str, version: object = None, *files: str) -> str:
    cached(*(files or ("f.pkl",)))
    return Model.get_model_path(name, version)  # type: ignore[arg-type]


def unknown() -> LocalWebservice:
    return LocalWebservice(Workspace.get("ws"), "azmlfacts-none", must_exist=False)


def offline() -> object:
    service = unknown()
    assert [*service.serialize()][:9] == [
        "name",
        "tags",
        "properties",
        "state",
        "createdTime",
        "updatedTime",
        "error",
        "computeType",
        "workspaceName",
    ]
    assert (service.state, service.port, service.scoring_uri, service.swagger_uri) == ("unknown", None, None, None)
    return "('unknown', None, None, None, "


def script_run() -> str:
    configuration = ScriptRunConfig("src", "score.py", ["--a", 1])
    run = configuration.run_config
    assert (run.target, run.framework, run.communicator, run.node_count) == ("local", "Python", "None", 1)
    assert (run.script, run.arguments, run.max_run_duration_seconds) == (None, [], 2592000)
    return "{'source_directory': 'src', 'script': 'score.py', 'command': None, 'arguments': ['--a', 1], "


LONG = "a" * 255
FOLLOWED: dict[str, Attempt] = {
    "ok": lambda: made(environment=with_server()),
    "src dir": lambda: configured("score.py", "src"),
    "src dir sub": lambda: configured("sub/s2.py", "src"),
    "no src dir, sub path": lambda: configured("src/score.py"),
    "entry path wrongly incl src": lambda: configured("src/score.py", "src"),
    "missing script": lambda: configured("nope.py"),
    "no script": lambda: configured(None),
    "non identifier": lambda: configured("score-a.py"),
    "keyword": lambda: configured("class.py"),
    "not .py": lambda: configured("score.txt"),
    "syntax error": lambda: configured("bad.py"),
    "missing src dir": lambda: configured("score.py", "zz"),
    "env + runtime": lambda: configured("score.py", runtime="python"),
    "no env": made,
    "no init/run is accepted": lambda: InferenceConfig("sub/s2.py", source_directory="src").entry_script,
    "warn when azureml-defaults missing": without_server,
    "port None": port(None),
    "port 6789": port(6789),
    "port 70000": port(70000),
    "port '6789'": port("6789"),
    "port -1": port(-1),
    **{
        f"service name {name!r}": service_name(name)
        for name in ("a", "ab", "abc", "a" * 32, "a" * 33, "Abc", "a_b", "a-b", "1ab", "ab-", "my-svc")
    },
    **{f"model name {name!r}": model_name(name) for name in ("a", "a b", "a.b_c-d", "-a", "é")},
    f"model name {'a' * 12!r}": model_name(LONG),
    f"model name {'a' * 12!r}#2": model_name(f"{LONG}a"),
    "model path ok": lambda: register("score.py", "ok"),
    "model path missing": lambda: Model.register(Workspace(), "nope.pkl", "missing"),
    "get_model_path latest": lambda: path_of("mod"),
    "get_model_path v2": lambda: path_of("mod", 2),
    "v str": lambda: path_of("mod", "2"),
    "missing": lambda: path_of("zzz"),
    "v missing": lambda: path_of("mod", 3),
    "two files": lambda: path_of("mod", 2, "f.pkl", "g.pkl"),
    "Framework consts": lambda: {key: value for key, value in vars(Model.Framework).items() if key.isupper()},
    "LocalWebservice offline": offline,
    "LocalWebservice must_exist": lambda: LocalWebservice(Workspace(), "azmlfacts-none"),
    "get_logs unknown state": lambda: unknown().get_logs(),
    "reload unknown": lambda: unknown().reload(),
    "delete unknown": lambda: unknown().delete(),
    "run unknown": lambda: unknown().run("{}"),
    "wait unknown": lambda: unknown().wait_for_deployment(),
    "get_keys": lambda: unknown().get_keys(),
    "get_token": lambda: unknown().get_token(),
    "list": lambda: Webservice.list(Workspace()),
    "ScriptRunConfig": script_run,
}
#: Label -> why it is done otherwise, and what comes to something else here.
DIFFERENT: dict[str, tuple[str, Attempt]] = {
    "port 0": ("no port: Azure's check lets it slip through", port(0)),
    "port True": ("no port: Azure's check lets it slip through", port(True)),
    "model path outside cwd": (
        "nothing leaves this machine: models may be anywhere on it",
        lambda: Model.register(Workspace(), str(Path("..") / "outside.pkl"), "outside"),
    ),
    "collect dir": ("what is kept is the same; where it is copied from is not told", lambda: registered("m")),
    "collect file": ("as above", lambda: registered("m/f.pkl")),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not RULES.is_dir():
        require("vectors")
    monkeypatch.setenv("AZML_WORKSPACE", str(tmp_path / ".azml"))
    monkeypatch.setenv("AZML_ENGINE", "process")
    (tmp_path / "outside.pkl").touch()
    return tmp_path


def write_files(folder: Path) -> None:
    for name in ("score.py", "score-a.py", "class.py", "score.txt", "src/score.py", "src/sub/s2.py", "m/f.pkl"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SCRIPT)
    (folder / "bad.py").write_text("def init(:\n")


def test_the_rules_are_followed_or_listed(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check_rules(FILE, FOLLOWED, DIFFERENT, here, monkeypatch, prepare=write_files)
    with capsys.disabled():
        count = len(FOLLOWED) + len(DIFFERENT)
        print(f"\n{len(FOLLOWED)} of {count} rules of services followed, {len(DIFFERENT)} listed as different")


def test_what_is_collected_of_a_model(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The half of two listed differences that is the same: a file by its name, a folder with its own."""
    write_files(here)
    monkeypatch.chdir(here)
    assert registered("m/f.pkl") == (["f.pkl"], 1)
    assert registered("m") == (["m/f.pkl"], 2)
