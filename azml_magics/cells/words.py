"""A magic's line split into words that know where they stood; what they mean is left to ``arguments``."""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import dataclass, replace

from azml_magics.errors import DeclarationError, Finding, Place

_SINGLE_QUOTED = re.compile(r"(\"[^\"]*\")|'[^']*'")
#: What IPython leaves in the line when it knows no such variable: ``{name}`` (also ``{name.a[0]!r:fmt}``) or ``$name``.
_UNEXPANDED = re.compile(r"\{[A-Za-z_][\w.]*(?:\[[^\]{}]*\])*(?:![rsa])?(?::[^{}]*)?\}|\$[A-Za-z_]\w*")


@dataclass(frozen=True)
class Word:
    """``text`` without its quotes; ``raw`` as written, from ``start`` (0-based) of the line."""

    text: str
    raw: str = ""
    start: int = 0


def split_words(line: str, place: Place) -> list[Word]:
    """The words of ``line``: quotes group, backslashes are themselves (Windows paths), ``#`` opens a comment.

    A ``;`` at the end, which tells a notebook to show no result, is dropped. ``place`` is where the line starts.
    Raises ``DeclarationError`` for an open quote and for a variable IPython did not expand; a word in single quotes
    is taken literally.
    """
    words = _drop_semicolon(_scan(line, place))
    findings = []
    for word in words:
        match = _UNEXPANDED.search(_SINGLE_QUOTED.sub(r"\1", word.raw))
        if match:
            name = match[0].strip("{}$")
            findings.append(
                Finding(
                    "unexpanded-variable",
                    f"{match[0]} was not replaced by a value",
                    f"define {name} before, or write the word in single quotes to mean it literally",
                    place_of_word(place, word),
                )
            )
    if findings:
        raise DeclarationError(f"{place.source} cannot be read", findings)
    return words


def place_of_word(place: Place, word: Word) -> Place:
    """``word`` marked in the line that starts at ``place``; the line itself when its text is not known."""
    if place.text is None or place.column is None:
        return place
    return replace(place, column=place.column + word.start, length=max(1, len(word.raw)))


def _scan(line: str, place: Place) -> list[Word]:
    stream = io.StringIO(line)
    lexer = shlex.shlex(stream, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    words: list[Word] = []
    while True:
        start = stream.tell()
        while start < len(line) and line[start] in lexer.whitespace:
            start += 1
        if start >= len(line) or line[start] == "#":
            return words
        try:
            text = lexer.get_token()
        except ValueError as error:
            unclosed = Word("", line[start:], start)
            finding = Finding(
                "unclosed-quote", "a quote is not closed", "close the quote", place_of_word(place, unclosed)
            )
            raise DeclarationError(f"{place.source} cannot be read", [finding]) from error
        end = stream.tell()
        if end < len(line) or line[end - 1] in lexer.whitespace:
            end -= 1
        words.append(Word(text or "", line[start:end], start))


def _drop_semicolon(words: list[Word]) -> list[Word]:
    if not words or not words[-1].raw.endswith(";"):
        return words
    last = words[-1]
    return words[:-1] + ([replace(last, text=last.text[:-1], raw=last.raw[:-1])] if last.raw != ";" else [])
