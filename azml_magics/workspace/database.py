"""The SQLite database of a workspace: opening, its settings, and transactions that two processes can share."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from azml_magics.errors import WorkspaceError
from azml_magics.system.locks import locked
from azml_magics.system.refusals import remedy_for
from azml_magics.workspace.migrations import add_missing_columns, add_missing_indexes
from azml_magics.workspace.tables import SCHEMA_VERSION, metadata

#: How long a writer waits for another process's transaction.
BUSY_TIMEOUT_MS = 30_000
#: SQLITE_FULL; one that can only be read may have no permission as well (SQLITE_READONLY).
_SYSTEM_ERRORS = {13: errno.ENOSPC}


class Database:
    """Transactions on one database file; created, with its tables, when it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(URL.create("sqlite", database=str(path)))
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        try:
            # SQLite does not wait where two connections switch a new file to WAL: one after the other opens it.
            with locked(path.with_name(f"{path.name}.lock"), what=f"opening {path}"):
                if not path.exists():
                    path.touch(mode=0o600)
                with self._explained():
                    self._prepare()
        except OSError as error:
            raise _unusable(path, error) from error

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view; never waits for a writer."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only writer from its start, so that what it reads is still true when it writes."""
        with self._explained(), self._engine.execution_options(azml_write=True).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self._engine.begin() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version == SCHEMA_VERSION:
            return
        if version > SCHEMA_VERSION:
            raise WorkspaceError(
                f"workspace {self.path.parent} was written by a newer azml_magics (schema {version})",
                remedy="upgrade azml_magics, or use another workspace with AZML_WORKSPACE",
                code="workspace-too-new",
            )
        with self._engine.execution_options(azml_write=True).begin() as connection:
            metadata.create_all(connection)
            add_missing_columns(connection)
            add_missing_indexes(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise _unusable(self.path, _as_system_error(error.orig)) from error
        except DatabaseError as error:
            if error.__class__ is not DatabaseError:  # constraint violations and the like are defects of ours
                raise
            raise WorkspaceError(
                f"workspace database {self.path} is damaged: {error.orig}",
                remedy="move the file away to start afresh; models and packages beside it stay",
                code="workspace-damaged",
            ) from error


def _as_system_error(reason: object) -> OSError:
    """What SQLite says, with the number that the system would have given."""
    code = getattr(reason, "sqlite_errorcode", 0) & 0xFF  # without SQLite's own details
    return OSError(_SYSTEM_ERRORS.get(code, 0), str(reason))


def _unusable(path: Path, error: OSError) -> WorkspaceError:
    otherwise = "another process may hold it for long; otherwise check the disk and the file's permissions"
    return WorkspaceError(
        f"workspace database {path} cannot be used: {error.strerror}",
        remedy=remedy_for(error, otherwise),
        code="workspace-database",
    )


def _configure(connection: Any, _record: object) -> None:
    # The driver's own transaction handling is switched off: it would begin too late (see _begin).
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("azml_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
