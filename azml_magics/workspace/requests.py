"""The history of scored requests: bounded in number and size, secrets masked, and figures of it.

Requests of load tests are not kept: they would push out what somebody sent, and their figures are in the test's report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Row, case, delete, func, select

from azml_magics.definitions.load_test import percentile_rank
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import NotFoundError
from azml_magics.workspace.database import Database
from azml_magics.workspace.tables import requests

#: Newest requests kept in a workspace.
KEPT_REQUESTS = 10_000
#: Of every body at most this much is kept.
KEPT_BODY_BYTES = 65_536
SECRET_HEADER = re.compile(r"auth|cookie|apikey|(^|[-_])key$|token|secret|password", re.IGNORECASE)
MASK = "***"


@dataclass(frozen=True)
class RequestRecord:
    """One exchange; bodies may be cut (compare with their full sizes), ``time`` is aware UTC."""

    id: int
    service: str
    time: datetime
    request_id: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    request_bytes: int
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    response_bytes: int
    latency_ms: float
    run_ms: float | None


@dataclass(frozen=True)
class RequestStatistics:
    """Of the requests of one service that are kept: how many, ``errors`` without a 2xx status, latencies.

    ``latencies`` are those of the newest ones, oldest of them first; percentiles are ``None`` without any request.
    """

    requests: int = 0
    errors: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    latencies: tuple[float, ...] = ()


class RequestHistory:
    """The requests of one workspace, all services together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, service: str, request: ScoringRequest, response: ScoringResponse) -> int:
        """Keep one exchange and return its number; the oldest beyond :data:`KEPT_REQUESTS` go."""
        values = {
            "service": service,
            "time": datetime.now(timezone.utc).isoformat(),
            "request_id": response.request_id,
            "request_headers": _masked(request.headers),
            "request_body": request.body[:KEPT_BODY_BYTES],
            "request_bytes": len(request.body),
            "status": response.status,
            "response_headers": _masked(response.headers),
            "response_body": response.body[:KEPT_BODY_BYTES],
            "response_bytes": len(response.body),
            "latency_ms": response.latency_ms,
            "run_ms": response.run_ms,
        }
        with self._database.writing() as connection:
            number = connection.execute(requests.insert().values(**values).returning(requests.c.id)).scalar_one()
            # Numbers only grow, so this finds at most the one row that fell out, by the primary key.
            connection.execute(delete(requests).where(requests.c.id <= number - KEPT_REQUESTS))
        return int(number)

    def list_all(self, service: str | None = None, *, limit: int = 50) -> list[RequestRecord]:
        """The newest first."""
        query = select(requests).order_by(requests.c.id.desc()).limit(limit)
        if service is not None:
            query = query.where(requests.c.service == service)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(query)]

    def get(self, service: str, number: int) -> RequestRecord:
        """One exchange of ``service``. Raises ``NotFoundError`` (``unknown-request``): old ones go."""
        query = select(requests).where(requests.c.id == number, requests.c.service == service)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(
                f"request {number} of service {service!r} is not in the history",
                remedy=f"the newest {KEPT_REQUESTS:,} requests of a workspace are kept: azml requests {service}",
                code="unknown-request",
            )
        return _from_row(row)

    def statistics(self, service: str, *, newest: int = 60) -> RequestStatistics:
        """Figures of what is kept of ``service``, with the latencies of the ``newest`` ones.

        Counted and ordered by an index that holds all it takes, so it is cheap with long bodies too.
        """
        of_service = requests.c.service == service
        failed = case((requests.c.status.between(200, 299), 0), else_=1)
        totals = select(func.count(), func.coalesce(func.sum(failed), 0)).select_from(requests).where(of_service)
        ordered = select(requests.c.latency_ms).where(of_service).order_by(requests.c.latency_ms).limit(1)
        latest = select(requests.c.latency_ms).where(of_service).order_by(requests.c.id.desc()).limit(newest)
        with self._database.reading() as connection:
            count, errors = connection.execute(totals).one()
            if not count:
                return RequestStatistics()
            p50, p99 = (
                connection.execute(ordered.offset(percentile_rank(count, share))).scalar_one() for share in (0.5, 0.99)
            )
            latencies = tuple(connection.execute(latest).scalars())[::-1]
        return RequestStatistics(count, errors, p50, p99, latencies)


def _masked(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[name, MASK if SECRET_HEADER.search(name) else value] for name, value in headers]


def _pairs(value: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in value)


def _from_row(row: Row[Any]) -> RequestRecord:
    return RequestRecord(
        **{
            **row._mapping,
            "time": datetime.fromisoformat(row.time),
            "request_headers": _pairs(row.request_headers),
            "response_headers": _pairs(row.response_headers),
        }
    )
