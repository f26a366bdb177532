"""A cell magic's line and body as a ``Declaration``; keeping it is left to the session."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace

from azml_magics.cells.arguments import Arguments, parse_line
from azml_magics.cells.declaration import Declaration
from azml_magics.cells.environment_body import read_environment_body
from azml_magics.cells.grammar import KINDS
from azml_magics.cells.words import Word, place_of_word
from azml_magics.definitions.declarations import Declared
from azml_magics.definitions.dockerfile_text import DockerfileText, check_dockerfile
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import NAME_LENGTH_LIMIT, NAME_PATTERN, check_name
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.run import check_run_script
from azml_magics.definitions.script_rules import check_script, check_script_path, check_syntax
from azml_magics.errors import DeclarationError, Finding, Place

ReadFile = Callable[[str], str]


def interpret(
    kind: str,
    line: str,
    body: str | None,
    *,
    label: str,
    first_line: int = 1,
    magic_line: str | None = None,
    read_file: ReadFile | None = None,
) -> Declaration:
    """What a cell of ``kind`` (a key of ``grammar.KINDS``) declares.

    ``line`` is what stands behind the magic's name, ``body`` the text below it (``None`` for a line magic that names a
    file instead). ``label`` is what the user calls the cell; ``first_line`` the number of the magic's line in it, and
    ``magic_line`` that line as written when it is not ``%%KIND LINE``. ``read_file`` gives the text of files that
    requirements include, by the path written. Raises ``DeclarationError`` with everything wrong in line and body.
    """
    magic_line = f"%%{kind} {line}" if magic_line is None else magic_line
    column = len(magic_line) - len(line) + 1 if magic_line.endswith(line) else None
    start = Place(label, first_line, column, magic_line)
    findings: list[Finding] = []
    arguments: Arguments | None = None
    try:
        arguments = parse_line(KINDS[kind], line, start, door="line" if body is None else "cell")
    except DeclarationError as error:
        findings += error.findings
    cell = _Cell(arguments, body, start, line, read_file)
    value = cell.value_of(kind)
    findings += cell.findings
    if arguments is None or findings:
        raise DeclarationError(f"%%{kind} {cell.name}".rstrip() + " cannot be used", findings)
    text = body or ""
    last_line = first_line + len(text.rstrip("\n").split("\n")) if text else first_line
    return Declaration(kind, cell.name, arguments, value, text, cell.place, first_line, last_line)


class _Cell:
    """One cell while it is read.

    ``arguments`` is ``None`` when its line is wrong: name and body are looked at all the same.
    """

    def __init__(
        self, arguments: Arguments | None, body: str | None, start: Place, line: str, read_file: ReadFile | None
    ) -> None:
        self._arguments = arguments
        self._body = body
        self._read_file = read_file
        self.place = replace(start, column=None)
        self.name, self._name_place = "", self.place
        if arguments is not None:
            dest = arguments.verb.positionals[0].dest
            self.name, self._name_place = arguments.require_text(dest), arguments.place_of(dest)
        elif first := re.match(r"\s*([^\s\"'#-]\S*)", line):
            self.name = first[1]
            self._name_place = place_of_word(start, Word(first[1], first[1], first.start(1)))
        self.findings: list[Finding] = []

    @property
    def _body_line(self) -> int:
        return (self.place.line or 0) + 1

    def value_of(self, kind: str) -> Declared | None:
        """The declared value; what is ``None`` for a kind that should have one has left findings."""
        file = None if self._arguments is None else self._arguments.text("file")
        if KINDS[kind].body == "required" and file is None and not (self._body and self._body.strip()):
            remedy = f"write the {kind.replace('_', ' ')} below the line"
            self.findings.append(Finding("missing-body", "the cell has no body", remedy, self.place))
            return None
        try:
            if kind == "requirements":
                return self._requirements()
            if kind == "environment":
                return self._environment()
            if kind == "entry_script":
                return self._entry_script()
            if kind == "dockerfile":
                return self._dockerfile()
            if kind == "run_script":
                return self._training_script()
            self._check_data()
        except DeclarationError as error:
            self.findings += error.findings
        return None

    def _check_data(self) -> None:
        if self._arguments is None:
            return
        has_data, has_body = self._arguments.text("data") is not None, bool(self._body and self._body.strip())
        if has_data and has_body:
            message, place = "the cell has a body and --data too", self._arguments.place_of("data")
            self.findings.append(Finding("exclusive-options", message, "keep one of them", place))
        elif not has_data and not has_body:
            message = "there is nothing to send"
            self.findings.append(Finding("missing-argument", message, "write the request below the line", self.place))

    def _check_name(self, kind: str) -> None:
        if self.name and (not NAME_PATTERN.fullmatch(self.name) or len(self.name) > NAME_LENGTH_LIMIT):
            message = f"{kind} name {self.name[:60]!r} may hold only letters, digits, '.', '_' and '-', at most 255"
            self.findings.append(Finding("invalid-name", message, f"for instance %%{kind} digits", self._name_place))

    def _dockerfile(self) -> Declared | None:
        self._check_name("dockerfile")
        body = (self._body or "").removesuffix("\n") + "\n"
        found = check_dockerfile(body, place=self.place, first_line=self._body_line)
        self.findings += [finding for finding in found if finding.severity == "error"]
        return DockerfileText(self.name, body, self.place)

    def _requirements(self) -> Declared | None:
        self._check_name("requirements")
        file = None if self._arguments is None else self._arguments.text("file")
        if self._arguments is None or file is None:
            return parse_requirements(
                self._body or "",
                name=self.name,
                place=self.place,
                first_line=self._body_line,
                read_file=self._read_file,
            )
        file_place = self._arguments.place_of("file")
        if self._body and self._body.strip():
            message = "the cell has a body and --file too"
            self.findings.append(Finding("exclusive-options", message, "keep one of them", file_place))
            return None
        return self._requirements_file(file, file_place)

    def _requirements_file(self, file: str, file_place: Place) -> Declared | None:
        read_file = self._read_file
        if read_file is None:
            reason = "files cannot be read here"
        else:
            folder = posixpath.dirname(file.replace("\\", "/"))
            try:
                text = read_file(file)
            except OSError as error:
                reason = error.strerror or "it cannot be read"
            except UnicodeDecodeError:
                reason = "it is not UTF-8"
            else:
                return parse_requirements(
                    text,
                    name=self.name,
                    place=Place(file),
                    read_file=lambda path: read_file(posixpath.join(folder, path)),
                )
        self.findings.append(Finding("requirements-file", f"--file {file}: {reason}", "check the path", file_place))
        return None

    def _environment(self) -> Declared | None:
        if self.name:
            self.findings += check_name(self.name, self._name_place)
        draft, findings = read_environment_body(
            self._body or "", name=self.name, place=self.place, first_line=self._body_line, read_file=self._read_file
        )
        self.findings += findings
        return draft

    def _training_script(self) -> Declared | None:
        path = posixpath.normpath(self.name.replace("\\", "/"))
        if self.name:
            self.findings += check_run_script(path, self._name_place)
        if path.startswith(("/", "../")) or path[1:2] == ":":
            message = f"script {path!r} is not below the source directory"
            remedy = f"name it by a relative path, for instance {posixpath.basename(path)}"
            self.findings.append(Finding("invalid-script-path", message, remedy, self._name_place))
        source = (self._body or "").removesuffix("\n") + "\n"
        origin = Origin(self.place.source, self.place.line or 0)
        self.findings += check_syntax(source, name=path, origin=origin)
        self.name = path if self.name else ""
        return EntryScript(path, source, origin)

    def _entry_script(self) -> Declared | None:
        path = posixpath.normpath(self.name.replace("\\", "/")) if self.name else "score.py"
        if self.name:
            self.findings += check_script_path(path, self._name_place)
        if path.startswith(("/", "../")) or path[1:2] == ":":
            message = f"entry script {path!r} is not below the current folder"
            remedy = f"name it by a relative path, for instance {posixpath.basename(path)}"
            self.findings.append(Finding("invalid-script-path", message, remedy, self._name_place))
        source = self._body or ""
        source = source if source.endswith("\n") else source + "\n"
        origin = Origin(self.place.source, self.place.line or 0)
        self.findings += [
            finding for finding in check_script(source, name=path, origin=origin) if finding.severity == "error"
        ]
        self.name = path if self.name else ""
        return EntryScript(path, source, origin)
