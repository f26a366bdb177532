"""``VersionedTable``: rows with a name and a whole-number version from 1, shared by environments and models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Table, func, select

from azml_magics.definitions.declarations import near_names
from azml_magics.errors import NotFoundError
from azml_magics.workspace.database import Database

T = TypeVar("T")


@dataclass(frozen=True)
class VersionedTable(Generic[T]):
    """One table; ``read`` makes a value of a row, ``kind`` is what messages call it, ``hint`` how to make the first."""

    database: Database
    table: Table
    kind: str
    read: Callable[[Row[Any]], T]
    hint: str = ""

    def add(self, name: str, values: Mapping[str, Any], *, equal: tuple[str, ...]) -> Row[Any]:
        """The newest row of ``name`` whose columns ``equal`` are those of ``values``, else a new one, next in number.

        Of two processes that add the same at once, one makes the row and the other finds it.
        """
        columns = self.table.c
        same = [columns[key] == values[key] for key in equal]
        with self.database.writing() as connection:
            query = select(self.table).where(columns.name == name, *same).order_by(columns.version.desc())
            found = connection.execute(query.limit(1)).first()
            if found is not None:
                return found
            newest = connection.scalar(select(func.max(columns.version)).where(columns.name == name)) or 0
            created = datetime.now(timezone.utc).isoformat()
            added = self.table.insert().values(name=name, version=newest + 1, created=created, **values)
            return connection.execute(added.returning(self.table)).one()

    def find(self, name: str, version: int | None = None, *conditions: ColumnElement[bool]) -> T | None:
        """That version, or the newest that meets ``conditions``; ``None`` when there is none."""
        query = select(self.table).where(self.table.c.name == name)
        query = query.where(self.table.c.version == version) if version is not None else query.where(*conditions)
        with self.database.reading() as connection:
            row = connection.execute(query.order_by(self.table.c.version.desc()).limit(1)).first()
        return None if row is None else self.read(row)

    def list_all(self, name: str | None = None, *conditions: ColumnElement[bool]) -> list[T]:
        """Every version, by name and version."""
        query = select(self.table).order_by(self.table.c.name, self.table.c.version)
        query = query.where(*conditions) if name is None else query.where(self.table.c.name == name, *conditions)
        with self.database.reading() as connection:
            return [self.read(row) for row in connection.execute(query)]

    def names(self) -> list[str]:
        """Every name, sorted."""
        column = self.table.c.name
        with self.database.reading() as connection:
            return list(connection.scalars(select(column).distinct().order_by(column)))

    def versions(self, name: str, *conditions: ColumnElement[bool]) -> list[int]:
        """The versions of ``name`` that meet ``conditions``, oldest first."""
        version = self.table.c.version
        query = select(version).where(self.table.c.name == name, *conditions).order_by(version)
        with self.database.reading() as connection:
            return list(connection.scalars(query))

    def missing(
        self, name: str, version: object = None, *, also: Iterable[str] = (), hidden: Iterable[int] = ()
    ) -> NotFoundError:
        """The error for what :meth:`find` did not find, with the versions there are, or near names.

        ``also`` are names of the kind that are known from elsewhere, ``hidden`` the versions that only their number
        finds.
        """
        versions, hidden = self.versions(name), set(hidden)
        if versions and version is not None:
            told = (f"{each} (archived)" if each in hidden else str(each) for each in versions)
            return NotFoundError(
                f"{self.kind} {name!r} has no version {str(version)!r}",
                remedy="versions: " + ", ".join(told),
                code=f"unknown-{self.kind}-version",
            )
        if versions:
            return NotFoundError(
                f"every version of {self.kind} {name!r} is archived",
                remedy=f"name one by its number, for instance {name}:{versions[-1]}, or bring it back: "
                f"azml {self.kind} restore {name}",
                code=f"unknown-{self.kind}",
            )
        known = {*self.names(), *also}
        return NotFoundError(
            f"{self.kind} {name!r} is not registered",
            remedy=near_names(name, known) if known or not self.hint else self.hint.format(name),
            code=f"unknown-{self.kind}",
        )
