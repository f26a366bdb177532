"""Completion for IPython: the grammar's words, and names from this session and its workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from azml_magics.cells.verb import Completes
from azml_magics.errors import WorkspaceError
from azml_magics.magics.completion import complete
from azml_magics.magics.state import STATE

if TYPE_CHECKING:
    from azml_magics.session import Session


class HasWorkspace(Protocol):
    """The magics, of which only one setting matters here."""

    workspace: Any


def make_matcher(magics: HasWorkspace) -> Any:
    """A matcher (API version 2) that knows whose it is by its attribute ``azml_magics``."""

    @context_matcher(priority=100, identifier="azml_magics")  # type: ignore[untyped-decorator]  # IPython's is not typed
    def azml_matcher(context: CompletionContext) -> dict[str, Any]:
        found = complete(
            context.text_until_cursor,
            first_line=not "".join(context.full_text.split("\n")[: context.cursor_line]).strip(),
            names=lambda kind: list_names(kind, str(magics.workspace)),
        )
        if found is None or not found.items:
            return {"completions": [], "suppress": False}
        return {
            "completions": [SimpleCompletion(text=item.text, type=f"azml {item.kind}") for item in found.items],
            "matched_fragment": found.fragment,
            "suppress": True,
            "ordered": True,
        }

    azml_matcher.azml_magics = magics
    return azml_matcher


def list_names(kind: Completes, workspace: str) -> Sequence[str]:
    """Names of that kind, declared or registered, sorted; paths are left to IPython."""
    declared = STATE.declarations
    if kind == "requirements":
        return sorted(declared.requirements)
    if kind == "dockerfile":
        return sorted(declared.dockerfiles)
    if kind == "entry_script":
        return sorted({*declared.entry_scripts, *(path.name for path in Path.cwd().glob("*.py"))})
    if kind == "environment":
        return sorted({*declared.environments, *_registered(kind, workspace)})
    if kind == "image":
        from azml_magics.plan.base_images import CATALOGUE

        return [image.reference for image in CATALOGUE if image.status == "current"]
    return sorted(_registered(kind, workspace)) if kind in ("model", "service", "run") else []


def _registered(kind: Completes, workspace: str) -> set[str]:
    """Names in the workspace; one that does not exist yet is not created for this."""
    from azml_magics.workspace.locate import locate

    if not workspace and locate(Path.cwd()) is None:
        return set()
    try:
        return {*_names_in(kind, STATE.session(workspace))}
    except WorkspaceError:
        return set()  # completion has no place to say so; the command itself will


def _names_in(kind: Completes, session: Session) -> list[str]:
    if kind == "environment":
        return session.workspace.environment_names()
    if kind == "model":
        return [model.name for model in session.workspace.list_models()]
    if kind == "run":
        return ["latest", *(record.id for record in session.workspace.runs.list_all())]
    return [record.name for record in session.workspace.list_services()]
