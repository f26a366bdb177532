"""What a terminal with a single row shows of a line, cell after cell; written apart from the page's own reading."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Style:
    """Colours are ``None``, a number of the palette, or ``(red, green, blue)``."""

    fg: int | tuple[int, int, int] | None = None
    bg: int | tuple[int, int, int] | None = None
    flags: frozenset[str] = frozenset()


FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike", 21: "underline"}
UNFLAGS = {22: {"bold", "dim"}, 23: {"italic"}, 24: {"underline"}, 27: {"inverse"}, 29: {"strike"}}
TURNING = {chr(code) for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A))}


@dataclass
class Row:
    cells: list[tuple[str, Style]] = field(default_factory=list)
    cursor: int = 0
    style: Style = Style()

    def put(self, character: str) -> None:
        self.cells[self.cursor : self.cursor + 1] = [(character, self.style)]
        self.cursor += 1

    def erase(self, what: int) -> None:
        blank = (" ", Style())
        if what == 0:
            del self.cells[self.cursor :]
        elif what == 1:
            for place in range(min(self.cursor + 1, len(self.cells))):
                self.cells[place] = blank
        else:
            self.cells = [blank] * self.cursor


def find_end(line: str, start: int) -> tuple[int, str, str] | None:
    """Where the escape sequence at ``start`` ends, its kind and what is in it; ``None`` when it is not complete."""
    at = start + 1
    if at >= len(line):
        return None
    kind = line[at]
    at += 1
    if kind == "[":
        begin = at
        while at < len(line) and "0" <= line[at] <= "?":
            at += 1
        inside = line[begin:at]
        while at < len(line) and " " <= line[at] <= "/":
            at += 1
        return (at + 1, line[at], inside) if at < len(line) and "@" <= line[at] <= "~" else None
    if kind in "]PX^_":
        while at < len(line) and line[at] != "\x1b" and not (kind == "]" and line[at] == "\x07"):
            at += 1
        if line[at : at + 1] == "\x07":
            return at + 1, "", ""
        return (at + 2, "", "") if line[at : at + 2] == "\x1b\\" else None
    if " " <= kind <= "/":
        while at < len(line) and " " <= line[at] <= "/":
            at += 1
        return (at + 1, "", "") if at < len(line) and "0" <= line[at] <= "~" else None
    return (at, "", "") if "0" <= kind <= "~" else None


def read_byte(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < 256 else None


def read_colour(parameters: list[str]) -> tuple[int | tuple[int, int, int] | None, int]:
    """The colour that 38 or 48 means, and how many parameters belong to it."""
    if parameters[:1] == ["5"]:
        return (read_byte(parameters[1]) if len(parameters) > 1 else None), 2
    if parameters[:1] != ["2"]:
        return None, 1
    values = [read_byte(parameter) for parameter in parameters[1:4]]
    red, green, blue = (*values, None, None, None)[:3]
    return (None if red is None or green is None or blue is None else (red, green, blue)), 4


def apply(style: Style, inside: str) -> Style:
    """The style after ``ESC [ inside m``."""
    waiting = inside.split(";")
    while waiting:
        first = waiting.pop(0)
        if ":" in first:
            style = apply_colons(style, first.split(":"))
            continue
        code = int(first or 0)
        if code == 0:
            style = Style()
        elif code in (38, 48):
            colour, taken = read_colour(waiting)
            del waiting[:taken]
            style = style if colour is None else paint(style, code == 38, colour)
        elif code in FLAGS:
            style = replace(style, flags=style.flags | {FLAGS[code]})
        elif code in UNFLAGS:
            style = replace(style, flags=style.flags - UNFLAGS[code])
        elif code in (39, 49):
            style = paint(style, code == 39, None)
        else:
            for begin, foreground, first_colour in ((30, True, 0), (40, False, 0), (90, True, 8), (100, False, 8)):
                if begin <= code < begin + 8:
                    style = paint(style, foreground, code - begin + first_colour)
    return style


def apply_colons(style: Style, parts: list[str]) -> Style:
    if parts[0] == "4":
        lined = parts[1] != "0"
        return replace(style, flags=style.flags | {"underline"} if lined else style.flags - {"underline"})
    if parts[0] not in ("38", "48"):
        return style
    rest = parts[1:]
    if rest[0] == "2" and len(rest) > 4:
        del rest[1]
    colour, _ = read_colour(rest)
    return style if colour is None else paint(style, parts[0] == "38", colour)


def paint(style: Style, foreground: bool, colour: int | tuple[int, int, int] | None) -> Style:
    return replace(style, fg=colour) if foreground else replace(style, bg=colour)


def show(line: str) -> list[tuple[str, Style]]:
    """The cells of a line, in order."""
    row = Row()
    at = 0
    while at < len(line):
        character = line[at]
        at += 1
        code = ord(character)
        sequence = find_end(line, at - 1) if character == "\x1b" else None
        if sequence:
            at, end, inside = sequence
            if end == "m" and all(letter in "0123456789;:" for letter in inside):
                row.style = apply(row.style, inside)
            elif end == "K" and inside in {"", "0", "1", "2"}:
                row.erase(int(inside or 0))
        elif character == "\r":
            row.cursor = 0
        elif character == "\b":
            row.cursor = max(0, row.cursor - 1)
        elif code < 0x20 and character != "\t":
            row.put(chr(0x2400 + code))
        elif code == 0x7F:
            row.put("\u2421")
        elif 0x80 <= code < 0xA0 or character in TURNING:
            row.put("\u2426")
        else:
            row.put(character)
    return row.cells
