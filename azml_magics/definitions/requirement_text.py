"""A requirements text as logical lines that know where each character stood; ``requirements`` gives them meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from azml_magics.errors import Finding, Place

_LINE_END = re.compile(r"\r\n|\r|\n")
#: pip's rule: a ``#`` opens a comment at the start of a line or after white space.
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
#: ``user:password@`` or ``token@`` of a URL; the second form covers a password with an unescaped ``/``.
_CREDENTIALS = re.compile(r"(?<=://)(?:[^\s/]*@|[^\s/:]+:(?!\d+(?:/|\s|$))[^\s@]*@)")


def mask_credentials(text: str) -> str:
    """``text`` with what stands before the ``@`` of every URL replaced by ``***``: for everything that is shown."""
    return _CREDENTIALS.sub("***@", text)


def local_path(location: str) -> str | None:
    """The path that a location of pip's means on this machine, or ``None`` for an address."""
    if location.startswith("file:"):
        return unquote(location.removeprefix("file:").removeprefix("//").removeprefix("localhost").partition("#")[0])
    return None if "://" in location else location


@dataclass(frozen=True)
class Fragment:
    """A part of a logical line: it starts at ``offset`` there and at ``column`` (1-based) of physical line ``line``."""

    offset: int
    line: int
    column: int
    physical: str


@dataclass(frozen=True)
class LogicalLine:
    """One line with continuations joined and its comment dropped.

    ``number`` is 1-based in the text it was read from; the lines of ``fragments`` count as the user sees them.
    """

    text: str
    number: int
    source: str
    fragments: tuple[Fragment, ...]

    def place(self, offset: int = 0, length: int = 1) -> Place:
        """Where the character at ``offset`` stands; no caret where masking a URL would move it."""
        fragment = next(part for part in reversed(self.fragments) if part.offset <= offset or part.offset == 0)
        column = fragment.column + offset - fragment.offset
        shown = mask_credentials(fragment.physical)
        if shown[:column] != fragment.physical[:column]:
            return Place(self.source, fragment.line, text=shown)
        return Place(self.source, fragment.line, column, shown, length)

    def finding(self, code: str, message: str, remedy: str, offset: int = 0, length: int = 1) -> Finding:
        """A fault of this line, without credentials."""
        return Finding(code, mask_credentials(message), mask_credentials(remedy), self.place(offset, length))

    def without_comment(self) -> LogicalLine:
        """The same line with a comment and the white space around it dropped."""
        return replace(self, text=_COMMENT.sub("", self.text).rstrip())


def read_logical_lines(text: str, *, source: str, first_line: int = 1) -> list[LogicalLine]:
    """The lines of ``text`` that say something, in order.

    ``source`` names the text to the user; ``first_line`` is the number its first line has there.
    """
    lines: list[LogicalLine] = []
    parts: list[str] = []
    fragments: list[Fragment] = []
    physical_lines = _LINE_END.split(text.removeprefix("\ufeff"))
    for index, physical in enumerate(physical_lines):
        is_comment = physical.lstrip().startswith("#")
        continued = physical.endswith("\\") and not is_comment and index + 1 < len(physical_lines)
        content = physical[:-1] if continued else physical
        if not parts:
            content = content.lstrip()
        fragments.append(
            Fragment(sum(map(len, parts)), first_line + index, physical.index(content) + 1 if content else 1, physical)
        )
        # A comment that ends a continuation needs the white space that makes its ``#`` one.
        parts.append(f" {content}" if is_comment and parts else content)
        if continued:
            continue
        number = index + 2 - len(fragments)
        line = LogicalLine("".join(parts), number, source, tuple(fragments)).without_comment()
        if line.text:
            lines.append(line)
        parts, fragments = [], []
    return lines
