"""Which Python an environment gets where the one it names is not on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.image_source import ImageSource
from azml_magics.plan.planner import plan_deployment, plan_packages
from azml_magics.plan.pythons import choose_python
from azml_magics.preflight import DeploymentFacts, check_deployment

FOUND = ("3.12.4", "3.10.13", "3.9.18")


def host(found: tuple[str, ...] = FOUND, current: str = "3.11.2") -> HostFacts:
    return HostFacts("linux-x86_64", Interpreter(Path("python"), current), find_pythons=lambda: found)


@pytest.mark.parametrize(
    ("asked", "chosen", "reason"),
    [
        (None, "3.11", ""),
        ("3.8", "3.8", ""),
        ("3.12.4", "3.12.4", ""),
        ("3.11.2", "3.11.2", ""),
        ("3.10.18", "3.10", "Python 3.10 instead of 3.10.18, which is not on this machine"),
        ("3.11.9", "3.11", "Python 3.11 instead of 3.11.9, which is not on this machine"),
        ("3.8.13", "3.11", "Python 3.11 instead of 3.8.13, which is Azure's default and not on this machine"),
        ("3.8.10", "3.8.10", ""),
        ("3.1.5", "3.1.5", ""),
    ],
)
def test_the_choice(asked: str | None, chosen: str, reason: str) -> None:
    assert choose_python(asked, host()) == (chosen, reason)


def test_the_machine_is_asked_only_where_it_matters() -> None:
    def refuse() -> tuple[str, ...]:
        raise AssertionError("nobody needs to know")

    facts = HostFacts("linux-x86_64", Interpreter(Path("python"), "3.11.2"), find_pythons=refuse)
    assert choose_python("3.8", facts) == ("3.8", "")
    assert choose_python(None, facts) == ("3.11", "")


def test_the_reason_is_in_the_plan() -> None:
    environment = Environment("plain", "3.8.13")
    packages = plan_packages(environment, host())
    assert packages.python == "3.11"
    assert packages.key == plan_packages(Environment("plain", "3.11"), host()).key
    deployment = Deployment("plain", EntryScript("score.py", ""), environment)
    action = plan_deployment(deployment, packages, artifact=None, running=None).action("packages")
    assert action.reason == (
        f"nothing built for this definition yet (key {packages.key[:8]}); "
        "Python 3.11 instead of 3.8.13, which is Azure's default and not on this machine"
    )


def test_conda_brings_the_python_that_is_named() -> None:
    environment = conda_environment("solved", CondaDependencies(("python=3.8.13", "numpy")))
    packages = plan_packages(environment, host())
    assert (packages.python, packages.python_reason) == ("3.8.13", "")


def test_azures_own_example_needs_any_python_and_none_of_its_images() -> None:
    training = ImageSource("mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20240101.v1")
    environment = conda_environment("plain", default_conda(), image_source=training)
    packages = plan_packages(environment, host(()))
    assert (packages.python, packages.requirement_lines, packages.conda) == ("3.11", (SERVER,), None)
    deployment = Deployment("plain", EntryScript("score.py", "def init(): pass\ndef run(data): pass\n"), environment)
    findings = check_deployment(deployment, DeploymentFacts())
    assert [finding.code for finding in findings if finding.severity == "error"] == []
