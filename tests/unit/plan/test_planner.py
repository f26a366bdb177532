from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.azure_packages import SWITCH
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.model import Model
from azml_magics.definitions.requirements import Requirements, parse_requirements
from azml_magics.errors import PreflightError
from azml_magics.plan.actions import PackagesPlan
from azml_magics.plan.planner import changed_parts, plan_deployment, plan_packages
from azml_magics.plan.pythons import default_python

SCRIPT = EntryScript("score.py", "def init(): pass\ndef run(data): return data\n")
ENVIRONMENT = Environment("digits", "3.11", parse_requirements("numpy==2.2.6"), (("LEVEL", "1"),))
DEPLOYMENT = Deployment("digits", SCRIPT, ENVIRONMENT)
ARTIFACT = Artifact("venv", "k" * 64, Path("python"))


def host(version: str = "3.11.7", platform: str = "linux-x86_64") -> HostFacts:
    return HostFacts(platform, Interpreter(Path("python"), version))


def environment(text: str = "numpy==2.2.6", python: str | None = "3.11") -> Environment:
    return replace(ENVIRONMENT, python=python, requirements=parse_requirements(text))


def model(name: str, version: int = 1) -> Model:
    return Model(name, version, "model.pkl", False, "0" * 64, 1)


def packages_of(text: str, python: str | None = "3.11", version: str = "3.11.7") -> PackagesPlan:
    return plan_packages(environment(text, python), host(version))


# packages -------------------------------------------------------------------------------------------------------------


def test_the_server_is_added_last_and_unpinned() -> None:
    assert packages_of("numpy==2.2.6\npandas").requirement_lines == ("numpy==2.2.6", "pandas", SERVER)


@pytest.mark.parametrize("line", [f"{SERVER}==1.4.1", "azureml-defaults", "Azureml_Inference.Server-HTTP>=1"])
def test_the_server_is_not_added_to_what_brings_it(line: str) -> None:
    assert len(packages_of(f"{line}\nnumpy").requirement_lines) == 2


def test_azures_environments_get_the_server_instead_of_the_sdk() -> None:
    azure = conda_environment("azure", default_conda("3.11"))
    packages = plan_packages(azure, host())
    assert packages.requirement_lines == (SERVER,)
    assert packages.left_out == ("azureml-defaults",)
    assert plan_packages(azure, host(), with_server=False).requirement_lines == ()
    told = plan_deployment(replace(DEPLOYMENT, environment=azure), packages, artifact=None, running=None)
    assert told.action("packages").reason.endswith("; without azureml-defaults, which needs an account")
    whole = plan_packages(replace(azure, environment_variables=((SWITCH, "1"),)), host())
    assert whole.requirement_lines == ("azureml-defaults",)


def test_an_empty_list_still_gets_the_server() -> None:
    assert packages_of("").requirement_lines == (SERVER,)


def test_the_key_is_that_of_the_content_alone() -> None:
    key = packages_of("numpy==2.2.6").key
    assert len(key) == 64
    other_name = replace(ENVIRONMENT, name="other", version=7, environment_variables=())
    assert plan_packages(other_name, host()).key == key
    assert packages_of("numpy == 2.2.6  # pinned\n\n").key == key
    different = {
        packages_of("numpy==2.2.5").key,
        packages_of("numpy==2.2.6", "3.12").key,
        packages_of("numpy==2.2.6\npandas").key,
        packages_of("pandas\nnumpy==2.2.6").key,
        plan_packages(DEPLOYMENT.environment, host(platform="darwin-arm64")).key,
    }
    assert len(different | {key}) == 6


def test_naming_the_server_at_the_end_is_the_same_as_leaving_it_out() -> None:
    assert packages_of(f"numpy==2.2.6\n{SERVER}").key == packages_of("numpy==2.2.6").key


@pytest.mark.parametrize(
    ("version", "expected"),
    [("3.9.1", "3.9"), ("3.10.13", "3.10"), ("3.13.0", "3.13"), ("3.14.2", "3.13"), ("3.8.18", "3.13")],
)
def test_no_python_means_the_callers_or_the_newest_the_server_supports(version: str, expected: str) -> None:
    assert default_python(host(version)) == expected
    assert packages_of("numpy", None, version).python == expected
    assert packages_of("numpy", None, version).key == packages_of("numpy", expected).key


def test_a_python_that_is_named_is_taken_as_it_is() -> None:
    assert packages_of("numpy", "3.12.1").python == "3.12.1"
    assert packages_of("numpy", "3.8").python == "3.8"


@pytest.mark.parametrize("current", [{"use_current_python": True}, {"environment": None}])
def test_the_current_interpreter_installs_nothing(current: dict[str, object]) -> None:
    packages = plan_packages(replace(DEPLOYMENT, **current).packages_environment, host())  # type: ignore[arg-type]  # one field a case
    assert packages == PackagesPlan("current", (), None, use_current_python=True)


@given(lines=st.lists(st.from_regex(r"[a-z]{2,6}==[0-9]\.[0-9]", fullmatch=True), unique_by=lambda line: line[:2]))
def test_equal_lists_have_equal_keys_and_order_counts(lines: list[str]) -> None:
    plan = packages_of("\n".join(lines))
    assert plan == packages_of("\n\n".join(lines) + "\n# end\n")
    assert plan.requirement_lines[:-1] == tuple(lines)
    backwards = lines[::-1]
    assert (packages_of("\n".join(backwards)).key == plan.key) == (backwards == lines)


# actions --------------------------------------------------------------------------------------------------------------


def start_reason(wanted: Deployment, running: Deployment | None, artifact: Artifact | None = ARTIFACT) -> str:
    """The reason of a start that has to run."""
    action = plan_deployment(
        wanted, plan_packages(wanted.packages_environment, host()), artifact=artifact, running=running
    ).action("start")
    assert action.kind == "run"
    return action.reason


def test_a_first_deployment_runs_everything() -> None:
    packages = plan_packages(DEPLOYMENT.environment, host())
    plan = plan_deployment(DEPLOYMENT, packages, artifact=None, running=None)
    assert (plan.service, plan.packages) == ("digits", packages)
    assert [(action.step, action.kind) for action in plan.actions] == [
        ("check", "run"),
        ("packages", "run"),
        ("start", "run"),
    ]
    assert packages.key[:8] in plan.action("packages").reason
    assert plan.action("start").reason == "no service of that name is running"
    with pytest.raises(KeyError):
        plan.action("reload")


def test_an_equal_definition_and_an_equal_service_are_reused() -> None:
    packages = plan_packages(DEPLOYMENT.environment, host())
    plan = plan_deployment(DEPLOYMENT, packages, artifact=ARTIFACT, running=replace(DEPLOYMENT))
    assert plan.action("packages").kind == "reuse"
    assert plan.action("packages").reason == f"equal definition built before (key {packages.key[:8]})"
    assert plan.action("start").kind == "reuse"
    assert plan.action("start").reason == "an equal service is already running"


def test_names_versions_origins_and_waiting_times_make_no_difference() -> None:
    running = replace(
        DEPLOYMENT,
        environment=replace(ENVIRONMENT, name="other", version=3),
        entry_script=replace(SCRIPT, origin=Origin("cell In [4]", 1), file=Path("elsewhere")),
        wait_seconds=1.0,
        port=5002,
    )
    assert changed_parts(DEPLOYMENT, running) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"entry_script": replace(SCRIPT, source="other")}, "entry script"),
        ({"entry_script": replace(SCRIPT, path="main.py")}, "entry script"),
        ({"environment": environment(python="3.12")}, "python 3.11 -> 3.12"),
        ({"environment": environment(python=None)}, "python 3.11 -> any"),
        ({"environment": environment("numpy==2.2.6\npandas==2.3")}, "packages (+ pandas==2.3)"),
        ({"environment": environment("numpy==2.2.5")}, "packages (+ numpy==2.2.5, - numpy==2.2.6)"),
        ({"environment": environment("")}, "packages (- numpy==2.2.6)"),
        ({"environment": replace(ENVIRONMENT, environment_variables=(("LEVEL", "2"),))}, "variable LEVEL"),
        ({"environment_variables": (("LEVEL", "2"), ("A", "1"))}, "variable A, variable LEVEL"),
        ({"environment": None, "use_current_python": True, "environment_variables": (("LEVEL", "1"),)},
         "kind of environment"),
        ({"source_directory": Path("src")}, "source directory"),
        ({"models": (model("digits", 2),)}, "models digits:2"),
        ({"workers": 2}, "workers 1 -> 2"),
        ({"port": 5005}, "port 5005"),
        ({"engine": "docker"}, "engine process -> docker"),
    ],
)  # fmt: skip
def test_what_changed_is_named(change: dict[str, object], reason: str) -> None:
    wanted = replace(DEPLOYMENT, **change)  # type: ignore[arg-type]  # one field a case
    assert start_reason(wanted, DEPLOYMENT) == f"changed: {reason}"


def test_models_that_are_gone_and_their_order() -> None:
    running = replace(DEPLOYMENT, models=(model("a"), model("b")))
    assert start_reason(DEPLOYMENT, running) == "changed: models none"
    assert start_reason(replace(running, models=(model("b"), model("a"))), running) == "changed: models b:1, a:1"


def test_an_unregistered_model_that_has_changed() -> None:
    local = replace(model("model.pkl", 0), local_path=Path("/here/model.pkl"))
    running = replace(DEPLOYMENT, models=(local,))
    wanted = replace(running, models=(replace(local, digest="1" * 64),))
    assert start_reason(wanted, running) == "changed: models model.pkl:0"


def test_the_order_of_packages_counts() -> None:
    running = replace(DEPLOYMENT, environment=environment("a\nb"))
    wanted = replace(DEPLOYMENT, environment=environment("b\na"))
    assert start_reason(wanted, running) == "changed: packages (order)"


def test_several_changes_are_all_named() -> None:
    wanted = replace(DEPLOYMENT, workers=2, port=5005, entry_script=replace(SCRIPT, source="other"))
    assert start_reason(wanted, DEPLOYMENT) == "changed: entry script, workers 1 -> 2, port 5005"


def test_the_same_source_directory_may_hold_other_files() -> None:
    running = replace(DEPLOYMENT, source_directory=Path("src"))
    assert start_reason(running, running) == "changed: files of the source directory may differ"
    wanted = replace(running, workers=2)
    assert start_reason(wanted, running) == "changed: workers 1 -> 2, files of the source directory may differ"
    assert start_reason(DEPLOYMENT, running) == "changed: source directory"


def test_the_current_interpreter_is_skipped_and_may_have_changed() -> None:
    wanted = replace(DEPLOYMENT, environment=None, use_current_python=True)
    artifact = Artifact("interpreter", "current", Path("python"))
    plan = plan_deployment(
        wanted, plan_packages(wanted.packages_environment, host()), artifact=artifact, running=wanted
    )
    assert (plan.action("packages").kind, plan.action("packages").reason) == (
        "skip",
        "the current interpreter is used as it is",
    )
    assert start_reason(wanted, wanted, artifact) == "changed: the current interpreter and its packages may differ"


def test_a_service_is_not_reused_when_its_packages_would_have_to_be_built() -> None:
    assert "packages" in start_reason(DEPLOYMENT, DEPLOYMENT, artifact=None)


def test_reasons_show_no_credentials_and_no_values_of_variables() -> None:
    secret = "https://user:hunter2@example.org/simple"
    wanted = replace(
        DEPLOYMENT,
        environment=environment(f"--extra-index-url {secret}\nnumpy==2.2.6"),
        environment_variables=(("TOKEN", "hunter2"),),
    )
    reason = start_reason(wanted, DEPLOYMENT)
    assert "hunter2" not in reason
    assert "+ --extra-index-url https://***@example.org/simple" in reason
    assert "variable TOKEN" in reason


def test_an_environment_without_requirements_can_be_compared() -> None:
    bare = replace(DEPLOYMENT, environment=Environment("bare", requirements=Requirements()))
    assert changed_parts(bare, bare) == []


# locks ----------------------------------------------------------------------------------------------------------------

LOCKED_LINES = ("numpy==2.2.6 --hash=sha256:" + "a" * 64, f"{SERVER}==1.5.1 --hash=sha256:" + "b" * 64)


def locked(text: str = "--pre\nnumpy", python: str | None = "3.11") -> Environment:
    unlocked = environment(text, python)
    return replace(unlocked, lock=Lock(unlocked.digest(), "3.11", "linux-x86_64", LOCKED_LINES))


def test_of_a_locked_environment_the_lock_is_installed_and_nothing_else() -> None:
    found = plan_packages(locked(), host())
    assert found.is_locked
    assert found.requirement_lines == ("--pre", *LOCKED_LINES)
    assert plan_packages(locked(), host(), with_server=False) == found
    assert found.key != plan_packages(locked().unlocked(), host()).key


def test_a_lock_decides_the_python_where_nothing_else_does() -> None:
    assert plan_packages(locked(python=None), host("3.12.1")).python == "3.11"


def test_a_lock_of_another_definition_is_not_used() -> None:
    found = plan_packages(replace(locked(), python="3.12"), host())
    assert not found.is_locked
    assert found.requirement_lines == ("--pre", "numpy", SERVER)


def test_a_lock_for_another_platform_is_refused() -> None:
    with pytest.raises(PreflightError) as caught:
        plan_packages(locked(), host(platform="linux-aarch64"))
    assert caught.value.code == "lock-target"


def test_locking_a_running_service_is_a_change() -> None:
    before = replace(DEPLOYMENT, environment=locked().unlocked())
    assert changed_parts(replace(DEPLOYMENT, environment=locked()), before) == ["lock"]
    assert changed_parts(before, before) == []
