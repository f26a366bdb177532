"""JSON forms of what the verbs about models and Azure's v2 files give; ``document`` registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.show.findings import finding_document

if TYPE_CHECKING:
    from azml_magics.assets.copies import CopiedOut
    from azml_magics.assets.v2_export import Exported
    from azml_magics.definitions.model import Model


def model_document(value: Model) -> dict[str, object]:
    """Everything about it."""
    return {
        "name": value.name,
        "version": value.version,
        "basename": value.basename,
        "is_folder": value.is_folder,
        "digest": value.digest,
        "size_bytes": value.size_bytes,
        "tags": dict(value.tags),
        "properties": dict(value.properties),
        "description": value.description,
        "framework": value.framework,
        "framework_version": value.framework_version,
        "created": value.created.isoformat() if value.created else None,
    }


def copied_out_document(value: CopiedOut) -> dict[str, object]:
    """What was copied where."""
    return {"copied": value.label, "path": str(value.path), "size_bytes": value.size_bytes}


def exported_document(value: Exported) -> dict[str, object]:
    """What was written where."""
    return {
        "service": value.service,
        "directory": str(value.directory),
        "files": list(value.files),
        "size_bytes": value.size_bytes,
        "findings": [finding_document(finding) for finding in value.findings],
    }
