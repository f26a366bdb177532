"""What ``azml load-test`` shows: figures where they may be shown, the same text in every run where not."""

from __future__ import annotations

from dataclasses import replace

from azml_magics.definitions.load_test import LatencyBin, LoadReport
from azml_magics.magics.results import Shown, shown
from azml_magics.show.document import document_of, render_json
from azml_magics.show.text import lines_of

REPORT = LoadReport(
    "digits",
    4,
    100,
    2,
    0.5,
    3.25,
    5.0,
    7.5,
    120.4,
    0.44,
    (LatencyBin(1.0, 2.0, 58), LatencyBin(2.0, 130.0, 29), LatencyBin(130.0, 200.0, 11)),
    {500: 2, 200: 98},
    ("500 Internal Server Error: no (2 times)",),
)
FINE = replace(REPORT, errors=0, statuses={200: 100}, failures=())


def test_figures_percentiles_bars_and_failures() -> None:
    assert lines_of(REPORT, figures=True) == [
        "100 requests to digits, 4 at a time in 500 ms: 200.0 a second, 2 errors",
        "  latency   half within 3.2 ms, 90 % 5.0 ms, 95 % 7.5 ms, 99 % 120 ms, all 0.44 ms",
        "  statuses  200: 98, 500: 2",
        "  latency       requests",
        "  up to 2.0 ms  58        ########################################",
        "  up to 130 ms  29        ####################",
        "  up to 200 ms  11        ########",
        "500 Internal Server Error: no (2 times)",
    ]


def test_without_figures_it_reads_the_same_every_time() -> None:
    assert lines_of(FINE, figures=False) == ["100 requests to digits, 4 at a time, no errors"]
    slower = replace(FINE, seconds=9.0, p50_ms=80.0)
    assert lines_of(slower, figures=False) == lines_of(FINE, figures=False)


def test_one_that_was_stopped_before_any_answer() -> None:
    report = LoadReport("digits", 4, 0, 0, 0.5, None, None, None, None, None, (), {}, (), stopped=True)
    assert lines_of(report, figures=True) == [
        "stopped after 0 requests to digits, 4 at a time in 500 ms: 0.0 a second, no errors"
    ]


def test_as_json_and_in_a_notebook() -> None:
    assert document_of(REPORT) == REPORT.as_dict()
    assert '"p99_ms": 120.4' in render_json(document_of(REPORT))
    given = shown(REPORT, figures=True)
    assert isinstance(given, Shown)
    assert isinstance(given, LoadReport)
    assert (given.requests, given.per_second) == (100, 200.0)
    assert "100 requests to digits" in given._repr_html_()
