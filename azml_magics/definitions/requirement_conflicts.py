"""Two requirements of one project that no version can satisfy; judged without asking an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from azml_magics.definitions.requirement_text import LogicalLine
from azml_magics.errors import Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

_MINORS = tuple(f"3.{minor}" for minor in range(8, 16))
#: ``sys_platform``, ``os_name``, ``platform_system``, ``platform_machine`` of the machines a list may be used on.
_MACHINES = (
    ("linux", "posix", "Linux", "x86_64"),
    ("linux", "posix", "Linux", "aarch64"),
    ("darwin", "posix", "Darwin", "x86_64"),
    ("darwin", "posix", "Darwin", "arm64"),
    ("win32", "nt", "Windows", "AMD64"),
)


def find_conflicts(entries: Sequence[tuple[str, Requirement, LogicalLine]]) -> list[Finding]:
    """One finding for each line that contradicts an earlier one; ``entries`` are (normalised name, value, line).

    Lines whose environment markers never hold together do not contradict each other.
    """
    findings = []
    by_name: dict[str, list[tuple[Requirement, LogicalLine]]] = {}
    for name, requirement, line in entries:
        earlier = by_name.setdefault(name, [])
        earlier.append((requirement, line))
        for other, other_line in earlier:
            if _contradict(requirement.specifier, other.specifier) and _hold_together(requirement, other):
                findings.append(_finding(requirement, line, other, other_line))
                break
    return findings


def _finding(requirement: Requirement, line: LogicalLine, other: Requirement, other_line: LogicalLine) -> Finding:
    if other_line is line:
        return line.finding(
            "conflicting-pins", f"{str(requirement)!r} contradicts itself", "keep one version", 0, len(line.text)
        )
    where = other_line.place()
    stands = f"line {where.line}" if where.source == line.source else str(where)
    return line.finding(
        "conflicting-pins",
        f"{str(requirement)!r} contradicts {str(other)!r} of {stands}",
        "keep one of the two, or give them environment markers that exclude each other",
        0,
        len(line.text),
    )


def _contradict(first: SpecifierSet, second: SpecifierSet) -> bool:
    """True when an ``==`` of one leaves no version that both allow."""
    pins, prefixes = _pins(first), _prefixes(first)
    other_pins, other_prefixes = _pins(second), _prefixes(second)
    candidates = [*pins, *other_pins]
    if candidates:
        return not any(
            first.contains(version, prereleases=True) and second.contains(version, prereleases=True)
            for version in candidates
        )
    return any(
        mine[: len(theirs)] != theirs[: len(mine)]
        for mine in prefixes
        for theirs in (*prefixes, *other_prefixes)
        if mine is not theirs
    )


def _pins(specifiers: SpecifierSet) -> list[str]:
    return [part.version for part in specifiers if part.operator == "==" and not part.version.endswith(".*")]


def _prefixes(specifiers: SpecifierSet) -> list[tuple[str, ...]]:
    return [
        tuple(part.version[:-2].split("."))
        for part in specifiers
        if part.operator == "==" and part.version.endswith(".*")
    ]


def _hold_together(first: Requirement, second: Requirement) -> bool:
    """True when some Python on some machine makes both markers true."""
    return any(_applies(first, facts) and _applies(second, facts) for facts in _environments())


def _applies(requirement: Requirement, facts: Mapping[str, str]) -> bool:
    from packaging.markers import UndefinedComparison

    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate(dict(facts))
    except (UndefinedComparison, ValueError):
        # A comparison without meaning (``os_name ~= "posix"``) never holds.
        return False


def _environments() -> list[dict[str, str]]:
    return [
        {
            "python_version": minor,
            "python_full_version": f"{minor}.{patch}",
            "implementation_name": "cpython",
            "implementation_version": f"{minor}.{patch}",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
            "sys_platform": platform,
            "os_name": os_name,
            "platform_system": system,
            "platform_machine": machine,
            "extra": "",
        }
        for minor in _MINORS
        for patch in (0, 9)
        for platform, os_name, system, machine in _MACHINES
    ]
