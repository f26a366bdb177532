"""Removing what was found unused, each thing in its way; what came into use meanwhile is kept, with the reason."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.errors import AzmlError
from azml_magics.events import Emit, Note
from azml_magics.journal.records import find_by_id
from azml_magics.journal.removal import remove_record
from azml_magics.prune.unused import Pruning, Unused, list_unused
from azml_magics.prune.uses import Uses, collect_uses
from azml_magics.services.orphans import end_orphans
from azml_magics.system.locks import locked

if TYPE_CHECKING:
    from azml_magics.definitions.declarations import Declarations
    from azml_magics.workspace.workspace import Workspace


def remove_unused(
    workspace: Workspace,
    declarations: Declarations,
    working_directory: Path,
    chosen: Sequence[Unused],
    *,
    emit: Emit,
    cancel: Cancel,
) -> Pruning:
    """Remove of ``chosen`` what is still unused; the rest is kept, with the reason.

    Nobody can start a service meanwhile. Raises ``ServiceError`` (``service-busy``) while somebody does,
    ``CancelledError`` between two removals.
    """
    removed: list[Unused] = []
    kept: list[Unused] = []
    with workspace.prune_lock():
        uses = collect_uses(workspace, declarations, working_directory)
        unused = {(item.kind, item.name) for item in list_unused(workspace, uses)}
        for item in chosen:
            cancel.check("removing what is unused")
            try:
                problem = (
                    "it is in use by now" if (item.kind, item.name) not in unused else _remove(item, uses, workspace)
                )
            except (AzmlError, OSError) as error:
                problem = error.brief if isinstance(error, AzmlError) else str(error)
            if problem:
                kept.append(replace(item, reason=problem))
            else:
                removed.append(item)
                emit(Note(f"removed {item.kind} {item.name}"))
    return Pruning(removed=tuple(removed), kept=tuple(kept), problem=uses.problem)


def _remove(item: Unused, uses: Uses, workspace: Workspace) -> str:
    """Why it could not be removed; empty when it is gone."""
    from azml_magics.build.uv_calls import MARKER
    from azml_magics.containers.usage import remove_image

    if item.path is None:
        if uses.connection is None:
            return uses.problem
        remove_image(uses.connection, item.name)
    elif item.kind == "image facts":
        item.path.unlink(missing_ok=True)
    elif item.kind == "interrupted service":
        end_orphans(workspace, item.path.parent.name)
    elif item.kind in ("service files", "invocation files"):
        shutil.rmtree(item.path)
    elif item.kind == "job record":
        record = find_by_id(workspace.root, item.path.name)
        return "" if record is None or remove_record(record) else "it runs"
    elif item.kind == "content":
        return "" if workspace.remove_unused_model_content(item.path) else "a model has it by now"
    else:
        with locked(item.path.with_suffix(".lock"), what=f"removing {item.path}"):
            # Without its marker it is unfinished: whoever comes in between builds it again.
            (item.path / MARKER).unlink(missing_ok=True)
            shutil.rmtree(item.path)
    return ""
