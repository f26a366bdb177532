"""The page's program and style, joined from the files of ``frontend/``; what they do is written there."""

from __future__ import annotations

from functools import cache
from importlib import resources

#: In the order they are joined. The scripts share one scope: none imports, and only the last exports.
PARTS = (
    "words.js",
    "wording.js",
    "pressing.js",
    "elements.js",
    "state.js",
    "selection.js",
    "copying.js",
    "ansi.js",
    "log_colors.js",
    "log_store.js",
    "log_rows.js",
    "log_search.js",
    "log_lines.js",
    "log_copy.js",
    "log_tools.js",
    "log_keys.js",
    "log_view.js",
    "chart.js",
    "tabs.js",
    "strip.js",
    "cells.js",
    "error.js",
    "findings.js",
    "services.js",
    "json_text.js",
    "request_text.js",
    "answer.js",
    "request_form.js",
    "history.js",
    "load_test.js",
    "playground.js",
    "head.js",
    "panel.js",
    "base.css",
    "head.css",
    "strip.css",
    "findings.css",
    "log.css",
    "services.css",
    "playground.css",
    "answer.css",
    "media.css",
)


def _join(suffix: str) -> str:
    folder = resources.files(__package__) / "frontend"
    parts = [folder / name for name in PARTS if name.endswith(suffix)]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


@cache
def read_module() -> str:
    """One ES module whose default export is the widget's."""
    return _join(".js")


@cache
def read_style() -> str:
    """One style sheet, for that module's elements alone."""
    return _join(".css")
