"""The pip section of a conda specification as ``Requirements``, also where some of its lines cannot be used here."""

from __future__ import annotations

from collections.abc import Sequence

from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.requirement_text import LogicalLine, read_logical_lines
from azml_magics.definitions.requirements import RequirementLine, Requirements, parse_requirement_lines
from azml_magics.errors import DeclarationError, Finding


def read_pip_section(
    conda: CondaDependencies, *, source: str, lines: Sequence[LogicalLine] | None = None
) -> tuple[Requirements, tuple[Finding, ...]]:
    """Its requirements, and everything that a service cannot be built from (``-e .``), as errors.

    A file of Azure's may hold such lines and still be kept and written again; the lines are left out of the
    requirements then. ``source`` is what the findings call the section; ``lines`` are its own ones where it is known
    where they stand.
    """
    if lines is None:
        lines = read_logical_lines("\n".join(conda.pip_lines), source=source)
    try:
        return parse_requirement_lines(lines), ()
    except DeclarationError as error:
        usable = {line.text: line for line in map(_usable, lines) if line is not None}
        return Requirements("", tuple(usable.values())), tuple(error.findings)


def _usable(line: LogicalLine) -> RequirementLine | None:
    try:
        parsed = parse_requirement_lines([line]).lines
    except DeclarationError:
        return None
    return parsed[0] if parsed else None
