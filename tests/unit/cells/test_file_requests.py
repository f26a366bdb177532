"""Lines of ``deploy --file`` and ``export``: what goes together and what is missing."""

from __future__ import annotations

import pytest

from azml_magics.cells.arguments import parse_command
from azml_magics.cells.file_requests import given_name
from azml_magics.errors import DeclarationError


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("deploy --file deployment.yml", None),
        ("deploy my-service --file deployment.yml", "my-service"),
        ("deploy --file deployment.yml --name my-service --engine docker --port 5002", "my-service"),
        ("deploy --file deployment.yml --environment e --env A=1 --model ./m.pkl", None),
        ("export my-service -d out --overwrite --base a:1", "my-service"),
    ],
)
def test_what_can_be_said(line: str, name: str | None) -> None:
    assert given_name(parse_command(line)) == name


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("deploy", ["missing-argument"]),
        ("deploy --environment e --entry-script score.py", ["missing-argument"]),
        ("deploy --name x", ["exclusive-options"]),
        ("deploy a.ipynb --file deployment.yml", ["exclusive-options"]),
        ("deploy abc --file deployment.yml --name abd", ["exclusive-options"]),
        ("deploy A_b --file deployment.yml", ["invalid-service-name"]),
        ("deploy --file deployment.yml --name A_b", ["invalid-service-name"]),
        (
            "deploy --file d.yml --entry-script s.py --source-dir src --port 0",
            ["exclusive-options", "exclusive-options", "port-range"],
        ),
        ("deploy --file d.yml --environment e --requirements r.txt", ["exclusive-options"]),
        ("export my-service", ["missing-argument"]),
        ("export my-service -d out --base 'A B'", ["invalid-image"]),
    ],
)
def test_what_is_wrong(line: str, codes: list[str]) -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_command(line)
    assert [finding.code for finding in caught.value.findings] == codes
    assert all(finding.remedy for finding in caught.value.findings)
