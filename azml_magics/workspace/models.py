"""Registered models: names with whole-number versions from 1; content is kept by the content store."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.model import NAME_PATTERN, Model
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place
from azml_magics.system.files import missing
from azml_magics.workspace.content import ContentStore
from azml_magics.workspace.database import Database
from azml_magics.workspace.tables import models


class ModelRegistry:
    """The models of one workspace."""

    def __init__(self, database: Database, content: ContentStore) -> None:
        self._database = database
        self._content = content

    def register(
        self, path: Path, *, name: str, tags: Mapping[str, str], properties: Mapping[str, str], description: str
    ) -> Model:
        """Keep a copy of the file or folder ``path`` as the next version of ``name``.

        Equal content under the same file name with equal tags, properties and description gives the version that has
        them. Raises ``NotFoundError`` (``model-path``) and ``DeclarationError``.
        """
        path = path.resolve() if path.name in ("", "..") else path
        findings = _check(name, path, self._content.directory.parent)
        if findings:
            raise DeclarationError(f"model {name[:80]!r} cannot be registered", findings)
        if not path.exists():
            raise missing(path, what="model", code="model-path")
        stored = self._content.add(path)
        values: dict[str, Any] = {
            "basename": path.name,
            "is_folder": path.is_dir(),
            "digest": stored.digest,
            "size_bytes": stored.size_bytes,
            "tags": dict(sorted(tags.items())),
            "properties": dict(sorted(properties.items())),
            "description": description,
        }
        with self._database.writing() as connection:
            known = connection.execute(
                select(models).where(models.c.name == name).order_by(models.c.version.desc())
            ).all()
            for row in known:
                if all(row._mapping[key] == value for key, value in values.items()):
                    return _from_row(row)
            version = known[0].version + 1 if known else 1
            created = datetime.now(timezone.utc).isoformat()
            row = connection.execute(
                models.insert().values(name=name, version=version, created=created, **values).returning(models)
            ).one()
        return _from_row(row)

    def find(self, name: str, version: int | None = None) -> Model | None:
        """That version, or the newest; ``None`` when there is none."""
        query = select(models).where(models.c.name == name)
        if version is not None:
            query = query.where(models.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(models.c.version.desc()).limit(1)).first()
        return None if row is None else _from_row(row)

    def get(self, name: str, version: int | None = None) -> Model:
        """As :meth:`find`; raises ``NotFoundError`` with near names or the versions there are."""
        found = self.find(name, version)
        if found is not None:
            return found
        versions = [str(model.version) for model in self.list_all(name)]
        if versions:
            raise NotFoundError(
                f"model {name!r} has no version {version}",
                remedy="versions: " + ", ".join(versions),
                code="unknown-model-version",
            )
        known = self.names()
        raise NotFoundError(
            f"model {name!r} is not registered",
            remedy=near_names(name, known) if known else f"register it: azml model register PATH --name {name}",
            code="unknown-model",
        )

    def list_all(self, name: str | None = None, tags: Mapping[str, str] | None = None) -> list[Model]:
        """Every version, by name and version; with ``tags`` those that have all of them."""
        query = select(models).order_by(models.c.name, models.c.version)
        if name is not None:
            query = query.where(models.c.name == name)
        with self._database.reading() as connection:
            found = [_from_row(row) for row in connection.execute(query)]
        return [model for model in found if (tags or {}).items() <= dict(model.tags).items()]

    def names(self) -> list[str]:
        """Every registered name, sorted."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(models.c.name).distinct().order_by(models.c.name)))

    def path(self, model: Model) -> Path:
        """Its file or folder in the content store, read-only."""
        return self._content.path(model.digest, model.basename)


def _check(name: str, path: Path, workspace: Path) -> list[Finding]:
    findings = []
    if not NAME_PATTERN.fullmatch(name):
        findings.append(
            Finding(
                "invalid-model-name",
                f"model name {name[:80]!r} may hold only letters, digits, '-', '.' and '_', at most 255, "
                "and starts with a letter or digit",
                "rename it, for instance "
                + repr(re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:255] or "my-model"),
            )
        )
    if workspace.resolve().is_relative_to(path.resolve()):
        findings.append(
            Finding(
                "model-holds-workspace",
                f"folder {path} holds the workspace itself",
                "put the model's files into a folder of their own and register that",
                Place(str(path)),
            )
        )
    if os.fsencode(path.name).decode(errors="replace") != path.name:
        findings.append(
            Finding("name-not-utf8", f"the name of {str(path)!r} is not UTF-8", "rename it", Place(repr(str(path))))
        )
    return findings


def _from_row(row: Row[Any]) -> Model:
    return Model(
        row.name,
        row.version,
        row.basename,
        row.is_folder,
        row.digest,
        row.size_bytes,
        tuple(row.tags.items()),
        tuple(row.properties.items()),
        row.description,
        datetime.fromisoformat(row.created),
    )
