"""Which environment variables a process can be given; where they are written is left to the readers."""

from __future__ import annotations

from collections.abc import Iterable

from azml_magics.errors import Finding, Place


def check_variables(variables: Iterable[tuple[str, str]], place: Place | None = None) -> list[Finding]:
    """A finding for each that no process can have; values, which may be secrets, are not shown."""
    findings = []
    for name, value in variables:
        if not name or "=" in name or "\0" in name:
            remedy = "leave = out of the name" if "=" in name else "give it a name"
            findings.append(Finding("invalid-variable", f"{name[:80]!r} cannot name a variable", remedy, place))
        elif "\0" in value:
            message = f"variable {name[:80]} holds a null character"
            findings.append(Finding("invalid-variable", message, "leave it out", place))
    return findings
