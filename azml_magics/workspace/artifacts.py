"""What was built for which environment, and how long it took: to compare strategies, and to tell what is unused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.sqlite import insert

from azml_magics.definitions.environment import Environment
from azml_magics.workspace.database import Database
from azml_magics.workspace.tables import artifacts

#: The environment of what was built for none.
NO_ENVIRONMENT = ""


@dataclass(frozen=True)
class ArtifactRecord:
    """One artifact as one environment used it last.

    ``key`` is its content key, ``strategy`` how it gets to a service (``venv`` for the process engine), ``environment``
    the digest of the environment it was built for, ``tag`` the image of ours that belongs to it (empty: none).
    ``build_seconds`` is how long the last build took, ``start_seconds`` the last start up to a healthy service,
    ``size_bytes`` what it takes on the disk beside its base image; ``None``: not measured.
    """

    key: str
    strategy: str
    environment: str
    environment_name: str
    tag: str = ""
    build_seconds: float | None = None
    start_seconds: float | None = None
    size_bytes: int | None = None
    used: datetime | None = None


class ArtifactBook:
    """The artifacts of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        key: str,
        strategy: str,
        environment: Environment | None,
        *,
        tag: str = "",
        build_seconds: float | None = None,
        start_seconds: float | None = None,
        size_bytes: int | None = None,
    ) -> None:
        """Write down that ``environment`` uses an artifact; figures that are ``None`` stay as they were."""
        figures = {"build_seconds": build_seconds, "start_seconds": start_seconds, "size_bytes": size_bytes}
        measured = {name: value for name, value in figures.items() if value is not None}
        values: dict[str, Any] = {
            "environment_name": environment.name if environment else "",
            "tag": tag,
            "used": datetime.now(timezone.utc).isoformat(),
            **measured,
        }
        digest = environment.digest() if environment else NO_ENVIRONMENT
        statement = insert(artifacts).values(key=key, strategy=strategy, environment=digest, **values)
        keys = [artifacts.c.key, artifacts.c.strategy, artifacts.c.environment]
        with self._database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))

    def find_measured(self, key: str, strategy: str) -> ArtifactRecord | None:
        """The newest figures of an artifact, whatever environment it was measured with."""
        found: ArtifactRecord | None = None
        for record in self.list_all(key, strategy):
            found = record if found is None else _with_missing(found, record)
        return found

    def list_all(self, key: str | None = None, strategy: str | None = None) -> list[ArtifactRecord]:
        """Every row, the one used last first."""
        query = select(artifacts).order_by(artifacts.c.used.desc())
        if key is not None:
            query = query.where(artifacts.c.key == key, artifacts.c.strategy == strategy)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(query)]


def _with_missing(newer: ArtifactRecord, older: ArtifactRecord) -> ArtifactRecord:
    figures = ("build_seconds", "start_seconds", "size_bytes")
    missing = {name: getattr(older, name) for name in figures if getattr(newer, name) is None}
    return replace(newer, **missing)


def _from_row(row: Row[Any]) -> ArtifactRecord:
    return ArtifactRecord(
        row.key,
        row.strategy,
        row.environment,
        row.environment_name,
        row.tag,
        row.build_seconds,
        row.start_seconds,
        row.size_bytes,
        datetime.fromisoformat(row.used),
    )
