"""A workspace that a former release has written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from azml_magics.definitions.environment import Environment
from azml_magics.workspace.workspace import Workspace

#: What came with schema 3: (table, column).
ADDED = (("environments", "archived"), ("models", "framework"), ("models", "framework_version"))


def test_columns_and_indexes_that_came_later_are_added_and_rows_stay(tmp_path: Path) -> None:
    (tmp_path / "weights.txt").write_text("1")
    former = Workspace(tmp_path / ".azml")
    former.register_environment(Environment("digits", python="3.11"))
    former.register_model(tmp_path / "weights.txt", name="weights", tags={"a": "b"}, properties={}, description="")
    former.close()
    with closing(sqlite3.connect(tmp_path / ".azml" / "workspace.db")) as connection:
        for table, column in ADDED:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("DROP TABLE runs")
        connection.execute("DROP INDEX request_figures")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()

    opened = Workspace(tmp_path / ".azml")
    (environment,) = opened.list_environments()
    assert (environment.name, environment.version, environment.python) == ("digits", 1, "3.11")
    assert [found.name for found in opened.archive_environment("digits")] == ["digits"]
    assert opened.list_environments() == []
    model = opened.get_model("weights")
    assert (model.tags, model.framework) == ((("a", "b"),), None)
    opened.close()
    with closing(sqlite3.connect(tmp_path / ".azml" / "workspace.db")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert {"runs", "request_figures"} <= names
