"""Deployments and endpoints through JSON text and back, with nothing lost."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.model import Model
from azml_magics.definitions.requirements import RequirementLine, Requirements
from azml_magics.workspace.deployment_codec import (
    deployment_from_dict,
    deployment_to_dict,
    endpoint_from_dict,
    endpoint_to_dict,
    environment_from_dict,
    environment_to_dict,
)

T = TypeVar("T")

TEXT = st.text(max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20).map(Path)
COUNT = st.integers(0, 2**40)
LINES = st.lists(st.builds(RequirementLine, TEXT, COUNT, st.none() | TEXT), max_size=3).map(tuple)
ENVIRONMENTS = st.builds(
    Environment, TEXT, st.none() | TEXT, st.builds(Requirements, TEXT, LINES), PAIRS, st.none() | COUNT
)
TIMES = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(timezone.utc))
MODELS = st.builds(
    Model, TEXT, COUNT, TEXT, st.booleans(), TEXT, COUNT, PAIRS, PAIRS, TEXT, st.none() | TIMES,
    st.none() | TEXT, st.none() | TEXT, st.none() | PATHS,
)  # fmt: skip
DEPLOYMENTS = st.builds(
    Deployment,
    name=TEXT,
    entry_script=st.builds(
        EntryScript, TEXT, TEXT, st.none() | st.builds(Origin, TEXT, st.integers(-5, 500)), st.none() | PATHS
    ),
    environment=st.none() | ENVIRONMENTS,
    use_current_python=st.booleans(),
    source_directory=st.none() | PATHS,
    models=st.lists(MODELS, max_size=3).map(tuple),
    environment_variables=PAIRS,
    engine=TEXT,
    port=st.none() | COUNT,
    workers=st.none() | COUNT,
    wait_seconds=st.floats(allow_nan=False),
)
ENDPOINTS = st.builds(
    Endpoint,
    TEXT,
    TEXT,
    COUNT,
    PATHS,
    PATHS,
    pid=st.none() | COUNT,
    process_created=st.none() | st.floats(allow_nan=False),
    container=st.none() | TEXT,
    started=st.none() | st.datetimes(timezones=st.just(timezone.utc)),
)


def through_json(value: T) -> T:
    result: T = json.loads(json.dumps(value))
    return result


@given(DEPLOYMENTS)
def test_deployments(deployment: Deployment) -> None:
    assert deployment_from_dict(through_json(deployment_to_dict(deployment))) == deployment


@given(ENVIRONMENTS)
def test_environments_with_their_digest(environment: Environment) -> None:
    read = environment_from_dict(through_json(environment_to_dict(environment)))
    assert read == environment
    assert read.digest() == environment.digest()


@given(ENDPOINTS)
def test_endpoints(endpoint: Endpoint) -> None:
    assert endpoint_from_dict(through_json(endpoint_to_dict(endpoint))) == endpoint


def test_no_field_is_forgotten() -> None:
    """A new field of a value must be written down too: the generated ones above would not know of it."""
    script = EntryScript("score.py", "", Origin("cell In [1]"), Path("/x"))
    value = deployment_to_dict(Deployment("digits", script, Environment("e")))
    assert value.keys() == {field.name for field in fields(Deployment)}
    assert value["entry_script"].keys() == {field.name for field in fields(EntryScript)}
    # Whether a version is archived is a column of its own, which changes after it was written.
    assert value["environment"].keys() == {field.name for field in fields(Environment)} - {"archived"}
    assert len(value["entry_script"]["origin"]) == len(fields(Origin))
