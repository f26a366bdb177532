"""Results of verbs as JSON: what a worker gives back is equal to what was done here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path

import pytest

from azml_magics.assets.building import EnvironmentBuild
from azml_magics.assets.locking import LockReport
from azml_magics.background.value_codec import decode_value, encode_value
from azml_magics.cells.interpret import interpret
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.errors import Finding, Frame, Place
from azml_magics.images.bases import BaseBuild
from azml_magics.images.package import BuiltPackage, WrittenPackage
from azml_magics.magics.results import shown
from azml_magics.show.document import document_of
from azml_magics.show.results import DemoReport, Listing

BODY = """\
python: "3.11"
environment_variables: {TOKEN: s3cret}
requirements: [numpy==2.2.6]
tags: {team: a}
"""
FINDING = Finding("code", "message", "remedy", Place("cell In [3]", 2, 1, "text", 4), "warning")
REPORT = ServiceReport(
    "digits",
    "running",
    "process",
    port=5001,
    log_path=Path("service.log"),
    models=("m:1",),
    started=datetime(2026, 1, 2, 3, 4, 5, 678, timezone.utc),
    stages={"check": 0.25},
    reasons={"plan": "new"},
)


RESPONSE = ScoringResponse("digits", 200, b"\x00\xff", (("a", "b"),), 1.5, "id", frames=(Frame("score.py", 1, "run"),))
FACTS = ImageFacts("base:1", "sha256:1", packages=(("numpy", "2.2.6"),))


def environment_declared() -> Environment:
    declaration = interpret("environment", "digits", BODY, label="cell In [3]")
    assert isinstance(declaration.value, EnvironmentDraft)
    declarations = Declarations()
    declarations.declare(declaration.value)
    environment = declarations.environment("digits")
    assert environment is not None
    return environment


def values() -> list[object]:
    """What each verb that runs behind a cell gives."""
    environment = environment_declared()
    locked = replace(environment, lock=Lock("d", "3.11.2", "linux", ("numpy==2.2.6",)))
    return [
        REPORT,
        Listing("service", (REPORT, REPORT), rest="more"),
        DemoReport(REPORT, "[1]", RESPONSE, ("azml services",)),
        EnvironmentBuild(environment, "venv", "venv", Path("python"), False, "new", 1.5, (("numpy", "2.2.6"),)),
        LockReport(locked, locked.lock),
        WrittenPackage(Path("out"), 3, 4, None, (FINDING,)),
        BuiltPackage("tag", FACTS, True, "equal", (FINDING,)),
        BaseBuild("name", FACTS, "from", False, "new"),
    ]


@pytest.mark.parametrize("value", values(), ids=lambda value: type(value).__name__)
def test_results_come_back_equal(value: object) -> None:
    back = decode_value(json.loads(json.dumps(encode_value(value))))
    assert type(back) is type(value)
    assert back == value
    assert document_of(back) == document_of(value)
    assert repr(shown(back, figures=True)) == repr(shown(value, figures=True))


PLAIN = (None, True, 3, 1.5, "text", (), ("a", (1,)), [1, (2,)], frozenset({"a", "b"}), {"a": 1})


@pytest.mark.parametrize("value", PLAIN)
def test_plain_values_come_back_equal(value: object) -> None:
    back = decode_value(json.loads(json.dumps(encode_value(value))))
    assert (type(back), back) == (type(value), value)


@pytest.mark.parametrize("value", [object(), Fraction(1, 2), int, {"a": object()}])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is no value that a worker can give back"):
        encode_value(value)


@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("azml_magics.session", "Session")])
def test_nothing_but_our_values_is_made(module: str, name: str) -> None:
    with pytest.raises(ValueError, match="is no value of azml_magics"):
        decode_value({"#": "value", "module": module, "class": name, "fields": {}})
