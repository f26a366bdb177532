"""``%%requirements``, ``%%environment``, ``%%dockerfile``, ``%%entry_script`` and ``%%score``, and their line forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.background.request import DeclaredCell
from azml_magics.cells.arguments import Arguments, parse_line
from azml_magics.cells.grammar import KINDS
from azml_magics.cells.interpret import interpret
from azml_magics.definitions.declarations import Declared, near_names
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.errors import NotFoundError, Place
from azml_magics.magics.lines import run_verb
from azml_magics.magics.results import shown
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE

if TYPE_CHECKING:
    from azml_magics.cells.declaration import Declaration
    from azml_magics.magics.cell_source import CellSource
    from azml_magics.session import Session


def run_cell(kind: str, line: str, body: str, source: CellSource, settings: Settings) -> object:
    """A cell magic: declare what the body says, or send it."""
    cell = _interpret(kind, line, body, source, settings)
    declaration = cell.declaration
    if kind == "run_script":
        assert isinstance(declaration.value, EntryScript)
        return run_verb(declaration.arguments, settings, script=declaration.value)
    if declaration.value is None:
        return run_verb(declaration.arguments, settings, declaration.body)
    return _declare(cell, settings)


def run_line(kind: str, line: str, settings: Settings) -> object:
    """The line form of a kind: show what is declared or registered under a name, declare from a file, or score."""
    place = Place(f"%{kind}", column=len(kind) + 3, text=f"%{kind} {line}")
    return run_kind_arguments(parse_line(KINDS[kind], line, place), line, place.text or "", settings)


def run_kind_arguments(arguments: Arguments, line: str, magic_line: str, settings: Settings) -> object:
    """As :func:`run_line`, once the line is parsed."""
    from azml_magics.magics.cell_source import CellSource

    kind = arguments.verb.name
    if kind in ("score", "invoke"):
        return run_verb(arguments, settings)
    if kind == "requirements" and arguments.text("file") is not None:
        source = CellSource(magic_line.split(maxsplit=1)[0], 1, magic_line)
        return _declare(_interpret(kind, line, None, source, settings), settings)
    session = STATE.session(settings.workspace)
    return shown(_find(kind, arguments, session), figures=settings.frontend.figures)


@dataclass(frozen=True)
class _Interpreted:
    """What a cell declares, and the cell, with the texts of the files it named as they were."""

    declaration: Declaration
    cell: DeclaredCell


def _interpret(kind: str, line: str, body: str | None, source: CellSource, settings: Settings) -> _Interpreted:
    folder = STATE.session(settings.workspace).working_directory
    files: dict[str, str] = {}

    def read_file(path: str) -> str:
        files[path] = (folder / path).read_text(encoding="utf-8-sig")
        return files[path]

    declaration = interpret(
        kind,
        line,
        body,
        label=source.label,
        first_line=source.first_line,
        magic_line=source.magic_line,
        read_file=read_file,
    )
    cell = DeclaredCell(kind, line, body, source.label, source.first_line, source.magic_line, files)
    return _Interpreted(declaration, cell)


def _declare(interpreted: _Interpreted, settings: Settings) -> object:
    declaration = interpreted.declaration
    assert declaration.value is not None
    session = STATE.session(settings.workspace)
    value = declaration.value
    if isinstance(value, EntryScript) and declaration.arguments.flag("write"):
        _write(session.working_directory / value.path, value.source)
    change = session.declare(value)
    STATE.remember_cell(interpreted.cell, value)
    if settings.frontend.background:
        STATE.workers.prepare()  # while the user writes the cell that deploys
    return shown(change, figures=settings.frontend.figures)


def _write(path: Path, source: str) -> None:
    from azml_magics.system.files import write_atomically

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, source.encode(), mode=0o644)


def _find(kind: str, arguments: Arguments, session: Session) -> object:
    """What is declared under the name; an environment may also be one that an earlier session registered."""
    declarations = session.declarations
    if kind == "environment":
        from azml_magics.resolve.environment import get_named_environment

        name = arguments.require_text("name")
        draft = declarations.environments.get(name)
        return draft or get_named_environment(name, declarations, session.workspace)
    name = arguments.require_text("path" if kind == "entry_script" else "name")
    tables: dict[str, Mapping[str, Declared]] = {
        "requirements": declarations.requirements,
        "dockerfile": declarations.dockerfiles,
        "entry_script": declarations.entry_scripts,
    }
    declared = tables[kind]
    if name not in declared:
        raise NotFoundError(
            f"{kind} {name!r} is not declared in this session",
            remedy=near_names(name, declared) if declared else f"declare it in a cell: %%{kind} {name}",
            code=f"unknown-{kind.replace('_', '-')}",
        )
    return declared[name]
