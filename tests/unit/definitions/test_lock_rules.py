from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.host import HostFacts, Interpreter
from azml_magics.definitions.image_platform import host_platform
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.lock_rules import (
    check_host_lock,
    check_lock_target,
    holding_lock,
    lines_to_install,
    locked_python,
    locked_versions,
    pinned_lines,
)
from azml_magics.definitions.requirements import parse_requirements

TEXT = "--find-links /wheels\n--pre\nnumpy>=2"
LINES = ("numpy==2.2.6 --hash=sha256:" + "a" * 64, "six @ file:///six.whl --hash=sha256:" + "b" * 64)
PLATFORM = "x86_64-manylinux_2_31"


def locked(python: str | None = "3.11", made_for: str = "3.11", platform: str = PLATFORM) -> Environment:
    unlocked = Environment("digits", python, parse_requirements(TEXT))
    return replace(unlocked, lock=Lock(unlocked.digest(), made_for, platform, LINES))


def host(libc: str = "glibc 2.36", platform: str = "linux-x86_64") -> HostFacts:
    return HostFacts(platform, Interpreter(Path("python"), "3.11.7"), libc=libc)


def test_a_lock_holds_for_its_definition_alone() -> None:
    environment = locked()
    assert holding_lock(environment) is environment.lock
    assert holding_lock(replace(environment, name="other", version=3, description="text")) is environment.lock
    assert holding_lock(replace(environment, python="3.12")) is None
    assert holding_lock(environment.unlocked()) is None
    assert holding_lock(None) is None


def test_what_is_installed_from_a_lock() -> None:
    environment = locked()
    assert lines_to_install(environment) == ("--find-links /wheels", "--pre", *LINES)
    changed = replace(environment, requirements=parse_requirements("numpy>=1"))
    assert lines_to_install(changed) == ("numpy>=1",)


def test_a_lock_is_part_of_the_definition() -> None:
    environment = locked()
    assert environment.digest() != environment.unlocked().digest()
    lock = environment.lock
    assert lock is not None
    assert Lock.from_document(lock.document()) == lock


def test_the_versions_of_a_lock() -> None:
    assert locked_versions(LINES) == {"numpy": "2.2.6", "six": "file:///six.whl"}


def test_pins_are_single_versions_without_condition() -> None:
    text = "--pre\na==1\nb>=1\nc==1.*\nd==1; python_version<'4'\ne==1,<2\nf @ file:///f.whl\ng===1"
    assert pinned_lines(Environment("digits", requirements=parse_requirements(text))) == ("a==1", "g===1")


@pytest.mark.parametrize(
    ("environment", "python"),
    [
        (locked(), "3.11"),
        (locked(None), "3.11"),
        (locked("3.11.4"), "3.11.4"),
        (locked("3.8.13", "3.11"), "3.11"),
        (Environment("digits", "3.9"), "3.9"),
        (Environment("digits"), None),
    ],
)
def test_the_python_of_a_locked_environment(environment: Environment, python: str | None) -> None:
    assert locked_python(environment) == python


@pytest.mark.parametrize(
    ("made_for", "platform", "fits"),
    [
        (PLATFORM, PLATFORM, True),
        (PLATFORM, "x86_64-manylinux_2_36", True),
        ("x86_64-manylinux_2_36", PLATFORM, False),
        (PLATFORM, "aarch64-manylinux_2_31", False),
        (PLATFORM, "x86_64-unknown-linux-musl", False),
        (PLATFORM, None, True),
        ("darwin-arm64", "darwin-arm64", True),
    ],
)
def test_wheels_for_a_glibc_run_with_a_newer_one(made_for: str, platform: str | None, fits: bool) -> None:
    environment = locked(platform=made_for)
    found = [*check_lock_target(environment, "3.11.9", platform, target="image x", remedy="azml environment lock x")]
    assert [finding.code for finding in found] == ([] if fits else ["lock-target"])


def test_another_python_is_another_target() -> None:
    (found,) = check_lock_target(locked(), "3.9.2", PLATFORM, target="image x", remedy="azml environment lock x")
    assert found.message == (
        f"the lock of environment digits is for Python 3.11 on {PLATFORM}, image x has Python 3.9.2 on {PLATFORM}"
    )
    assert found.remedy == "lock it for that: azml environment lock x"
    assert [*check_lock_target(Environment("digits"), "3.9", PLATFORM, target="", remedy="")] == []


def test_a_lock_for_another_machine() -> None:
    assert [*check_host_lock(locked(), host())] == []
    assert [*check_host_lock(None, host())] == []
    (found,) = check_host_lock(locked(), host("glibc 2.28"))
    assert "this machine" in found.message
    assert found.remedy == "lock it for that: azml environment lock digits"


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (host(), "x86_64-manylinux_2_36"),
        (host("musl 1.2"), "x86_64-unknown-linux-musl"),
        (host(""), "linux-x86_64"),
        (host("", "darwin-arm64"), "darwin-arm64"),
    ],
)
def test_what_uv_calls_this_machine(facts: HostFacts, name: str) -> None:
    assert host_platform(facts) == name
