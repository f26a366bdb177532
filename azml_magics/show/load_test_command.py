"""The verb ``load-test``: see ``commands``; its view and its JSON form stand here too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.load_test import LatencyBin, LoadReport, LoadSize
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.events import Progress
from azml_magics.show.call import Call
from azml_magics.show.view import Table, View
from azml_magics.show.words import count, seconds_figure

if TYPE_CHECKING:
    from azml_magics.definitions.load_test import LoadProgress

#: Characters of the longest bar of a histogram.
BAR_CHARACTERS = 40
_PERCENTILES = (
    ("half within", "p50_ms"),
    ("90 %", "p90_ms"),
    ("95 %", "p95_ms"),
    ("99 %", "p99_ms"),
    ("all", "max_ms"),
)


def load_test(call: Call) -> LoadReport:
    """The request that ``--data`` and ``--header`` say, else the one that was sent last or the service suggests."""
    from azml_magics.events.stages import running_step
    from azml_magics.scoring.body import check_text
    from azml_magics.services.exchanges import sample_request
    from azml_magics.show.request_body import request_body

    arguments, session = call.arguments, call.session
    name = arguments.require_text("name")
    size = LoadSize(arguments.whole("requests") or 1, arguments.whole("concurrency") or 1)
    headers = arguments.pairs("headers")
    if arguments.text("data") is None:
        sample = sample_request(session.workspace, name)
        body, headers = sample.body.encode(), (*sample.kept_headers(), *headers)
    else:
        body = request_body(call)
    request = ScoringRequest(body, headers, arguments.seconds("timeout_seconds"))
    check_text(body, request.header("content-type"), source=arguments.place.source)

    def report(progress: LoadProgress) -> None:
        errors = count(progress.errors, "error") if progress.errors else ""
        call.emit(Progress(progress.done, size.requests, "requests", errors))

    with running_step(call.emit, "load"):
        return session.load_test(name, request, size, report=report, cancel=call.cancel)


def load_report_view(value: LoadReport, *, figures: bool) -> View:
    """How it went, percentiles, a histogram of bars, what failed."""
    rate = f" in {seconds_figure(value.seconds).strip('()')}: {value.per_second:.1f} a second" if figures else ""
    errors = count(value.errors, "error") if value.errors else "no errors"
    stopped = "stopped after " if value.stopped else ""
    title = (
        f"{stopped}{count(value.requests, 'request')} to {value.service}, {value.concurrency} at a time{rate}, {errors}"
    )
    facts = (
        ("latency", ", ".join(f"{word} {_milliseconds(getattr(value, name))}" for word, name in _PERCENTILES)),
        ("statuses", ", ".join(f"{status}: {number}" for status, number in sorted(value.statuses.items()))),
    )
    table = _histogram(value.histogram) if figures and value.histogram else None
    measured = bool(value.histogram) and figures
    return View(title, "bad" if value.errors else "good", facts if measured else (), table, lines=value.failures)


def load_report_document(value: LoadReport) -> object:
    """As the panel is told it."""
    return value.as_dict()


def _histogram(bins: tuple[LatencyBin, ...]) -> Table:
    most = max(each.count for each in bins)
    rows = tuple(
        (f"up to {_milliseconds(each.to_ms)}", str(each.count), "#" * round(BAR_CHARACTERS * each.count / most))
        for each in bins
    )
    return Table(("latency", "requests", ""), rows)


def _milliseconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"
