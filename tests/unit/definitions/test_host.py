"""Interpreters and endpoints as plain facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.host import HostFacts, Interpreter


@pytest.mark.parametrize(("version", "minor"), [("3.11.7", "3.11"), ("3.8.18", "3.8"), ("3.13.0", "3.13")])
def test_the_minor_version_of_an_interpreter(version: str, minor: str) -> None:
    assert Interpreter(Path("python3"), version).minor == minor


def test_facts_are_plain_values() -> None:
    interpreter = Interpreter(Path("python3"), "3.11.7")
    assert HostFacts("linux-x86_64", interpreter) == HostFacts("linux-x86_64", interpreter, ())
    assert Artifact("venv", "key", Path("python3")) == Artifact("venv", "key", Path("python3"), None, ())


def test_an_endpoint_is_talked_to_on_loopback() -> None:
    endpoint = Endpoint("digits", "process", 6789, Path("service.log"), Path("digits"))
    assert endpoint.base_url == "http://127.0.0.1:6789"
