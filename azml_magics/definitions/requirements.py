"""``Requirements``: a pip requirements text as a value, parsed once; installing is left to ``build``."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from azml_magics.definitions.requirement_text import LogicalLine, mask_credentials, read_logical_lines
from azml_magics.errors import DeclarationError, Finding, Place

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = [
    "RequirementLine",
    "Requirements",
    "local_projects",
    "mask_credentials",
    "parse_requirement_lines",
    "parse_requirements",
]

#: Option -> whether it takes a value. uv reads them from a file, except ``--pre`` and ``--trusted-host``, which it
#: wants on its command line.
OPTIONS = {
    "--index-url": True,
    "--extra-index-url": True,
    "--find-links": True,
    "--no-binary": True,
    "--only-binary": True,
    "--trusted-host": True,
    "--pre": False,
    "--no-index": False,
}
_SHORT = {
    "-i": "--index-url",
    "-f": "--find-links",
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
}
#: pip options a service cannot be built from, and what to do instead.
_REFUSED = {
    "--editable": "put the package's folder below --source-dir, or build a wheel and write NAME @ file:///path/to.whl",
    "--constraint": "write the pins into this list itself: a constraints file is not part of what is built",
    "--require-hashes": "leave it out: every --hash written behind a requirement is checked anyway",
    "--prefer-binary": "leave it out, or name the projects with --only-binary",
    "--use-feature": "leave it out: it switches features of pip, which is not used here",
}
_TOKEN = re.compile(r"\S+")
_HASH = re.compile(r"[a-z0-9]+:[0-9a-fA-F]+")

ReadFile = Callable[[str], str]


@dataclass(frozen=True)
class RequirementLine:
    """One logical line (continuations joined, comment dropped).

    ``text`` is canonical: a PEP 508 requirement as ``packaging`` prints it, its ``--hash`` options behind it, or one
    pip option in its long form (``--index-url URL``). It may hold credentials: show it through
    :func:`mask_credentials`. ``name`` is the PEP 503 normalised project name, ``None`` for an option. ``line`` is
    1-based in the text it was read from, ``place`` where that is for the user, until it is registered.
    """

    text: str
    line: int
    name: str | None = None
    place: Place | None = field(default=None, compare=False, repr=False)


def _located(line: RequirementLine, folder: PurePath) -> RequirementLine:
    option, _, location = line.text.partition(" ")
    if option != "--find-links" or ":" in location or location.startswith("~"):
        return line
    return replace(line, text=f"{option} {folder / location}")


@dataclass(frozen=True)
class Requirements:
    """A named list of requirement lines; ``name`` is empty for a list written inside an environment."""

    name: str = ""
    lines: tuple[RequirementLine, ...] = ()

    def canonical_lines(self) -> tuple[str, ...]:
        """The lines that make two lists equal, in their order (order matters to pip and to Azure's digest)."""
        return tuple(line.text for line in self.lines)

    def located(self, folder: PurePath) -> Requirements:
        """The same list with the relative directories of ``--find-links`` made absolute from ``folder``."""
        return replace(self, lines=tuple(_located(line, folder) for line in self.lines))

    def names(self) -> frozenset[str]:
        """Normalised names of the projects asked for."""
        return frozenset(line.name for line in self.lines if line.name is not None)


def parse_requirements(
    text: str,
    *,
    name: str = "",
    place: Place | None = None,
    first_line: int = 1,
    read_file: ReadFile | None = None,
) -> Requirements:
    """A pip requirements text as a value; exact duplicates are dropped.

    ``place`` says what the user calls the text, ``first_line`` which number its first line has there. ``read_file``
    gets the path of every ``-r FILE``, relative to the text's own folder, and raises ``OSError`` for a missing one.
    Raises ``DeclarationError`` with everything that is wrong.
    """
    source = place.source if place else f"requirements {name}".rstrip()
    lines = read_logical_lines(text, source=source, first_line=first_line)
    return parse_requirement_lines(lines, name=name, read_file=read_file)


def parse_requirement_lines(
    lines: Sequence[LogicalLine], *, name: str = "", read_file: ReadFile | None = None
) -> Requirements:
    """As :func:`parse_requirements`, for lines that come from somewhere else than one text (a YAML list)."""
    from azml_magics.definitions.requirement_conflicts import find_conflicts

    reading = _Reading(read_file)
    reading.read(lines, folder="", opened=())
    findings = [*reading.findings, *find_conflicts(reading.projects)]
    if findings:
        sources = list(dict.fromkeys(finding.place.source for finding in findings if finding.place))
        findings.sort(
            key=lambda found: (sources.index(found.place.source), found.place.line) if found.place else (0, 0)
        )
        label = f"requirements {name!r}" if name else "the requirements"
        raise DeclarationError(f"{label} cannot be used", findings)
    return Requirements(name, tuple(reading.lines.values()))


def local_projects(requirements: Requirements) -> list[str]:
    """What is installed from files of this machine, by name."""
    return [line.name or line.text for line in requirements.lines if " @ file:" in line.text]


class _Reading:
    """What has been read so far: lines by their canonical text, projects with their values, faults."""

    def __init__(self, read_file: ReadFile | None) -> None:
        self._read_file = read_file
        self.lines: dict[str, RequirementLine] = {}
        self.projects: list[tuple[str, Requirement, LogicalLine]] = []
        self.findings: list[Finding] = []

    def read(self, lines: Sequence[LogicalLine], folder: str, opened: tuple[str, ...]) -> None:
        """Take ``lines``, found in ``folder``, reached through the files ``opened``."""
        for line in lines:
            if line.text.startswith("- "):
                rest = line.text[2:].lstrip()
                self._fault(line, "invalid-requirement", f"{line.text!r} is no requirement", f"write {rest}")
            elif line.text.startswith("-"):
                self._read_options(line, folder, opened)
            else:
                self._read_requirement(line)

    def _fault(self, line: LogicalLine, code: str, message: str, remedy: str, *, at: tuple[int, int] = (0, 1)) -> None:
        """``at`` is the offset and length of what is meant."""
        self.findings.append(line.finding(code, message, remedy, *at))

    def _keep(self, text: str, line: LogicalLine, name: str | None = None) -> bool:
        if text in self.lines:
            return False
        self.lines[text] = RequirementLine(text, line.number, name, line.place())
        return True

    # options ----------------------------------------------------------------------------------------------------------

    def _read_options(self, line: LogicalLine, folder: str, opened: tuple[str, ...]) -> None:
        """Split into one option each: uv reads one a line."""
        tokens = list(_TOKEN.finditer(line.text))
        while tokens:
            token = tokens.pop(0)
            written, value = _split_option(token[0])
            option = _SHORT.get(written, written)
            at = token.start(), len(token[0])
            if option in _REFUSED:
                self._fault(line, "unsupported-option", f"{option} cannot be used", _REFUSED[option], at=at)
                return
            takes_value = True if option == "--requirement" else OPTIONS.get(option)
            if takes_value is None:
                known = [*OPTIONS, "--requirement", "--hash"]
                remedy = _did_you_mean(written, known) or "options known here: " + ", ".join(known)
                self._fault(line, "unknown-option", f"unknown option {written}", remedy, at=at)
                return
            if takes_value and value is None:
                if not tokens:
                    self._fault(line, "missing-value", f"{option} needs a value", f"write {option} VALUE", at=at)
                    return
                value = tokens.pop(0)[0]
            if not takes_value and value is not None:
                self._fault(line, "invalid-value", f"{option} takes no value", f"write {option} alone", at=at)
                return
            if option == "--requirement":
                self._read_nested(line, value or "", folder, opened)
            elif option in ("--no-binary", "--only-binary"):
                for project in (value or "").split(","):
                    self._keep(f"{option} {project}", line)
            else:
                self._keep(f"{option} {value}" if takes_value else option, line)

    def _read_nested(self, line: LogicalLine, written: str, folder: str, opened: tuple[str, ...]) -> None:
        path = posixpath.normpath(posixpath.join(folder, written.replace("\\", "/")))
        remedy = "write the requirements of that file here"
        text = None
        if "://" in written:
            reason = "files are not downloaded"
        elif path in opened:
            reason = "it includes itself"
        elif self._read_file is None:
            reason = "files cannot be read here"
        else:
            try:
                text = self._read_file(path)
            except OSError as error:
                reason = error.strerror or "it cannot be read"
                remedy = "check the path: it is relative to the folder of the list"
            except UnicodeDecodeError:
                reason, remedy = "it is not UTF-8", "save it as UTF-8"
        if text is None:
            self._fault(line, "requirements-file", f"-r {written}: {reason}", remedy, at=(0, len(line.text)))
        else:
            self.read(read_logical_lines(text, source=path), posixpath.dirname(path), (*opened, path))

    # requirements -----------------------------------------------------------------------------------------------------

    def _read_requirement(self, line: LogicalLine) -> None:
        from packaging.requirements import Requirement
        from packaging.utils import canonicalize_name

        from azml_magics.definitions.requirement_faults import explain, named_location

        text, _, options = re.sub(r"\s+(?=--)", "\n", line.text, count=1).partition("\n")
        try:
            requirement = Requirement(named_location(text) or text)
        except (ValueError, RecursionError) as error:
            fault = explain(text, error)
            shown = text if len(text) <= 60 else text[:57] + "..."
            at = fault.offset, fault.length
            self._fault(line, "invalid-requirement", f"{shown!r} is no requirement", fault.remedy, at=at)
            return
        hashes = self._read_hashes(line, options)
        name = canonicalize_name(requirement.name)
        if self._keep(" ".join([str(requirement), *hashes]), line, name):
            self.projects.append((name, requirement, line))

    def _read_hashes(self, line: LogicalLine, options: str) -> list[str]:
        hashes = []
        start = len(line.text) - len(options)
        tokens = list(_TOKEN.finditer(options))
        while tokens:
            token = tokens.pop(0)
            written, value = _split_option(token[0])
            at = start + token.start(), len(token[0])
            if written != "--hash":
                remedy = _did_you_mean(written, ["--hash"]) or "only --hash may stand behind a requirement"
                self._fault(line, "unknown-option", f"unknown option {written}", remedy, at=at)
                continue
            if value is None and tokens:
                value = tokens.pop(0)[0]
            if value is None or not _HASH.fullmatch(value):
                remedy = "write --hash=sha256:HEX, as pip hash prints it"
                self._fault(line, "invalid-value", f"{value or 'nothing'!r} is no hash", remedy, at=at)
                continue
            hashes.append(f"--hash={value}")
        return hashes


def _split_option(token: str) -> tuple[str, str | None]:
    """``--name=value`` or ``-xvalue`` as (name, value); the value is ``None`` when it is not glued to the name."""
    if token.startswith("--"):
        name, equals, value = token.partition("=")
        return name, value if equals else None
    return token[:2], token[2:].removeprefix("=") or None


def _did_you_mean(written: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(written, known, n=1)
    return f"did you mean {near[0]}?" if near else ""
