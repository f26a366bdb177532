"""``%azml VERB`` and ``%%azml KIND NAME``: finds the verb, then does what its short name does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.cells.arguments import parse_command
from azml_magics.cells.grammar import KINDS, find_verb, unknown_verb
from azml_magics.errors import Place
from azml_magics.magics.cell_source import read_cell_source
from azml_magics.magics.cells import run_cell, run_kind_arguments
from azml_magics.magics.lines import run_verb
from azml_magics.magics.settings import Settings

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def run_azml_line(line: str, settings: Settings) -> object:
    """``%azml deploy digits ...``; also ``%azml environment digits``, as ``%environment digits``."""
    text = f"%azml {line}"
    arguments = parse_command(line, Place("%azml", column=len("%azml ") + 1, text=text))
    if arguments.verb.name in KINDS:
        rest = line.split(maxsplit=1)[1] if len(line.split()) > 1 else ""
        return run_kind_arguments(arguments, rest, text, settings)
    return run_verb(arguments, settings)


def run_azml_cell(line: str, cell: str, shell: InteractiveShell, settings: Settings) -> object:
    """``%%azml environment digits`` with the body of ``%%environment digits``."""
    source = read_cell_source(shell, f"%%azml {line}", numbered=settings.frontend.figures)
    words = line.split()
    verb = find_verb(words, "cell")
    if verb is None:
        raise unknown_verb(words, "cell", Place(source.label, source.first_line, text=source.magic_line))
    rest = line[line.index(verb.name) + len(verb.name) :].lstrip()
    return run_cell(verb.name, rest, cell, source, settings)
