"""A database of a former release brought to the present tables: columns and indexes were added, never changed."""

from __future__ import annotations

from sqlalchemy import Connection, inspect
from sqlalchemy.schema import CreateColumn

from azml_magics.workspace.tables import metadata


def add_missing_columns(connection: Connection) -> None:
    """Add to every table the columns it lacks; they allow NULL or have a default in the database itself."""
    inspector = inspect(connection)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                added = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")


def add_missing_indexes(connection: Connection) -> None:
    """Make the indexes that a table of a former release lacks."""
    for table in metadata.sorted_tables:
        for index in table.indexes:
            index.create(connection, checkfirst=True)
