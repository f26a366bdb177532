"""What is wrong with a line that is no PEP 508 requirement, and what its writer probably meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

_INSTALL_COMMAND = re.compile(r"[!%]?\s*(?:python3?\s+-m\s+|uv\s+)?pip3?\s+install\s+(?P<rest>.+)")
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<rest>.*)(?P=quote),?")
_LOOSE_VERSION = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*(?:\s*\[[^\]]*\])?)(?P<operator>\s*(?:=>|=<|=|:)\s*|\s+)"
    r"[vV]?(?P<version>\d[A-Za-z0-9.*+!_-]*)(?:=\S*)?"
)
_NO_VERSION = re.compile(r"(?P<name>[^\s=<>~!]+)\s*(?P<operator>[=<>~!]{1,3})")
_LOCATION = re.compile(r"(?:[a-z][a-z0-9+]*://|\.{0,2}[/\\]|~/|[A-Za-z]:[/\\]).*|.*\.(?:whl|tar\.gz|zip)")
_OPERATORS = {"=": "==", ":": "==", "": "==", "=>": ">=", "=<": "<="}
_GENERIC = "write NAME, NAME==VERSION or NAME>=VERSION,<VERSION"


#: ``#egg=NAME``, with which older files name what an address holds.
_EGG = re.compile(r"egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)")
_WHEEL_ADDRESS = re.compile(
    r"[a-z][a-z0-9+]*://\S*/(?P<name>[A-Za-z0-9][A-Za-z0-9._]*)-\d[^/\s-]*(?:-[^/\s-]+){3,4}\.whl\S*"
)


@dataclass(frozen=True)
class Fault:
    """``remedy`` says what to write instead; ``offset`` and ``length`` where to put the caret."""

    remedy: str
    offset: int = 0
    length: int = 1


def named_location(text: str) -> str | None:
    """``NAME @ URL`` of an address that says its project's name itself: a wheel's, or one with ``#egg=NAME``."""
    address, _, marker = text.partition(" ;")
    if "://" not in address or " " in address.strip():
        return None
    behind = f" ;{marker}" if marker else ""
    place, _, fragment = address.strip().partition("#")
    for part in fragment.split("&"):
        if egg := _EGG.fullmatch(part):
            others = "&".join(other for other in fragment.split("&") if other != part)
            return f"{egg['name']} @ {place}{'#' if others else ''}{others}{behind}"
    if wheel := _WHEEL_ADDRESS.fullmatch(address.strip()):
        return f"{wheel['name'].replace('_', '-')} @ {address.strip()}{behind}"
    return None


def explain(text: str, error: Exception) -> Fault:
    """The likely slip in ``text``, which ``packaging`` refused with ``error``."""
    if match := _INSTALL_COMMAND.fullmatch(text):
        return Fault(f"write only what comes after the command: {match['rest']}", 0, match.start("rest"))
    if match := _QUOTED.fullmatch(text):
        return Fault(f"leave the quotes out: {match['rest']}", 0, len(text))
    if text[0] in "<>=~!":
        return Fault('a requirement starts with its name; in a YAML list, quote one with a comma: "numpy>=1,<2"')
    if text.endswith(","):
        return Fault(f"one requirement a line, without a comma: {text.rstrip(', ')}", len(text) - 1)
    if match := _LOOSE_VERSION.fullmatch(text):
        operator = _OPERATORS[match["operator"].strip()]
        meant = f"{match['name']}{operator}{match['version']}"
        if _is_requirement(meant):
            start, end = match.span("operator")
            return Fault(f"did you mean {meant}?", start, end - start)
    if match := _NO_VERSION.fullmatch(text):
        start, end = match.span("operator")
        return Fault(f"write a version after {match['operator']!r}, or the name alone", start, end - start)
    if text.endswith(".whl") and "://" not in text:
        return Fault(
            f"keep it in the workspace, and write what that prints: azml environment add-wheel {text}", 0, len(text)
        )
    if _LOCATION.fullmatch(text):
        return Fault(f"give the project a name: NAME @ {text}", 0, len(text))
    if ";" in text:
        return Fault('a marker compares with text in quotes: NAME; python_version < "3.12"', _offset(error, text))
    return Fault(_GENERIC, _offset(error, text))


def _is_requirement(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


def _offset(error: Exception, text: str) -> int:
    """Where ``packaging`` stopped reading: its syntax error carries that as ``span``."""
    span = getattr(error.__cause__, "span", None)
    return min(span[1], len(text)) if span else 0
