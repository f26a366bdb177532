"""The database file: private, shared safely, and understandable when it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from azml_magics.errors import WorkspaceError
from azml_magics.workspace import database as database_module
from azml_magics.workspace.database import Database
from azml_magics.workspace.tables import SCHEMA_VERSION, models, requests
from azml_magics.workspace.workspace import Workspace


def pragma(database: Database, name: str) -> object:
    with database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_a_new_database_is_private_and_has_its_settings(tmp_path: Path) -> None:
    database = Database(tmp_path / "workspace.db")
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "foreign_keys") == 1
    assert pragma(database, "busy_timeout") == database_module.BUSY_TIMEOUT_MS
    assert pragma(database, "user_version") == SCHEMA_VERSION
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_mode & 0o077] == []
    database.close()


@pytest.mark.parametrize("name", ["a b", "what?x=1", "50%25", "a#b", "ümlaut"])
def test_any_directory_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    database = Database(tmp_path / name / "workspace.db")
    assert pragma(database, "user_version") == SCHEMA_VERSION
    database.close()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size] == ["workspace.db"]


def test_foreign_keys_are_checked(tmp_path: Path) -> None:
    database = Database(tmp_path / "workspace.db")
    values = {column.name: "" for column in requests.columns if column.name != "id"} | {
        "request_body": b"", "response_body": b"", "request_bytes": 0, "response_bytes": 0, "status": 200,
        "latency_ms": 1.0, "run_ms": None, "service": "unknown",
    }  # fmt: skip
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(requests.insert().values(**values))
    database.close()


def test_an_error_inside_takes_everything_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "workspace.db")
    row = {"name": "m", "version": 1, "basename": "m", "is_folder": False, "digest": "", "size_bytes": 1}
    with pytest.raises(ValueError, match="half way"), database.writing() as connection:
        connection.execute(models.insert().values(**row, tags={}, properties={}, description="", created=""))
        raise ValueError("half way")
    with database.reading() as connection:
        assert connection.execute(models.select()).all() == []
    database.close()


def test_a_newer_schema_is_refused_with_a_remedy(tmp_path: Path) -> None:
    Database(tmp_path / "workspace.db").close()
    with closing(sqlite3.connect(tmp_path / "workspace.db")) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(WorkspaceError) as caught:
        Database(tmp_path / "workspace.db")
    assert caught.value.code == "workspace-too-new"
    assert "upgrade" in caught.value.remedy
    assert str(tmp_path) in caught.value.brief


def test_opening_an_existing_one_creates_nothing(tmp_path: Path) -> None:
    Database(tmp_path / "workspace.db").close()
    with closing(sqlite3.connect(tmp_path / "workspace.db")) as connection:
        connection.execute("DROP TABLE requests")
    Database(tmp_path / "workspace.db").close()
    with closing(sqlite3.connect(tmp_path / "workspace.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'requests'").fetchall() == []


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "workspace.db").write_bytes(content)
    with pytest.raises(WorkspaceError) as caught:
        Database(tmp_path / "workspace.db")
    assert caught.value.code == "workspace-damaged"
    assert str(tmp_path / "workspace.db") in caught.value.brief
    assert "move the file away" in caught.value.remedy
    assert (tmp_path / "workspace.db").read_bytes() == content


def test_damage_found_later_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for number in range(200):
        (tmp_path / "file").write_text(f"{number}")
        workspace.register_model(tmp_path / "file", name=f"model-{number}", tags={}, properties={}, description="")
    workspace.close()
    path = tmp_path / "workspace.db"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    damaged = Workspace(tmp_path)
    with pytest.raises(WorkspaceError) as caught:
        damaged.list_models()
    assert caught.value.code == "workspace-damaged"
    damaged.close()


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "workspace.db").mkdir()
    with pytest.raises(WorkspaceError) as caught:
        Database(tmp_path / "workspace.db")
    assert str(tmp_path / "workspace.db") in caught.value.brief


def test_a_file_where_the_workspace_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "file", tmp_path / "file" / ".azml"):
        with pytest.raises(WorkspaceError) as caught:
            Workspace(root)
        assert caught.value.code == "workspace-directory"
        assert "AZML_WORKSPACE" in caught.value.remedy


def test_a_lock_held_for_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 20)
    database = Database(tmp_path / "workspace.db")
    with closing(sqlite3.connect(tmp_path / "workspace.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceError) as caught, database.writing():
            pytest.fail("two writers at once")
        assert caught.value.code == "workspace-database"
        assert "locked" in caught.value.brief
        with database.reading() as connection:  # a reader does not wait
            assert connection.execute(models.select()).all() == []
        other.execute("ROLLBACK")
    with database.writing() as connection:
        connection.execute(models.delete())
    database.close()


def test_a_full_disk_is_said_with_its_own_remedy(tmp_path: Path) -> None:
    database = Database(tmp_path / "workspace.db")
    with pytest.raises(WorkspaceError) as caught, database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE big AS SELECT randomblob(1000000)")
    assert "full" in caught.value.brief
    assert "make room" in caught.value.remedy
    database.close()


def test_the_library_is_imported_by_the_workspace_alone() -> None:
    script = (
        "import sys, azml_magics, azml_magics.session, azml_magics.scoring.client, azml_magics.scoring.body\n"
        "print(sorted({'sqlalchemy', 'requests', 'sqlite3'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"
