"""All subjects together: errors first, and nothing against a deployment in order."""

from __future__ import annotations

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.preflight import CHECKS, DeploymentFacts, check_deployment

SCRIPT = EntryScript("score.py", "import numpy\n\n\ndef init(): ...\n\n\ndef run(data): ...\n")


def test_a_deployment_in_order() -> None:
    deployment = Deployment("digits", SCRIPT, Environment("digits", requirements=parse_requirements("numpy==2.2.6")))
    assert check_deployment(deployment, DeploymentFacts()) == ()


def test_errors_come_before_warnings_and_in_the_order_of_subjects() -> None:
    script = EntryScript("score.py", "import pandas\n\n\ndef run(*data): ...\n")
    environment = Environment("digits", requirements=parse_requirements("numpy"))
    findings = check_deployment(Deployment("Digits", script, environment, port=0), DeploymentFacts())
    assert [(finding.code, finding.severity) for finding in findings] == [
        ("invalid-service-name", "error"),
        ("port-range", "error"),
        ("missing-function", "error"),
        ("run-signature", "error"),
        ("unpinned-requirements", "warning"),
        ("import-not-declared", "warning"),
    ]
    assert all(finding.message and finding.remedy for finding in findings)
    assert CHECKS == ("service", "environment", "requirements", "lock", "script", "image")
