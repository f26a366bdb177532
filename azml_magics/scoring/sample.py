"""A body to begin with, made from what the swagger document of a service says; reading that is left to the callers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from azml_magics.definitions.endpoint import Endpoint

#: What an undecorated ``run()`` is usually sent (AZUREML.md 1.6).
EMPTY_BODY = '{\n  "data": []\n}'
SWAGGER_TIMEOUT_SECONDS = 5.0
#: A schema may contain itself.
MOST_LEVELS = 8
_LEAVES: Mapping[str, object] = {"string": "", "integer": 0, "number": 0.0, "boolean": False, "null": None}


def read_swagger(endpoint: Endpoint) -> object:
    """The document of a running service, ``None`` when it has none that is JSON or does not answer."""
    import requests

    with requests.Session() as session:
        session.trust_env = False  # as scoring.client
        try:
            answer = session.get(
                f"{endpoint.base_url}/swagger.json", timeout=SWAGGER_TIMEOUT_SECONDS, allow_redirects=False
            )
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            return None  # a body to begin with is a convenience: sending tells what is wrong with the service


def render_sample(swagger: object) -> str | None:
    """A body for ``/score`` as indented JSON; ``None`` when the document does not say what is sent."""
    schema = _score_schema(swagger)
    value = _example(schema, swagger, MOST_LEVELS) if schema is not None else None
    return json.dumps(value, indent=2, ensure_ascii=False) if value not in (None, {}) else None


def _score_schema(swagger: object) -> object:
    """What ``POST /score`` takes, in version 2 or 3 of the format."""
    paths = _at(swagger, "paths")
    for path in paths if isinstance(paths, dict) else ():
        if path.rstrip("/").endswith("/score"):
            post = _at(paths, path, "post")
            body = _at(post, "requestBody", "content", "application/json", "schema")
            parameters = _at(post, "parameters")
            for parameter in parameters if isinstance(parameters, list) else ():
                if _at(parameter, "in") == "body":
                    body = _at(parameter, "schema")
            if body is not None:
                return body
    return None


def _example(schema: object, swagger: object, levels: int) -> object:
    if not isinstance(schema, dict) or levels == 0:
        return None
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        return _example(_at(swagger, *reference[2:].split("/")), swagger, levels - 1)
    for key in ("example", "default"):
        if schema.get(key) not in (None, {}):
            return schema[key]
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return choices[0]
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return {name: _example(each, swagger, levels - 1) for name, each in properties.items()}
    if schema.get("type") == "array":
        return [_example(schema.get("items"), swagger, levels - 1)]
    kind = schema.get("type")
    return {} if kind == "object" else _LEAVES.get(kind) if isinstance(kind, str) else None


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
