"""Registered models: names with whole-number versions from 1; content is kept by the content store."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from azml_magics.definitions.model import NAME_PATTERN, Model, check_framework
from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.system.files import missing
from azml_magics.workspace.content import ContentStore
from azml_magics.workspace.database import Database
from azml_magics.workspace.tables import models
from azml_magics.workspace.versions import VersionedTable


class ModelRegistry:
    """The models of one workspace."""

    def __init__(self, database: Database, content: ContentStore) -> None:
        self._content = content
        self._rows = VersionedTable(
            database, models, "model", _from_row, "register it: azml model register PATH --name {}"
        )

    def register(
        self,
        path: Path,
        *,
        name: str,
        tags: Mapping[str, str],
        properties: Mapping[str, str],
        description: str,
        framework: str | None = None,
        framework_version: str | None = None,
    ) -> Model:
        """Keep a copy of the file or folder ``path`` as the next version of ``name``.

        Equal content under the same file name with everything else equal too gives the version that has it. Raises
        ``NotFoundError`` (``model-path``) and ``DeclarationError``.
        """
        path = path.resolve() if path.name in ("", "..") else path
        findings = _check(name, path, self._content.directory.parent) + check_framework(framework, framework_version)
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
            "framework": framework,
            "framework_version": framework_version,
        }
        row = self._rows.add(name, values, equal=tuple(values))
        if not stored.path.exists():  # no model had it yet, and somebody removed what is unused just then
            self._content.add(path)
        return _from_row(row)

    def find(self, name: str, version: int | None = None) -> Model | None:
        """That version, or the newest; ``None`` when there is none."""
        return self._rows.find(name, version)

    def get(self, name: str, version: int | None = None) -> Model:
        """As :meth:`find`; raises ``NotFoundError`` with near names or the versions there are."""
        found = self.find(name, version)
        if found is None:
            raise self._rows.missing(name, version)
        return found

    def list_all(self, name: str | None = None, tags: Mapping[str, str | None] | None = None) -> list[Model]:
        """Every version, by name and version; with ``tags`` those that have all of them, ``None`` for any value."""

        def has(model: Model, key: str, value: str | None) -> bool:
            known = dict(model.tags)
            return key in known and value in (None, known[key])

        found = self._rows.list_all(name)
        return [model for model in found if all(has(model, *tag) for tag in (tags or {}).items())]

    def names(self) -> list[str]:
        """Every registered name, sorted."""
        return self._rows.names()

    def unused_content(self) -> list[Path]:
        """What no model has: left by processes that were killed before they had written one down."""
        entries = self._content.entries()
        with self._rows.database.reading() as connection:
            used = set(connection.scalars(select(models.c.digest).distinct()))
        return [entry for entry in entries if entry.name not in used]

    def remove_unused_content(self, entry: Path) -> bool:
        """Remove ``entry``, unless a model has it by now."""
        with self._rows.database.writing() as connection:
            query = select(models.c.id).where(models.c.digest == entry.name).limit(1)
            if connection.scalar(query) is not None:
                return False
            aside = self._content.set_aside(entry)
        shutil.rmtree(aside, ignore_errors=True)
        return True

    def path(self, model: Model) -> Path:
        """Its file or folder in the content store, read-only; of one that is not registered, the user's own."""
        return model.local_path or self._content.path(model.digest, model.basename)


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
        row.framework,
        row.framework_version,
    )
