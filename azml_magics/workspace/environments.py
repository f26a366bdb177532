"""Registered environments: an equal definition is an equal version, a changed one the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Row, select

from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.environment import Environment, check_name
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.workspace.database import Database
from azml_magics.workspace.deployment_codec import environment_from_dict, environment_to_dict
from azml_magics.workspace.tables import environments


class EnvironmentRegistry:
    """The environments of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, environment: Environment) -> Environment:
        """``environment`` with its version: that of an equal definition of the name, else the next whole number.

        Raises ``DeclarationError`` for a name that may not be registered.
        """
        findings = check_name(environment.name)
        if findings:
            raise DeclarationError(f"environment {environment.name[:80]!r} cannot be registered", findings)
        digest = environment.digest()
        with self._database.writing() as connection:
            known = connection.execute(
                select(environments.c.version, environments.c.digest)
                .where(environments.c.name == environment.name)
                .order_by(environments.c.version.desc())
            ).all()
            equal = next((version for version, known_digest in known if known_digest == digest), None)
            version = equal or (known[0].version + 1 if known else 1)
            if equal is None:
                connection.execute(
                    environments.insert().values(
                        name=environment.name,
                        version=version,
                        digest=digest,
                        definition=environment_to_dict(environment),
                        created=datetime.now(timezone.utc).isoformat(),
                    )
                )
        return replace(environment, version=version)

    def find(self, name: str, version: int | None = None) -> Environment | None:
        """That version, or the newest; ``None`` when there is none."""
        query = select(environments).where(environments.c.name == name)
        if version is not None:
            query = query.where(environments.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(environments.c.version.desc()).limit(1)).first()
        return None if row is None else _from_row(row)

    def get(self, name: str, version: int | None = None) -> Environment:
        """As :meth:`find`; raises ``NotFoundError`` with near names or the versions there are."""
        found = self.find(name, version)
        if found is not None:
            return found
        known = self.names()
        if name in known:
            versions = [str(item.version) for item in self.list_all(name)]
            raise NotFoundError(
                f"environment {name!r} has no version {version}",
                remedy="versions: " + ", ".join(versions),
                code="unknown-environment-version",
            )
        raise NotFoundError(
            f"environment {name!r} is neither declared nor registered",
            remedy=near_names(name, known),
            code="unknown-environment",
        )

    def list_all(self, name: str | None = None) -> list[Environment]:
        """Every version, by name and version."""
        query = select(environments).order_by(environments.c.name, environments.c.version)
        if name is not None:
            query = query.where(environments.c.name == name)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(query)]

    def names(self) -> list[str]:
        """Every registered name, sorted."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(environments.c.name).distinct().order_by(environments.c.name)))


def _from_row(row: Row[Any]) -> Environment:
    return environment_from_dict({**row.definition, "name": row.name, "version": row.version})
