"""Bodies to begin with, from swagger documents as the server writes them (AZUREML.md 1.10) and as users do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azml_magics.scoring.sample import EMPTY_BODY, render_sample

NUMPY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "data": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number", "format": "double"}},
            "format": "numpy.ndarray",
        },
        "method": {"type": "string"},
    },
}


def document(schema: object, version: int = 2, path: str = "/score") -> dict[str, Any]:
    if version == 2:
        post: dict[str, Any] = {
            "parameters": [{"name": "p", "in": "body", "schema": {"$ref": "#/definitions/ServiceInput"}}]
        }
        return {"swagger": "2.0", "paths": {"/": {}, path: {"post": post}}, "definitions": {"ServiceInput": schema}}
    reference = {"$ref": "#/components/schemas/ServiceInput"}
    post = {"requestBody": {"content": {"application/json": {"schema": reference}}}}
    return {"openapi": "3.0.3", "paths": {path: {"post": post}}, "components": {"schemas": {"ServiceInput": schema}}}


@pytest.mark.parametrize("version", [2, 3])
def test_the_example_of_the_document(version: int) -> None:
    example = {"data": [[1.0, 2.0]], "method": "sum"}
    body = render_sample(document({**NUMPY, "example": example}, version))
    assert body is not None
    assert json.loads(body) == example


def test_without_an_example_the_types_are_filled_in() -> None:
    body = render_sample(document(NUMPY))
    assert body is not None
    assert json.loads(body) == {"data": [[0.0]], "method": ""}


def test_a_path_of_the_users_own_and_text_that_is_no_ascii() -> None:
    body = render_sample(document({"type": "string", "example": "grün"}, path="/api/v1/service/digits/score"))
    assert body == '"grün"'


@pytest.mark.parametrize(
    "swagger",
    [
        document({"type": "object", "example": {}}),  # what an undecorated run() has
        None,
        [],
        {"paths": []},
        {"paths": {"/score": {"post": {"parameters": "?"}}}},
        document({"$ref": "https://example.com/schema.json"}),
        {**document({}), "definitions": None},
    ],
)
def test_documents_that_do_not_say_it(swagger: object) -> None:
    assert render_sample(swagger) is None


def test_a_schema_that_contains_itself_ends() -> None:
    itself = {
        "type": "object",
        "properties": {"left": {"$ref": "#/definitions/ServiceInput"}, "n": {"type": "integer"}},
    }
    assert render_sample(document(itself)) is not None
    assert json.loads(EMPTY_BODY) == {"data": []}
