"""What verbs about environments give back where the layers below have no value of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.definitions.environment import Environment
    from azml_magics.errors import Finding


@dataclass(frozen=True)
class RegisteredEnvironment:
    """An environment with the version it got, or had; ``findings`` are what was doubtful about its files."""

    environment: Environment
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Archiving:
    """The versions that were hidden, or brought back where they are not ``archived``."""

    environments: tuple[Environment, ...]
    archived: bool
