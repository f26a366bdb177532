"""Findings about images as bases, from facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.plan.base_check import check_base, wrong_architecture

GOOD = ImageFacts(
    "local/base",
    "sha256:0",
    user="dockeruser",
    uid=1000,
    gid=1000,
    command=("run",),
    python="/azureml-envs/azml/bin/python",
    python_version="3.11.2",
    libc="glibc 2.36",
    packages=((SERVER, "1.5.1"), ("pip", "23.0")),
)


def codes(facts: ImageFacts, architecture: str = "amd64") -> list[str]:
    findings = check_base(facts, architecture=architecture)
    assert all(finding.remedy for finding in findings)
    assert all(facts.reference in finding.message for finding in findings)
    return [finding.code for finding in findings]


def test_a_good_base() -> None:
    assert codes(GOOD) == []
    assert codes(replace(GOOD, has_runit=True, command=())) == []
    assert codes(replace(GOOD, entrypoint=("/init",), command=())) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"architecture": "arm64"}, "emulated"),
        ({"reference": "mcr.microsoft.com/azureml/minimal-ubuntu20.04-py38-cpu-inference:20240101.v1"}, "base-retired"),
        ({"python_version": "3.8.10"}, "server-outdated"),
        ({"packages": ((SERVER, "1.5.1"),)}, "pip-missing"),
        ({"externally_managed": True}, "externally-managed"),
        ({"libc": "musl 1.2"}, "musl"),
        ({"packages": (("pip", "23.0"),)}, "server-missing"),
        ({"user": ""}, "root-user"),
        ({"user": "root:root"}, "root-user"),
        ({"user": "0:1000"}, "root-user"),
        ({"command": ()}, "no-command"),
    ],
)
def test_each_doubt(changes: dict[str, object], code: str) -> None:
    facts = replace(GOOD, **changes)  # type: ignore[arg-type]
    assert codes(facts) == [code]
    assert check_base(facts, architecture="amd64")[0].severity == "warning"


def test_without_python_nothing_is_said_of_packages_and_errors_come_first() -> None:
    facts = replace(GOOD, python=None, python_version=None, libc=None, packages=(), user="")
    assert codes(facts) == ["image-without-python", "root-user"]
    assert check_base(facts, architecture="amd64")[0].severity == "error"


def test_another_processor() -> None:
    finding = wrong_architecture(replace(GOOD, architecture="arm64"), "amd64")
    assert (finding.code, finding.severity) == ("wrong-architecture", "error")
    assert "linux/arm64" in finding.message
