"""Percentiles and histograms of latencies: every value counts once, and what is told was measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from azml_magics.definitions.load_test import (
    BINS,
    MOST_CONCURRENCY,
    MOST_REQUESTS,
    LoadReport,
    LoadSize,
    latency_histogram,
    percentile,
)

LATENCIES = some.lists(some.floats(0, 1e6, allow_nan=False, allow_subnormal=False), max_size=60)


@given(LATENCIES, some.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(values)
    plain = [value for value in ordered if sum(other <= value for other in ordered) >= share * len(ordered)]
    assert percentile(ordered, share) == (plain[0] if plain else None)


@given(LATENCIES)
def test_every_value_is_in_one_bin(values: list[float]) -> None:
    bins = latency_histogram(sorted(values))
    assert sum(each.count for each in bins) == len(values)
    assert len(bins) <= BINS
    for number, each in enumerate(bins):
        last = number == len(bins) - 1
        within = [value for value in values if each.from_ms <= value and (value < each.to_ms or last)]
        assert each.count == len(within)


def test_a_long_tail_leaves_the_many_apart() -> None:
    bins = latency_histogram([*(1 + number / 100 for number in range(100)), 1000.0])
    assert sum(each.count > 0 for each in bins) >= 3
    assert bins[-1].count == 1


def test_equal_values_are_one_bin() -> None:
    (only,) = latency_histogram([2.0, 2.0])
    assert (only.from_ms, only.to_ms, only.count) == (2.0, 2.0, 2)


@pytest.mark.parametrize(
    ("requests", "concurrency", "wrong"),
    [
        (1, 1, []),
        (MOST_REQUESTS, MOST_CONCURRENCY, []),
        (0, 1, ["requests is 0"]),
        (-1, 0, ["requests is -1", "concurrency is 0"]),
        (MOST_REQUESTS + 1, MOST_CONCURRENCY + 1, ["requests is 1000001", "concurrency is 257"]),
    ],
)
def test_sizes(requests: int, concurrency: int, wrong: list[str]) -> None:
    assert [finding.message for finding in LoadSize(requests, concurrency).findings()] == wrong


def test_a_test_that_ended_before_any_answer() -> None:
    report = LoadReport("digits", 4, 0, 0, 0.0, None, None, None, None, None, (), {}, (), stopped=True)
    assert report.per_second == 0.0
    assert report.as_dict()["p99_ms"] is None
