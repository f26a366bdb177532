"""Parsed lines as the values the session takes."""

from __future__ import annotations

import pytest

from azml_magics.cells.arguments import parse_argv, parse_command
from azml_magics.cells.grammar import get_verb
from azml_magics.cells.requests import deploy_changes, deploy_request, invoke_request, package_request
from azml_magics.cells.service_checks import asks_again
from azml_magics.cells.values import is_notebook
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.resources import Resources
from azml_magics.errors import DeclarationError, Finding


def faults(line: str) -> list[Finding]:
    with pytest.raises(DeclarationError) as caught:
        parse_command(line)
    return list(caught.value.findings)


def test_a_short_line() -> None:
    request = deploy_request(parse_command("deploy digits --environment digits:3 --entry-script score.py"))
    assert request == DeployRequest("digits", "score.py", environment="digits:3")


def test_every_option() -> None:
    line = (
        "deploy digits --requirements list.txt --entry-script src/score.py --source-dir src --model a --model b:2 "
        "--env B=2 --env A=1 --engine process --port 6789 --workers 2 --wait-seconds 1.5 --skip-checks --wait --json"
    )
    assert deploy_request(parse_command(line)) == DeployRequest(
        "digits",
        "src/score.py",
        requirements_file="list.txt",
        source_directory="src",
        models=("a", "b:2"),
        environment_variables=(("A", "1"), ("B", "2")),
        engine="process",
        port=6789,
        workers=2,
        wait_seconds=1.5,
        skip_checks=True,
    )


def test_every_option_of_a_container() -> None:
    line = (
        "deploy digits --environment digits --entry-script score.py --engine docker --image local/inference:1.0 "
        "--packages mount --cpu 0.5 --memory-gb 2 --gpus all --shm-size 512m --no-network --start image"
    )
    assert deploy_request(parse_command(line)) == DeployRequest(
        "digits",
        "score.py",
        environment="digits",
        engine="docker",
        image="local/inference:1.0",
        packages="mount",
        resources=Resources(0.5, 2.0, "all", "512m", network=False),
        start="image",
    )


def test_an_image_alone_holds_every_package() -> None:
    line = "deploy digits --engine docker --image local/inference:1.0 --entry-script score.py"
    request = deploy_request(parse_command(line))
    assert (request.environment, request.requirements_file, request.use_current_python) == (None, None, False)
    assert request.image == "local/inference:1.0"


def test_a_notebook_may_say_itself_that_it_needs_containers() -> None:
    assert parse_command("deploy work/Deploy.ipynb --cpu 2").number("cpu") == 2.0


@pytest.mark.parametrize("verb", ["deploy", "check", "plan"])
def test_the_current_python(verb: str) -> None:
    arguments = parse_argv(get_verb(verb), ["digits", "--python", "current", "--entry-script", "score.py"])
    assert deploy_request(arguments) == DeployRequest("digits", "score.py", use_current_python=True)


def test_a_notebook_brings_its_own_lines() -> None:
    assert is_notebook("deploy.ipynb")
    assert not is_notebook("deploy")
    arguments = parse_command("deploy work/Deploy.ipynb --port 80")
    with pytest.raises(DeclarationError) as caught:
        deploy_request(arguments)
    assert caught.value.code == "notebook-target"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (
            "--environment e --requirements r.txt --entry-script s.py",
            "exclusive-options",
            "--environment and --requirements exclude each other",
        ),
        (
            "--environment e --requirements r.txt --python current --entry-script s.py",
            "exclusive-options",
            "--environment and --requirements and --python exclude each other",
        ),
        ("--entry-script s.py", "missing-argument", "it is not said which packages the service runs with"),
        ("--environment e", "missing-argument", "the entry script is missing"),
        (
            "--environment e --entry-script s.txt",
            "invalid-script-name",
            "entry script 's.txt' is no .py file",
        ),
        (
            "--environment e --entry-script s.py --port 65536",
            "port-range",
            "port 65536 is not in the range 1 to 65535",
        ),
        (
            "--environment e --entry-script s.py --env A=1 --env A=2",
            "duplicate-key",
            "--env A is given twice with different values",
        ),
        (
            "--environment e --entry-script s.py --model a:x",
            "invalid-model",
            "'x' is no model version: a whole number from 1",
        ),
    ],
)
def test_what_cannot_be_deployed(options: str, code: str, message: str) -> None:
    (finding,) = faults(f"deploy digits {options}")
    assert (finding.code, finding.message) == (code, message)
    assert finding.remedy


def test_the_same_variable_twice_is_no_contradiction() -> None:
    line = "deploy digits --environment e --entry-script s.py --env A=1 --env A=1"
    assert deploy_request(parse_command(line)).environment_variables == (("A", "1"), ("A", "1"))


@pytest.mark.parametrize("path", ["./model.pkl", "models/net", "/data/net", ".."])
def test_a_path_is_a_model_too(path: str) -> None:
    line = f"deploy digits --environment e --entry-script s.py --model {path}"
    assert deploy_request(parse_command(line)).models == (path,)


def test_stop_and_score_need_to_be_told_what() -> None:
    assert parse_command("stop digits").text("name") == "digits"
    assert parse_command("stop --all").flag("all")
    assert parse_command("score digits --data 1").text("data") == "1"
    assert [finding.code for finding in faults("score digits")] == ["missing-argument"]


FORMER = DeployRequest(
    "digits",
    "score.py",
    environment="digits",
    environment_variables=(("A", "1"), ("B", "1")),
    engine="docker",
    resources=Resources(cpu=1.0, memory_gb=2.0, network=False),
)


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ("", {}),
        ("--environment other:2", {"environment": "other:2"}),
        ("--python current", {"use_current_python": True}),
        ("--env B=2 --env C=3", {"environment_variables": (("A", "1"), ("B", "2"), ("C", "3"))}),
        ("--model a --model b:2", {"models": ("a", "b:2")}),
        ("--cpu 0.5", {"resources": Resources(cpu=0.5, memory_gb=2.0, network=False)}),
        (
            "--entry-script s.py --image local/base:1 --packages bake --start image --workers 2 --skip-checks",
            {
                "entry_script": "s.py",
                "image": "local/base:1",
                "packages": "bake",
                "start": "image",
                "workers": 2,
                "skip_checks": True,
            },
        ),
        ("--engine process --port 80 --wait-seconds 3", {"engine": "process", "port": 80, "wait_seconds": 3.0}),
    ],
)
def test_what_an_update_changes(options: str, changes: dict[str, object]) -> None:
    assert deploy_changes(parse_command(f"update digits {options}"), FORMER) == changes


def test_an_update_can_cut_the_network() -> None:
    former = DeployRequest("digits", "score.py", engine="docker")
    changes = deploy_changes(parse_command("update digits --no-network"), former)
    assert changes == {"resources": Resources(network=False)}


def test_what_cannot_be_updated() -> None:
    codes = [finding.code for finding in faults("update digits --environment e --requirements r.txt --port 0")]
    assert codes == ["exclusive-options", "port-range"]
    (finding,) = faults("update digits --engine process --cpu 1")
    assert finding.remedy == "add --engine docker"
    (finding,) = faults("update digits --entry-script s.txt")
    assert finding.code == "invalid-script-name"


def test_the_image_of_a_package_is_what_it_becomes() -> None:
    arguments = parse_command("package digits --image local/digits:1 --base local/base:1 --env C=1")
    assert deploy_changes(arguments, FORMER) == {
        "image": "local/base:1",
        "environment_variables": (("A", "1"), ("B", "1"), ("C", "1")),
    }


def test_a_package_of_something_new() -> None:
    line = "package digits --output out --environment e --entry-script s.py --model a --env A=1 --base local/b:1"
    assert package_request(parse_command(line)) == DeployRequest(
        "digits",
        "s.py",
        environment="e",
        models=("a",),
        environment_variables=(("A", "1"),),
        engine="docker",
        image="local/b:1",
    )
    with pytest.raises(DeclarationError) as caught:
        package_request(parse_command("package Digits --image local/digits:1"))
    findings = caught.value.findings
    assert [finding.code for finding in findings] == ["invalid-service-name", "missing-argument", "missing-argument"]
    assert findings[1].remedy == "add one of --environment NAME, --requirements FILE"


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("package digits", ["missing-argument"]),
        ("package digits --output out --image local/digits:1", ["exclusive-options"]),
        ("package digits --image Digits", ["invalid-image"]),
        ("package digits --output out --base Digits", ["invalid-image"]),
        (
            "package x --output o --environment e --requirements r --model a:0 --env A=1 --env A=2 --entry-script x",
            ["exclusive-options", "invalid-model", "duplicate-key", "invalid-script-name"],
        ),
        ("environment dockerfile digits --base Digits", ["invalid-image"]),
        ("base build local/base:1", ["missing-argument"]),
    ],
)
def test_what_cannot_be_packaged(line: str, codes: list[str]) -> None:
    assert [finding.code for finding in faults(line)] == codes


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_a_name_alone_means_the_service_as_it_was_deployed(verb: str) -> None:
    arguments = parse_argv(get_verb(verb), ["digits", "--memory-gb", "2"])
    assert asks_again(arguments)
    assert deploy_changes(arguments, DeployRequest("digits", "score.py"))["resources"] == Resources(memory_gb=2)
    assert not asks_again(parse_argv(get_verb(verb), ["deploy.ipynb"]))
    with pytest.raises(DeclarationError):
        parse_argv(get_verb(verb), ["digits", "--environment", "digits"])
    with pytest.raises(DeclarationError):
        parse_argv(get_verb(verb), ["digits", "--engine", "process", "--memory-gb", "2"])


# locks and direct use -------------------------------------------------------------------------------------------------


def test_frozen_is_asked_for_and_kept() -> None:
    assert deploy_request(parse_command("deploy digits --environment digits --entry-script s.py --frozen")).frozen
    former = DeployRequest("digits", "s.py", environment="digits")
    assert deploy_changes(parse_command("update digits --frozen"), former) == {"frozen": True}
    assert deploy_changes(parse_command("update digits"), former) == {}


def test_a_lock_for_an_image() -> None:
    assert parse_command("environment lock digits")["engine"] == "process"
    assert parse_command("environment lock digits:2 --base local/base:1 --upgrade")["base"] == "local/base:1"
    (found,) = faults("environment lock digits --engine process --base local/base:1")
    assert (found.code, found.remedy) == ("exclusive-options", "leave --base out, or write --engine docker")
    (found,) = faults("environment lock digits --base Local/Base")
    assert found.code == "invalid-image"


def test_what_is_invoked_that_there_is_not_yet() -> None:
    line = "invoke digits --requirements r.txt --entry-script s.py --env B=2 --env A=1 --model m --frozen --data 1"
    assert invoke_request(parse_command(line)) == DeployRequest(
        "digits",
        "s.py",
        requirements_file="r.txt",
        models=("m",),
        environment_variables=(("A", "1"), ("B", "2")),
        frozen=True,
    )
    with pytest.raises(DeclarationError) as caught:
        invoke_request(parse_command("invoke Digits --python current --entry-script s.py --data 1"))
    assert caught.value.code == "invalid-service-name"


@pytest.mark.parametrize(
    ("rest", "codes"),
    [
        ("--data 1", []),
        ("--data 1 --env A=1 --engine process", []),
        ("", ["missing-argument"]),
        ("--data 1 --environment digits", ["missing-argument"]),
        ("--data 1 --entry-script s.py", ["missing-argument"]),
        ("--data 1 --environment digits --requirements r.txt --entry-script s.py", ["exclusive-options"]),
        ("--data 1 --debug-port 70000", ["port-range"]),
        ("--data 1 --debug --json", ["exclusive-options"]),
        ("--data 1 --model m:x --env A=1 --env A=2", ["invalid-model", "duplicate-key"]),
    ],
)
def test_what_is_wrong_with_a_line_of_invoke(rest: str, codes: list[str]) -> None:
    if not codes:
        assert asks_again(parse_command(f"invoke digits {rest}"))
        return
    found = faults(f"invoke digits {rest}")
    assert [finding.code for finding in found] == codes
    assert "--port " not in found[0].remedy
