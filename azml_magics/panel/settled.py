"""What stays of a panel in a saved notebook: plain text, small static html; the live view is left to ``frontend/``."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from azml_magics.errors import FindingsError
from azml_magics.panel.log_feed import SHOWN_CHARACTERS
from azml_magics.show.doing import SERVICE_VERBS
from azml_magics.show.html import lines_html, view_html
from azml_magics.show.text import view_lines
from azml_magics.show.view import Tone, View
from azml_magics.show.words import count, finding_lines, seconds_figure

if TYPE_CHECKING:
    from azml_magics.panel.contents import Contents

#: Of the log so much stays: lines, characters of a line, bytes of html.
KEPT_LINES = 200
KEPT_CHARACTERS = 300
KEPT_BYTES = 20_000
#: A result or an error that is longer than this is cut.
KEPT_VIEW_LINES = 120
ENDINGS = {
    "running": "...",
    "done": "is done",
    "failed": "failed",
    "cancelled": "was cancelled",
    "interrupted": "was interrupted: the process that did it is gone",
}
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def settled_bundle(contents: Contents, view: View | None = None) -> dict[str, str]:
    """The panel as it is now, as ``text/plain`` and ``text/html``; ``view`` is the result where the caller has one."""
    view = view or contents_view(contents)
    view = replace(view, lines=tuple(_cut(line) for line in view.lines[:KEPT_VIEW_LINES]))
    hint = _hint(contents)
    text = "\n".join([*view_lines(view), *([hint] if hint else [])])
    log = _log_html(contents)
    html = f"<div>{_view_html(view)}{log}{f'<small>{escape(hint)}</small>' if hint else ''}</div>"
    return {"text/plain": text, "text/html": html}


def _hint(contents: Contents) -> str:
    """How to see the log again, live."""
    if contents.job is None and contents.selected is None:
        return ""
    is_service = contents.job is None or contents.job.record.verb in SERVICE_VERBS
    return f"the whole log: %azml {'logs' if is_service else 'panel'} {contents.title}"


def contents_view(contents: Contents) -> View:
    """The verdict, the steps, the error first and what the checks found."""
    job = contents.job
    if job is None:
        return View(count(len(contents.services), "service"))
    steps = [
        (
            str(step["name"]),
            " ".join(filter(None, [str(step["state"]), _seconds(step["seconds"]), str(step["reason"])])),
        )
        for step in job.outline.steps()
        if step["state"] not in ("waiting", "skipped")
    ]
    lines = list(job.error._render_traceback_()) if job.error else []
    if not isinstance(job.error, FindingsError):  # which tells them itself
        lines += finding_lines(job.outline.findings)
    lines += [line for note in job.outline.notes for line in note.splitlines()]
    tones: dict[str, Tone] = {"done": "good", "running": "plain"}
    title = f"{job.record.doing} {ENDINGS[job.verdict]}"
    return View(title, tones.get(job.verdict, "bad"), tuple(steps), lines=tuple(lines))


def plain_line(text: str) -> str:
    """A line of a log without colours and controls, of bounded length."""
    text = text[:SHOWN_CHARACTERS].rstrip("\r\n").rsplit("\r", 1)[-1]
    return _cut(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _ESCAPES.sub("", text)).expandtabs(8))


def _view_html(view: View) -> str:
    if view.tone != "bad":
        return view_html(view)
    first = f"<strong>{escape(view.title)}</strong>{lines_html(view.lines)}"
    return first + view_html(replace(view, title="", lines=()))


def _log_html(contents: Contents) -> str:
    """Folded, also after a failure: the error above says what happened."""
    lines: list[str] = []
    size = KEPT_BYTES
    for _, _, text in reversed(contents.feed.tail(KEPT_LINES)):
        line = escape(plain_line(text), quote=False)
        size -= len(line.encode()) + 2
        if size < 0:
            break
        lines.insert(0, line)
    if not lines:
        return ""
    summary = f"last {len(lines)} of {count(contents.feed.end, 'line')} of the log"
    return f"<details><summary>{summary}</summary><pre>{chr(10).join(lines)}</pre></details>"


def _cut(line: str) -> str:
    return line if len(line) <= KEPT_CHARACTERS else line[:KEPT_CHARACTERS] + " ..."


def _seconds(value: object) -> str:
    return seconds_figure(value) if isinstance(value, (int, float)) else ""
