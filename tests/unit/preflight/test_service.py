"""What a service is called and how it listens."""

from __future__ import annotations

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.preflight import DeploymentFacts
from azml_magics.preflight.service import check

SCRIPT = EntryScript("score.py", "")


@pytest.mark.parametrize(
    ("deployment", "codes"),
    [
        (Deployment("digits", SCRIPT), []),
        (Deployment("digits", SCRIPT, port=6789, workers=1), []),
        (Deployment("digits", SCRIPT, environment_variables=(("A=B", "1"),)), ["invalid-variable"]),
        (Deployment("digits", SCRIPT, Environment("e", environment_variables=(("", "1"),))), ["invalid-variable"]),
        (Deployment("d", SCRIPT, port=70000, workers=0), ["invalid-service-name", "port-range", "workers-range"]),
    ],
)
def test_name_port_and_workers(deployment: Deployment, codes: list[str]) -> None:
    assert [finding.code for finding in check(deployment, DeploymentFacts())] == codes
