"""Registered environments: an equal definition is an equal version, a changed one the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from azml_magics.definitions.environment import Environment, check_name
from azml_magics.errors import DeclarationError
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

        An equal one that was archived comes back; description and tags become what they are now. Raises
        ``DeclarationError`` for a name that may not be registered.
        """
        findings = check_name(environment.name)
        if findings:
            raise DeclarationError(f"environment {environment.name[:80]!r} cannot be registered", findings)
        unversioned = environment_to_dict(replace(environment, version=None))
        values = {"digest": environment.digest(), "definition": unversioned, "archived": False}
        row = self._rows.add(environment.name, values, equal=("digest",))
        if row.archived or row.definition != unversioned:
            with self._database.writing() as connection:
                connection.execute(environments.update().where(environments.c.id == row.id).values(values))
        return replace(environment, version=row.version)

    def find(self, name: str, version: int | None = None) -> Environment | None:
        """That version, or the newest that is not archived; ``None`` when there is none."""
        return self._rows.find(name, version, environments.c.archived.is_(False))

    def get(self, name: str, version: int | None = None) -> Environment:
        """As :meth:`find`; raises ``NotFoundError`` with near names or the versions there are."""
        found = self.find(name, version)
        if found is None:
            raise self._rows.missing(name, version)
        return found

    def list_all(self, name: str | None = None, *, archived: bool = False) -> list[Environment]:
        """Every version, by name and version; archived ones only when they are asked for."""
        return self._rows.list_all(name, *([] if archived else [environments.c.archived.is_(False)]))

    def names(self) -> list[str]:
        """Every registered name, sorted."""
        return self._rows.names()

    def versions(self, name: str) -> list[int]:
        """The versions of ``name``, oldest first."""
        return self._rows.versions(name)

    def archive(self, name: str, version: int | None = None, *, archived: bool = True) -> list[Environment]:
        """Hide one version, or all of ``name``, from lists and from ``latest``, or bring them back; gives what changed.

        Raises ``NotFoundError``.
        """
        chosen = environments.c.name == name
        if version is not None:
            chosen &= environments.c.version == version
        with self._database.writing() as connection:
            rows = connection.execute(
                environments.update().where(chosen).values(archived=archived).returning(environments)
            ).all()
        if not rows:
            raise self._rows.missing(name, version)
        return sorted((_from_row(row) for row in rows), key=lambda environment: environment.version or 0)


def _from_row(row: Row[Any]) -> Environment:
    return environment_from_dict({**row.definition, "name": row.name, "version": row.version})
