"""The history of scored requests: bounded in number and size, secrets masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Row, delete, select

from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
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
