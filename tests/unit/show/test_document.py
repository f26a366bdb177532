"""The JSON forms: complete, parsable, with the keys that scripts rely on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azml_magics.definitions.declarations import Change
from azml_magics.definitions.environment import Environment
from azml_magics.errors import BuildError, DeclarationError, Frame, Place, ScriptError, StartError
from azml_magics.show.document import document_of, error_document, render_json
from azml_magics.show.results import CheckReport, DemoReport, JobReport, Listing
from tests.unit.show import values


def parsed(document: object) -> Any:
    return json.loads(render_json(document))


def test_report_has_the_promised_keys() -> None:
    document = parsed(document_of(values.report()))
    assert {
        "name": "digits",
        "state": "running",
        "engine": "process",
        "scoring_uri": "http://localhost:5001/score",
        "swagger_uri": "http://localhost:5001/swagger.json",
        "pid": 4001,
        "log_path": "/log/0",
        "stages": {"check": 0.12, "start": 1.26},
    }.items() <= document.items()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"plain", "plain"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "[Infinity]"),
        (b"\xff", "\ufffd"),
        (b"", ""),
        (b'"\\ud800"', "\ud800"),
        (b"[" * 100_000, "[" * 100_000),
    ],
)
def test_bodies(body: bytes, expected: object) -> None:
    assert parsed(document_of(values.response(body=body)))["body"] == expected


def test_every_reported_value_has_a_json_form() -> None:
    for value in (
        values.response(status=500),
        values.model(),
        values.ENVIRONMENT,
        values.DRAFT,
        values.IMAGE_DRAFT,
        values.PLAN,
        CheckReport("digits", values.FINDINGS),
        JobReport("digits", "running"),
        DemoReport(values.report(), "[1]", values.response(), ()),
        Listing("service", (values.report(),)),
        Listing("request", (values.request(),)),
        Listing("plan", (values.PLAN,)),
    ):
        assert parsed(document_of(value))


def test_listing_is_a_list() -> None:
    assert parsed(document_of(Listing("service", ()))) == []
    assert [item["name"] for item in parsed(document_of(Listing("model", (values.model(),))))] == ["digits"]


def test_credentials_are_masked() -> None:
    variables = (("INDEX", "https://me:hunter2@example.org/simple"),)
    environment = Environment("private", None, values.SECRET, variables)
    assert "hunter2" not in render_json(document_of(environment))
    document = parsed(document_of(values.IMAGE))["image_source"]
    assert document["dockerfile"] == "FROM a:1\nRUN pip install -i https://***@example.org/simple\n"
    assert (document["apt"], document["user_managed"]) == (["git", "curl"], True)


def test_error_with_findings() -> None:
    error = parsed(error_document(DeclarationError("it cannot be done", values.FINDINGS)))["error"]
    assert error["code"] == "one"
    assert error["message"] == "it cannot be done"
    assert error["place"] == {"source": "cell", "line": 2, "column": 1, "text": "text"}
    assert [(finding["code"], finding["severity"]) for finding in error["findings"]] == [
        ("one", "error"),
        ("two", "warning"),
    ]


def test_errors_of_builds_and_starts() -> None:
    build = parsed(error_document(BuildError("no wheel", remedy="choose", details=["line"])))["error"]
    assert (build["code"], build["remedy"], build["details"], build["findings"]) == ("build", "choose", ["line"], [])
    start = parsed(error_document(StartError("no", log_tail=["end"], process_exit_code=3)))["error"]
    assert (start["log_tail"], start["process_exit_code"]) == (["end"], 3)
    frame = Frame("score.py", 2, "init", "raise", Place("cell In [3]", 3))
    script = parsed(error_document(ScriptError("no", frames=[frame], exception="ValueError")))["error"]
    assert script["frames"][0]["origin"]["line"] == 3
    assert script["exception"] == "ValueError"


def test_unknown_values_are_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form for Change"):
        document_of(Change("environment", "digits", "new"))
