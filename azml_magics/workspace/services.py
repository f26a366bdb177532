"""Services as last seen: what was deployed, where it can be found, how it ended. State now is the engines' business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Row, select
from sqlalchemy.dialects.sqlite import insert

from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.deployment import Deployment, ServiceReport, ServiceState
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.errors import NotFoundError
from azml_magics.workspace.database import Database
from azml_magics.workspace.deployment_codec import (
    deployment_from_dict,
    deployment_to_dict,
    endpoint_from_dict,
    endpoint_to_dict,
)
from azml_magics.workspace.tables import services


@dataclass(frozen=True)
class ServiceRecord:
    """One row: ``state`` is what was last written; ``endpoint`` is ``None`` once there is no process to look for."""

    name: str
    state: ServiceState
    deployment: Deployment
    endpoint: Endpoint | None
    directory: Path
    error: str | None
    stages: Mapping[str, float]
    reasons: Mapping[str, str]
    created: datetime
    updated: datetime

    @property
    def log_path(self) -> Path:
        """The log of the service, which stays after it has ended."""
        return self.directory / "service.log"

    def report(
        self,
        state: ServiceState,
        *,
        seconds: Mapping[str, float],
        reasons: Mapping[str, str],
        error: str | None = None,
    ) -> ServiceReport:
        """The record as every door shows it, with the state as it is now."""
        running = self.endpoint if state == "running" else None
        environment = self.deployment.environment
        return ServiceReport(
            name=self.name,
            state=state,
            engine=self.deployment.engine,
            port=running.port if running else None,
            pid=running.pid if running else None,
            container=running.container if running else None,
            log_path=self.log_path,
            environment=f"{environment.name}:{environment.version}" if environment else None,
            models=tuple(model.label for model in self.deployment.models),
            workers=self.deployment.workers,
            started=running.started if running else None,
            error=error,
            stages=seconds,
            reasons=reasons,
            security=running.security if running else {},
        )


class ServiceBook:
    """The services of one workspace, one row a name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        deployment: Deployment,
        *,
        state: ServiceState,
        directory: Path,
        endpoint: Endpoint | None = None,
        error: str | None = None,
        stages: Mapping[str, float] | None = None,
        reasons: Mapping[str, str] | None = None,
    ) -> ServiceRecord:
        """Write the row of ``deployment.name``, new or over the former one."""
        now = datetime.now(timezone.utc).isoformat()
        values: dict[str, Any] = {
            "state": state,
            "deployment": deployment_to_dict(deployment),
            "endpoint": None if endpoint is None else endpoint_to_dict(endpoint),
            "directory": str(directory),
            "error": error,
            "stages": dict(stages or {}),
            "reasons": dict(reasons or {}),
            "updated": now,
        }
        statement = insert(services).values(name=deployment.name, created=now, **values)
        with self._database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=[services.c.name], set_=values))
        return self.get(deployment.name)

    def find(self, name: str) -> ServiceRecord | None:
        """The row of ``name``, or ``None``."""
        with self._database.reading() as connection:
            row = connection.execute(select(services).where(services.c.name == name)).first()
        return None if row is None else _from_row(row)

    def get(self, name: str) -> ServiceRecord:
        """As :meth:`find`; raises ``NotFoundError`` (``unknown-service``) with near names."""
        record = self.find(name)
        if record is None:
            known = [item.name for item in self.list_all()]
            raise NotFoundError(
                f"there is no service {name!r}",
                remedy=near_names(name, known) if known else f"deploy it: azml deploy {name} ...",
                code="unknown-service",
            )
        return record

    def list_all(self) -> list[ServiceRecord]:
        """Every row, by name."""
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(select(services).order_by(services.c.name))]


def _from_row(row: Row[Any]) -> ServiceRecord:
    return ServiceRecord(
        row.name,
        cast(ServiceState, row.state),
        deployment_from_dict(row.deployment),
        None if row.endpoint is None else endpoint_from_dict(row.endpoint),
        Path(row.directory),
        row.error,
        row.stages,
        row.reasons,
        datetime.fromisoformat(row.created),
        datetime.fromisoformat(row.updated),
    )
