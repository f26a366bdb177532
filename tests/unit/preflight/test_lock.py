from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.preflight import DeploymentFacts, check_deployment
from azml_magics.preflight.lock import check

SCRIPT = EntryScript("score.py", "def init(): pass\ndef run(data): return data\n")
UNLOCKED = Environment("digits", "3.11", parse_requirements("numpy"))
LOCK = Lock(UNLOCKED.digest(), "3.11", "x86_64-manylinux_2_31", ("numpy==2 --hash=sha256:" + "a" * 64,))
LOCKED = replace(UNLOCKED, lock=LOCK)
HOST = HostFacts("linux-x86_64", Interpreter(Path("python"), "3.11.7"), libc="glibc 2.36")


def codes(environment: Environment | None, facts: DeploymentFacts, engine: str = "process") -> list[str]:
    return [finding.code for finding in check(Deployment("digits", SCRIPT, environment, engine=engine), facts)]


def test_a_lock_that_holds_is_nothing_to_talk_about() -> None:
    assert codes(LOCKED, DeploymentFacts(host=HOST)) == []
    assert codes(None, DeploymentFacts(host=HOST)) == []
    assert codes(UNLOCKED, DeploymentFacts(host=HOST)) == []


def test_a_changed_environment_has_lost_its_lock() -> None:
    facts = DeploymentFacts(host=HOST, lapsed_lock="digits:2")
    (found,) = check(Deployment("digits", SCRIPT, UNLOCKED), facts)
    assert (found.code, found.severity) == ("lock-lapsed", "warning")
    assert "digits:2" in found.message
    assert found.remedy == "lock it again: azml environment lock digits"
    assert codes(replace(LOCKED, python="3.12", version=4), DeploymentFacts()) == ["lock-lapsed"]


def test_a_lock_for_another_platform_is_an_error_here_and_not_for_containers() -> None:
    old = DeploymentFacts(host=replace(HOST, libc="glibc 2.28"))
    assert codes(LOCKED, old) == ["lock-target"]
    assert codes(LOCKED, old, "docker") == []


def test_what_is_locked_counts_as_pinned() -> None:
    def found(environment: Environment) -> list[str]:
        findings = check_deployment(Deployment("digits", SCRIPT, environment), DeploymentFacts(host=HOST))
        return [finding.code for finding in findings]

    assert "unpinned-requirements" in found(UNLOCKED)
    assert "unpinned-requirements" not in found(LOCKED)
