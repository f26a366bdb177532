"""Views as small HTML for a notebook: escaped, no script, no colours of its own, nothing a sanitizer would drop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from azml_magics.show.view import Table, View

_CELL = "text-align:left;vertical-align:top"
#: Lines shown at once; more of them are folded.
OPEN_LINES = 40


def view_html(view: View) -> str:
    """Title, facts, table and preformatted lines in one ``div``."""
    parts = [f"<strong>{escape(view.title)}</strong>"]
    if view.facts:
        parts.append(_table(f"<th style='{_CELL}'>{escape(label)}</th>{_cell(text)}" for label, text in view.facts))
    if view.table is not None:
        parts.append(table_html(view.table))
    parts.append(lines_html(view.lines))
    return f"<div>{''.join(parts)}</div>"


def table_html(table: Table) -> str:
    """A table with a head row."""
    head = "".join(f"<th style='{_CELL}'>{escape(column)}</th>" for column in table.columns)
    return _table([head, *("".join(_cell(cell) for cell in row) for row in table.rows)])


def lines_html(lines: Sequence[str]) -> str:
    """Preformatted text; folded when it is long, empty when there is none."""
    if not lines:
        return ""
    block = f"<pre>{escape(chr(10).join(lines))}</pre>"
    if len(lines) <= OPEN_LINES:
        return block
    return f"<details><summary>{len(lines)} lines</summary>{block}</details>"


def _table(rows: Iterable[str]) -> str:
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _cell(text: str) -> str:
    return f"<td style='{_CELL}'>{escape(text)}</td>"
