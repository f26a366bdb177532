"""Shown values are the values themselves, with a look."""

from __future__ import annotations

import asyncio
import dataclasses
import pickle
from typing import Any

import pytest

from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.magics.results import Shown, shown
from tests.unit.show import values

INDEXES = range(len(values.everything()))


@pytest.mark.parametrize("index", INDEXES)
def test_every_result_is_shown_as_what_it_is(index: int) -> None:
    value: Any = values.everything()[index]
    made = shown(value, figures=True)
    assert isinstance(made, Shown)
    assert isinstance(made, type(value))
    for field in dataclasses.fields(value):
        assert getattr(made, field.name) == getattr(value, field.name)
    assert made._repr_html_().startswith("<div><strong>")


@pytest.mark.parametrize("index", INDEXES)
def test_headless_looks_are_stable(index: int) -> None:
    one: Any = shown(values.everything(0)[index], figures=False)
    other: Any = shown(values.everything(1)[index], figures=False)
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()


def test_methods_and_notes() -> None:
    response = shown(values.response(), figures=False)
    assert isinstance(response, ScoringResponse)
    assert response.json() == {"answer": [2]}
    report = shown(values.report(), figures=False, notes=("warning: numpy is not pinned",))
    assert isinstance(report, ServiceReport)
    assert report.scoring_uri == "http://localhost:5001/score"
    assert repr(report).splitlines()[-1] == "warning: numpy is not pinned"


@pytest.mark.parametrize("index", INDEXES)
def test_a_result_answers_as_a_job_does(index: int) -> None:
    """Where nothing is done behind a cell, ``package`` and ``base build`` give their results at once, too."""
    made: Any = shown(values.everything()[index], figures=False)

    async def main() -> Any:
        return await made

    assert made.result() is made is asyncio.run(main())
    assert made.wait(0)


def test_a_result_can_be_kept_with_pickle() -> None:
    report = shown(values.report(), figures=False, notes=("a note",))
    kept = pickle.loads(pickle.dumps(report))
    assert type(kept) is type(report)
    assert kept == report
    assert repr(kept) == repr(report)


def test_other_values_stay_as_they_are() -> None:
    assert shown([1], figures=True) == [1]
