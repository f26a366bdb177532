"""Runs as last seen: what was asked for, where it runs, how it ended. What is true now is for ``runs`` to find out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Row, select

from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.entry_script import Origin
from azml_magics.definitions.resources import Resources
from azml_magics.definitions.run import FINAL_STATES, LATEST, RunProcess, RunRecord, RunRequest, RunState
from azml_magics.errors import NotFoundError
from azml_magics.workspace.database import Database
from azml_magics.workspace.deployment_codec import environment_from_dict, environment_to_dict
from azml_magics.workspace.tables import runs

#: Columns that grow and are never written over.
WORDS = frozenset({"tags", "properties"})


class RunBook:
    """The runs of one workspace, numbered in the order in which they were asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: RunRecord) -> RunRecord:
        """Write down a new run."""
        with self._database.writing() as connection:
            connection.execute(runs.insert().values(id=record.id, **_values(record)))
        return record

    def save(self, record: RunRecord, *, unless_over: bool = False) -> RunRecord:
        """Write ``record`` over what is known of it; with ``unless_over`` not over a run that has ended.

        Its words stay as they are: somebody may have added some since ``record`` was read (:meth:`add_words`).
        """
        known = runs.c.id == record.id
        if unless_over:
            known &= runs.c.state.not_in(sorted(FINAL_STATES))
        with self._database.writing() as connection:
            values = {name: value for name, value in _values(record).items() if name not in WORDS}
            connection.execute(runs.update().where(known).values(values))
        return self.get(record.id)

    def add_words(self, run_id: str, *, tags: Mapping[str, str], properties: Mapping[str, str]) -> RunRecord:
        """Add tags and properties to those there are."""
        with self._database.writing() as connection:
            row = connection.execute(select(runs.c.tags, runs.c.properties).where(runs.c.id == run_id)).one()
            merged = {"tags": {**row.tags, **tags}, "properties": {**row.properties, **properties}}
            connection.execute(runs.update().where(runs.c.id == run_id).values(merged))
        return self.get(run_id)

    def get(self, run_id: str) -> RunRecord:
        """The run with that id; the newest for ``latest``. Raises ``NotFoundError`` (``unknown-run``)."""
        query = select(runs).order_by(runs.c.number.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query if run_id == LATEST else query.where(runs.c.id == run_id)).first()
        if row is None:
            known = [record.id for record in self.list_all()]
            raise NotFoundError(
                "nothing has been run yet" if run_id == LATEST else f"there is no run {run_id!r}",
                remedy=near_names(run_id, known) if known else "azml run submit SCRIPT runs one",
                code="unknown-run",
            )
        return _from_row(row)

    def list_all(self, experiment: str | None = None, *, going: bool = False) -> list[RunRecord]:
        """The newest first; with ``going`` those that are not known to have ended."""
        query = select(runs).order_by(runs.c.number.desc())
        if experiment is not None:
            query = query.where(runs.c.experiment == experiment)
        if going:
            query = query.where(runs.c.state.not_in(sorted(FINAL_STATES)))
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(query)]


def _values(record: RunRecord) -> dict[str, Any]:
    return {
        "experiment": record.experiment,
        "state": record.state,
        "definition": {
            "request": asdict(record.request),
            "script": record.script,
            "working_directory": str(record.working_directory),
            "environment": None if record.definition is None else environment_to_dict(record.definition),
            "origin": None if record.origin is None else [record.origin.label, record.origin.line_offset],
            "interactive": record.interactive,
        },
        "directory": str(record.directory),
        "process": None if record.process is None else asdict(record.process),
        "exit_code": record.exit_code,
        "error": record.error,
        "tags": dict(record.tags),
        "properties": dict(record.properties),
        "created": record.created.isoformat(),
        "started": None if record.started is None else record.started.isoformat(),
        "ended": None if record.ended is None else record.ended.isoformat(),
    }


def _from_row(row: Row[Any]) -> RunRecord:
    known = row.definition
    return RunRecord(
        id=row.id,
        experiment=row.experiment,
        state=cast(RunState, row.state),
        request=_request(known["request"]),
        script=known["script"],
        directory=Path(row.directory),
        working_directory=Path(known["working_directory"]),
        created=datetime.fromisoformat(row.created),
        definition=None if known["environment"] is None else environment_from_dict(known["environment"]),
        origin=None if known["origin"] is None else Origin(*known["origin"]),
        process=None if row.process is None else RunProcess(**row.process),
        started=None if row.started is None else datetime.fromisoformat(row.started),
        ended=None if row.ended is None else datetime.fromisoformat(row.ended),
        exit_code=row.exit_code,
        error=row.error,
        tags=tuple(sorted(row.tags.items())),
        properties=tuple(sorted(row.properties.items())),
        interactive=known["interactive"],
    )


def _request(value: Mapping[str, Any]) -> RunRequest:
    lists = {
        "arguments": tuple(value["arguments"]),
        **{name: tuple((key, text) for key, text in value[name]) for name in ("environment_variables", "tags")},
    }
    return RunRequest(**{**value, **lists, "resources": Resources(**value["resources"])})
