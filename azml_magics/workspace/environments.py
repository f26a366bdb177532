"""Registered environments: an equal definition is an equal version, a changed one the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, func, select

from azml_magics.definitions.environment import Environment, NewestEnvironment, check_name
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.plan.curated import find_curated
from azml_magics.workspace.database import Database
from azml_magics.workspace.deployment_codec import environment_from_dict, environment_to_dict
from azml_magics.workspace.tables import environments
from azml_magics.workspace.versions import VersionedTable


class EnvironmentRegistry:
    """The environments of one workspace. An archived version is found by its number only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = VersionedTable(database, environments, "environment", _from_row)

    def register(self, environment: Environment) -> Environment:
        """``environment`` with its version: that of an equal definition of the name, else the next whole number.

        An equal one that was archived comes back; description and tags become what they are now, and stay where there
        are none now. Raises ``DeclarationError`` for a name that may not be registered: one kept for curated
        environments is their definitions' alone.
        """
        findings = check_name(environment.name)
        digest = environment.digest()
        if findings and not self._may_be_called_so(environment, digest):
            raise DeclarationError(f"environment {environment.name[:80]!r} cannot be registered", findings)
        row = self._rows.add(environment.name, _values(environment, digest), equal=("digest",))
        former = _from_row(row)
        if not environment.description and not environment.tags:
            environment = replace(environment, description=former.description, tags=former.tags)
        values = _values(environment, digest)
        if row.archived or row.definition != values["definition"]:
            with self._database.writing() as connection:
                connection.execute(environments.update().where(environments.c.id == row.id).values(values))
        return replace(environment, version=row.version, archived=False)

    def _may_be_called_so(self, environment: Environment, digest: str) -> bool:
        """Whether it is a curated environment, of this release or of a former one that was registered then."""
        curated = find_curated(environment.name)
        same = (environments.c.name == environment.name) & (environments.c.digest == digest)
        if curated is not None and curated.digest() == digest:
            return True
        with self._database.reading() as connection:
            return connection.execute(select(environments.c.id).where(same)).first() is not None

    def find(self, name: str, version: int | None = None) -> Environment | None:
        """That version, or the newest that is not archived; ``None`` when there is none."""
        return self._rows.find(name, version, environments.c.archived.is_(False))

    def get(self, name: str, version: object = None, *, also: Iterable[str] = ()) -> Environment:
        """As :meth:`find`, for a version as it was written.

        Raises ``NotFoundError`` (``unknown-environment``, ``unknown-environment-version``) with near names, also those
        of ``also``, or the versions there are.
        """
        number = _version_number(version)
        found = self.find(name, number) if version is None or number else None
        if found is None:
            raise self._missing(name, version, also)
        return found

    def _missing(self, name: str, version: object, also: Iterable[str] = ()) -> NotFoundError:
        archived = self._rows.versions(name, environments.c.archived.is_(True))
        return self._rows.missing(name, version, also=also, hidden=archived)

    def list_all(self, name: str | None = None, *, archived: bool = False) -> list[Environment]:
        """Every version, by name and version; archived ones only when they are asked for."""
        return self._rows.list_all(name, *([] if archived else [environments.c.archived.is_(False)]))

    def list_newest(self, *, archived: bool = False) -> list[NewestEnvironment]:
        """Of each name the newest version, by name; archived versions count only when they are asked for."""
        columns = environments.c
        newest = select(columns.name, func.max(columns.version).label("version"), func.count().label("versions"))
        found = newest.where(*([] if archived else [columns.archived.is_(False)])).group_by(columns.name).subquery()
        query = select(environments, found.c.versions).join(
            found, (found.c.name == columns.name) & (found.c.version == columns.version)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(columns.name)).all()
        return [NewestEnvironment(_from_row(row), row.versions) for row in rows]

    def names(self) -> list[str]:
        """Every registered name, sorted."""
        return self._rows.names()

    def versions(self, name: str) -> list[int]:
        """The versions of ``name``, oldest first."""
        return self._rows.versions(name)

    def archive(self, name: str, version: object = None, *, archived: bool = True) -> list[Environment]:
        """Hide one version, or all of ``name``, from lists and from ``latest``, or bring them back; gives what changed.

        ``version`` is as it was written. Raises ``NotFoundError``.
        """
        chosen = environments.c.name == name
        if version is not None:
            chosen &= environments.c.version == (_version_number(version) or 0)
        with self._database.writing() as connection:
            rows = connection.execute(
                environments.update().where(chosen).values(archived=archived).returning(environments)
            ).all()
        if not rows:
            raise self._missing(name, version)
        return sorted((_from_row(row) for row in rows), key=lambda environment: environment.version or 0)


def _values(environment: Environment, digest: str) -> dict[str, Any]:
    """The columns of a version that is not archived."""
    definition = environment_to_dict(replace(environment, version=None))
    return {"digest": digest, "definition": definition, "archived": False}


def _version_number(written: object) -> int | None:
    """The whole number from 1 that was written as a version, or ``None``."""
    text = str(written)
    return int(text) if text.isascii() and text.isdecimal() and int(text) > 0 else None


def _from_row(row: Row[Any]) -> Environment:
    environment = environment_from_dict({**row.definition, "name": row.name, "version": row.version})
    return replace(environment, archived=row.archived)
