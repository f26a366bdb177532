"""A whole notebook file as declarations and the verbs it would run; no kernel, no IPython.

Cells are numbered from 1 over all cells of the notebook, text cells included: the order in which they are seen.
A cell tagged ``azml-ignore`` is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azml_magics.cells.arguments import Arguments, parse_command
from azml_magics.cells.declaration import Declaration
from azml_magics.cells.grammar import KINDS, find_verb, unknown_verb
from azml_magics.cells.interpret import interpret
from azml_magics.errors import DeclarationError, Finding, Place

IGNORE_TAG = "azml-ignore"
#: Verbs that are part of what a notebook declares; the others look at services or talk to them.
DECLARING_VERBS = ("deploy", "model register")
_CELL_MAGIC = re.compile(r"%%(?P<magic>\w+)(?P<line>.*)")
_LINE_MAGIC = re.compile(r"(?:[^\W\d][\w, ]*=\s*)?%azml(?![\w%])(?P<line>.*)")
#: ``%requirements NAME --file FILE`` declares without a body.
_SHORT_LINE_MAGIC = re.compile(r"%(?P<line>requirements(?!\w).*)")

ReadFile = Callable[[str], str]


@dataclass(frozen=True)
class NotebookDeclarations:
    """What a notebook says, in the order of its cells: ``steps`` are declarations and verbs as they come."""

    name: str
    steps: tuple[Declaration | Arguments, ...] = ()

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations alone."""
        return tuple(step for step in self.steps if isinstance(step, Declaration))

    def commands(self, verb: str) -> tuple[Arguments, ...]:
        """The lines of one verb: ``deploy`` or ``model register``."""
        return tuple(step for step in self.steps if isinstance(step, Arguments) and step.verb.name == verb)


def read_notebook(text: str, *, name: str, read_file: ReadFile | None = None) -> NotebookDeclarations:
    """Read the notebook ``text``; ``name`` is what the user calls it, its cells are ``NAME cell 3``.

    ``read_file`` gives the text of files that requirements include, relative to the notebook. Variables are not
    known without a kernel: a line that uses one is refused. Raises ``DeclarationError`` with the faults of all cells,
    code ``not-a-notebook`` when the text is none.
    """
    steps: list[Declaration | Arguments] = []
    findings: list[Finding] = []
    for number, source in _code_cells(text, name):
        reader = _CellReader(f"{name} cell {number}", read_file)
        steps += reader.read(source)
        findings += reader.findings
    if findings:
        raise DeclarationError(f"{name} cannot be used", findings)
    return NotebookDeclarations(name, tuple(steps))


def _code_cells(text: str, name: str) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(_cells(text, name), start=1):
        tags = cell.get("metadata", {}).get("tags", [])
        if cell.get("cell_type") == "code" and IGNORE_TAG not in tags:
            yield number, cell["source"]


def _cells(text: str, name: str) -> list[Mapping[str, Any]]:
    """The cells of any notebook format that nbformat can bring up to date; more than the cells is not looked at."""
    import json

    def refuse(reason: str) -> DeclarationError:
        remedy = "give a notebook file that JupyterLab opens"
        return DeclarationError(f"{name} cannot be used", [Finding("not-a-notebook", reason, remedy, Place(name))])

    text = text.removeprefix("\ufeff")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(f"this is not JSON: {error}") from error
    if not isinstance(content, dict) or type(content.get("nbformat")) is not int:
        raise refuse("this is JSON, but no notebook")
    from nbformat import converter, reader

    try:
        content = reader.reads(text)  # type: ignore[no-untyped-call]  # nbformat is not annotated
        notebook = converter.convert(content, 4)  # type: ignore[no-untyped-call]  # as above
        cells = list(notebook["cells"])
    except Exception as error:
        # nbformat trusts the shape of what it converts: a wrong one ends in whatever Python says, assertions included.
        raise refuse(f"this has a shape no notebook has: {error}") from error
    for number, cell in enumerate(cells, start=1):
        if not _is_cell(cell):
            raise refuse(f"cell {number} has a shape no cell has")
    return cells


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("source"), str):
        return False
    metadata = cell.get("metadata", {})
    return isinstance(metadata, dict) and isinstance(metadata.get("tags", []), list)


class _CellReader:
    """One code cell; what is wrong with it is kept in ``findings``."""

    def __init__(self, label: str, read_file: ReadFile | None) -> None:
        self._label = label
        self._read_file = read_file
        self.findings: list[Finding] = []

    def read(self, source: str) -> list[Declaration | Arguments]:
        lines = source.split("\n")
        first = next((index for index, line in enumerate(lines) if line.strip()), None)
        if first is None:
            return []
        magic = _CELL_MAGIC.match(lines[first])
        try:
            if magic is None:
                return self._read_lines(lines)
            declaration = self._read_cell_magic(magic["magic"], magic["line"], lines, first)
        except DeclarationError as error:
            self.findings += error.findings
            return []
        return [declaration] if declaration else []

    def _read_cell_magic(self, magic: str, line: str, lines: list[str], first: int) -> Declaration | None:
        """``%%KIND NAME`` and ``%%azml KIND NAME``; any other cell magic owns its whole cell."""
        if magic == "azml":
            words = line.split()
            kind = find_verb(words, "cell")
            if kind is None:
                raise unknown_verb(words, "cell", Place(self._label, first + 1, text=lines[first]))
            magic, line = kind.name, line.partition(kind.name)[2]
        if magic not in KINDS or magic in ("score", "invoke", "run_script"):
            return None
        return self._interpret(magic, line, "\n".join(lines[first + 1 :]), first + 1, lines[first])

    def _interpret(self, kind: str, line: str, body: str | None, number: int, written: str) -> Declaration:
        return interpret(
            kind,
            line.strip(),
            body,
            label=self._label,
            first_line=number,
            magic_line=written.rstrip(),
            read_file=self._read_file,
        )

    def _read_lines(self, lines: list[str]) -> list[Declaration | Arguments]:
        steps: list[Declaration | Arguments] = []
        numbered = iter(enumerate(lines, start=1))
        for number, line in numbered:
            magic = _LINE_MAGIC.match(line) or _SHORT_LINE_MAGIC.match(line)
            if magic is None:
                continue
            written = line
            while written.endswith("\\"):
                written = written[:-1] + next(numbered, (0, ""))[1]
            try:
                step = self._read_line(written[magic.start("line") :], number, written)
            except DeclarationError as error:
                self.findings += error.findings
            else:
                steps += [step] if step else []
        return steps

    def _read_line(self, line: str, number: int, written: str) -> Declaration | Arguments | None:
        place = Place(self._label, number, len(written) - len(line) + 1, written)
        words = line.split()
        verb = find_verb(words, "line")
        if verb is None:
            raise unknown_verb(words, "line", replace(place, column=None))
        if verb.name == "requirements" and "--file" in line:
            return self._interpret(verb.name, line.partition(verb.name)[2], None, number, written)
        return parse_command(line, place) if verb.name in DECLARING_VERBS else None
