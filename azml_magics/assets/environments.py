"""``Environments``: the environments of one workspace, and those that this session declared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.environment import Environment
from azml_magics.resolve_environment import get_named_environment, located

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Environments:
    """The environments of ``workspace`` and of ``declarations``; relative paths start at ``working_directory``."""

    workspace: Workspace
    declarations: Declarations
    working_directory: Path

    def get(self, label: str) -> Environment:
        """``NAME`` (declared in this session, else the newest registered) or ``NAME:VERSION``.

        Raises ``NotFoundError`` (``unknown-environment``, ``unknown-environment-version``).
        """
        return get_named_environment(label, self.declarations, self.workspace)

    def list_all(self, name: str | None = None, *, archived: bool = False) -> list[Environment]:
        """Every registered version, by name and version; archived ones only when they are asked for."""
        return self.workspace.list_environments(name, archived=archived)

    def register(self, environment: Environment) -> Environment:
        """``environment`` with its version: that of an equal definition of its name, else the next.

        Raises ``DeclarationError`` for a name that may not be registered, ``NotFoundError`` for a directory it names
        that is not there.
        """
        return self.workspace.register_environment(located(environment, self.working_directory))

    def archive(self, name: str, version: int | None = None, *, archived: bool = True) -> list[Environment]:
        """Hide one version, or all of ``name``, from lists and from ``latest``, or bring them back.

        Gives what was hidden or brought back; raises ``NotFoundError``.
        """
        return self.workspace.archive_environment(name, version, archived=archived)
