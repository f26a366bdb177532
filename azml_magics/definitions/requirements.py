"""``Requirements``: a pip requirements text as a value, parsed once; installing is left to ``build``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RequirementLine:
    """One logical line (continuations joined, comment dropped).

    ``text`` is canonical: a PEP 508 requirement as ``packaging`` prints it, or a pip option as written.
    ``name`` is the PEP 503 normalised project name, ``None`` for an option. ``line`` is 1-based in the text it was
    read from.
    """

    text: str
    line: int
    name: str | None = None


@dataclass(frozen=True)
class Requirements:
    """A named list of requirement lines; ``name`` is empty for a list written inside an environment."""

    name: str = ""
    lines: tuple[RequirementLine, ...] = ()

    def canonical_lines(self) -> tuple[str, ...]:
        """The lines that make two lists equal, in their order (order matters to pip and to Azure's digest)."""
        return tuple(line.text for line in self.lines)

    def names(self) -> frozenset[str]:
        """Normalised names of the projects asked for."""
        return frozenset(line.name for line in self.lines if line.name is not None)
