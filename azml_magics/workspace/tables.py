"""The tables of the workspace database; times are aware UTC in ISO format, mappings are JSON."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

#: Kept in SQLite's ``user_version``; a workspace with a higher one was written by a newer release.
SCHEMA_VERSION = 4

metadata = MetaData()

environments = Table(
    "environments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("definition", JSON, nullable=False),
    Column("created", String, nullable=False),
    Column("archived", Boolean, nullable=False, server_default=false()),
    Index("environment_version", "name", "version", unique=True),
    Index("environment_digest", "name", "digest"),
)

models = Table(
    "models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("basename", String, nullable=False),
    Column("is_folder", Boolean, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("description", Text, nullable=False),
    Column("created", String, nullable=False),
    Column("framework", String),
    Column("framework_version", String),
    Index("model_version", "name", "version", unique=True),
)

services = Table(
    "services",
    metadata,
    Column("name", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("deployment", JSON, nullable=False),
    Column("endpoint", JSON),
    Column("directory", String, nullable=False),
    Column("error", Text),
    Column("stages", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("created", String, nullable=False),
    Column("updated", String, nullable=False),
)

#: What was built for which environment, and how long it took; one row for each that it was built for.
artifacts = Table(
    "artifacts",
    metadata,
    Column("key", String, primary_key=True),
    Column("strategy", String, primary_key=True),
    Column("environment", String(64), primary_key=True),
    Column("environment_name", String, nullable=False),
    Column("tag", String, nullable=False),
    Column("build_seconds", Float),
    Column("start_seconds", Float),
    Column("size_bytes", Integer),
    Column("used", String, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("service", ForeignKey("services.name"), nullable=False),
    Column("time", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("request_headers", JSON, nullable=False),
    Column("request_body", LargeBinary, nullable=False),
    Column("request_bytes", Integer, nullable=False),
    Column("status", Integer, nullable=False),
    Column("response_headers", JSON, nullable=False),
    Column("response_body", LargeBinary, nullable=False),
    Column("response_bytes", Integer, nullable=False),
    Column("latency_ms", Float, nullable=False),
    Column("run_ms", Float),
    Index("request_service", "service", "id"),
    # Bodies stand before what is counted: without its own index, each would be read to get behind it.
    Index("request_figures", "service", "latency_ms", "status"),
)

#: ``definition`` is the run as it was asked for and what was made of it, ``process`` where it is found while it runs.
runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("experiment", String, nullable=False),
    Column("state", String, nullable=False),
    Column("definition", JSON, nullable=False),
    Column("directory", String, nullable=False),
    Column("process", JSON),
    Column("exit_code", Integer),
    Column("error", Text),
    Column("tags", JSON, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("created", String, nullable=False),
    Column("started", String),
    Column("ended", String),
    Index("run_experiment", "experiment", "number"),
)
