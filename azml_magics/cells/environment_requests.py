"""What a line about environments says: which one, and where a new one comes from; every fault is found at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.cells.values import is_notebook
from azml_magics.errors import DeclarationError, Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments

#: Ways to say what an environment is made of: dest -> how it is written. Those of a row exclude each other.
_SOURCES = {
    "directory": "-d DIR",
    "file": "--file FILE",
    "conda": "--conda FILE",
    "conda_environment": "--conda-environment NAME",
    "requirements": "--requirements FILE",
    "image": "--image REF",
    "dockerfile": "--dockerfile FILE",
}
_EXCLUSIVE = (
    ("directory", "file"),
    ("conda", "requirements"),
    ("image", "dockerfile"),
    *((other, "conda_environment") for other in ("conda", "requirements", "image", "dockerfile")),
)
#: Files that say everything themselves.
_WHOLE = frozenset({"directory", "file"})


def environment_label(arguments: Arguments) -> str:
    """``NAME`` or ``NAME:VERSION``, written as one word or as ``-n NAME -v VERSION``.

    Raises ``DeclarationError`` with everything that is wrong.
    """
    findings = list(check_label(arguments))
    if findings:
        raise DeclarationError(f"{arguments.place.source} cannot be done", findings)
    written, version = arguments.text("name") or arguments.text("named"), arguments.text("version")
    assert written is not None
    return written if version is None else f"{written}:{version}"


def check_label(arguments: Arguments) -> list[Finding]:
    """Whether a line says once which environment it means."""
    name, named, version = (arguments.text(dest) for dest in ("name", "named", "version"))
    findings = _check_named_once(arguments)
    if name is None and named is None:
        findings.append(
            Finding("missing-argument", "no environment is named", "write NAME or -n NAME", arguments.place)
        )
    if version is not None and ":" in (name or named or ""):
        message = "there are two versions"
        findings.append(Finding("exclusive-options", message, "leave -v out", arguments.place_of("version")))
    return findings


def check_scaffold(arguments: Arguments) -> list[Finding]:
    """Whether the name is one for an environment."""
    from azml_magics.definitions.environment import check_name

    return check_name(arguments.text("named") or "my-environment", arguments.place_of("named"))


def check_clone(arguments: Arguments) -> list[Finding]:
    """Whether the copy's name is one for an environment."""
    from azml_magics.definitions.environment import check_name

    return check_name(arguments.text("new_name") or "my-environment", arguments.place_of("new_name"))


def check_environment_target(arguments: Arguments) -> list[Finding]:
    """Whether a line of ``environment check`` says once what to look at: an environment, or its files."""
    if arguments.text("directory") is None:
        return check_label(arguments)
    named = [dest for dest in ("name", "named", "version") if arguments.text(dest) is not None]
    return [
        Finding("exclusive-options", "there are an environment and a directory", "keep one", arguments.place_of(dest))
        for dest in named
    ]


def check_registration(arguments: Arguments) -> list[Finding]:
    """Whether a line of ``environment register`` says what to register, once, and under which name."""
    from azml_magics.definitions.environment import check_name

    given = [dest for dest in _SOURCES if dest in arguments.given]
    if is_notebook(arguments.text("name") or ""):
        message = "a notebook says itself what its environments are made of"
        dests = (*given, *(dest for dest in ("description", "tags") if dest in arguments.given))
        return [Finding("exclusive-options", message, "leave it out", arguments.place_of(dest)) for dest in dests]
    findings = _check_named_once(arguments)
    for pair in _EXCLUSIVE:
        if all(dest in given for dest in pair):
            findings.append(_contradiction(arguments, pair))
    findings += [
        _contradiction(arguments, (whole, dest))
        for whole in given
        if whole in _WHOLE
        for dest in given
        if dest not in _WHOLE
    ]
    named = arguments.text("name") or arguments.text("named")
    if named is None and not any(dest in _WHOLE for dest in given):
        what, remedy = ("environment has no name", "add -n NAME") if given else _NOTHING
        findings.append(Finding("missing-argument", what, remedy, arguments.place))
    if named is not None:
        findings += check_name(named, arguments.place_of("name" if arguments.text("name") else "named"))
    return findings


_NOTHING = (
    "nothing to register is named",
    "write NAME of a declared environment, or what it is made of: " + ", ".join(_SOURCES.values()),
)


def _check_named_once(arguments: Arguments) -> list[Finding]:
    if arguments.text("name") is None or arguments.text("named") is None:
        return []
    return [Finding("exclusive-options", "there are two names", "keep one of them", arguments.place_of("named"))]


def _contradiction(arguments: Arguments, dests: tuple[str, str]) -> Finding:
    message = f"{_SOURCES[dests[0]]} and {_SOURCES[dests[1]]} contradict each other"
    return Finding("exclusive-options", message, "keep one of them", arguments.place_of(dests[1]))
