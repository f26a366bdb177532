"""``load-test``: one request sent many times, and what that shows of the service."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.service_checks import check_load_test
from azml_magics.cells.verb import Option, Verb
from azml_magics.cells.verbs.declaring import BODY_OPTIONS, TIMEOUT
from azml_magics.cells.verbs.services import SERVICE
from azml_magics.definitions.load_test import DEFAULT_LOAD

LOAD_VERBS = (
    Verb(
        ("load-test",),
        "Send one request many times: percentiles and a histogram of latencies; without --data the last one again.",
        (SERVICE,),
        (
            Option(
                ("--requests",),
                "requests",
                "So many in all.",
                "N",
                default=DEFAULT_LOAD.requests,
                convert=values.positive_count,
            ),
            Option(
                ("--concurrency",),
                "concurrency",
                "So many at a time.",
                "C",
                default=DEFAULT_LOAD.concurrency,
                convert=values.positive_count,
            ),
            *BODY_OPTIONS,
            TIMEOUT,
        ),
        reports=True,
        check=check_load_test,
    ),
)
