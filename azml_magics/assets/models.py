"""``Models``: files and folders as versioned models of one workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.model import Model

if TYPE_CHECKING:
    from azml_magics.assets.copies import CopiedOut
    from azml_magics.errors import Finding
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Models:
    """The models of ``workspace``; relative paths start at ``working_directory``."""

    workspace: Workspace
    working_directory: Path

    def register(
        self,
        path: Path | str,
        *,
        name: str,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        description: str = "",
        framework: str | None = None,
        framework_version: str | None = None,
    ) -> Model:
        """Copy a file or folder into the workspace as the next version of ``name``; equal content is the same version.

        Values of tags and properties are kept as texts. Raises ``NotFoundError`` (``model-path``) when ``path`` is
        missing, ``DeclarationError`` for a bad name and for a ``framework_version`` without ``framework``.
        """
        return self.workspace.register_model(
            self.working_directory / path,
            name=name,
            tags=_texts(tags),
            properties=_texts(properties),
            description=description,
            framework=framework,
            framework_version=framework_version,
        )

    def get(self, name: str, version: int | None = None) -> Model:
        """That version, or the newest. Raises ``NotFoundError`` with near names or the versions there are."""
        return self.workspace.get_model(name, version)

    def register_file(self, file: Path | str, **given: Any) -> tuple[Model, tuple[Finding, ...]]:
        """Register what a ``model.yml`` of Azure's v2 describes, and say what of it counts for nothing here.

        ``given`` are arguments of :meth:`register`; those that say something win over the file.
        """
        from azml_magics.assets.v2_models import register_model_file

        return register_model_file(self, self.working_directory / file, given)

    def download(
        self, name: str, version: int | None = None, *, directory: Path | str, overwrite: bool = False
    ) -> CopiedOut:
        """Copy that version, or the newest, to ``directory``; see :func:`azml_magics.assets.copies.copy_out`."""
        from azml_magics.assets.copies import CopiedOut, copy_out

        model = self.get(name, version)
        path = copy_out(self.path(model), self.working_directory / directory, overwrite=overwrite)
        return CopiedOut(f"model {model.label}", path, str(Path(directory) / model.basename), model.size_bytes)

    def save_file(
        self, name: str, version: int | None = None, *, directory: Path | str, overwrite: bool = False
    ) -> CopiedOut:
        """Write that version, or the newest, with a ``model.yml`` of Azure's v2 into ``directory``, all or nothing.

        Raises ``NotFoundError``, ``DeclarationError`` (``directory-exists``), ``WorkspaceError``.
        """
        from azml_magics.assets.copies import CopiedOut
        from azml_magics.assets.v2_models import MODEL_FILE, save_model_file

        model, target = self.get(name, version), self.working_directory / directory
        save_model_file(model, self.path(model), target, overwrite=overwrite)
        return CopiedOut(
            f"model {model.label}", target / MODEL_FILE, str(Path(directory) / MODEL_FILE), model.size_bytes
        )

    def list_all(self, name: str | None = None, tags: Mapping[str, str | None] | None = None) -> list[Model]:
        """Every version, by name and version; with ``tags`` those that have all of them, ``None`` for any value."""
        return self.workspace.list_models(name, tags)

    def path(self, model: Model | str, version: int | None = None) -> Path:
        """Its file or folder in the workspace, read-only; of a name that version, or the newest."""
        return self.workspace.model_path(self.get(model, version) if isinstance(model, str) else model)


def _texts(words: Mapping[str, object] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (words or {}).items()}
