"""A YAML text, of a cell or a file: its node tree, and where each node stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import Finding, Place

if TYPE_CHECKING:
    from yaml.error import Mark
    from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_QUOTING = "write lines of KEY: VALUE, and put texts that hold ': ' or ' #' in quotes"


def is_scalar(node: Node) -> TypeGuard[ScalarNode]:
    """A single text."""
    from yaml.nodes import ScalarNode

    return isinstance(node, ScalarNode)


def is_sequence(node: Node) -> TypeGuard[SequenceNode]:
    """A list."""
    from yaml.nodes import SequenceNode

    return isinstance(node, SequenceNode)


def is_mapping(node: Node) -> TypeGuard[MappingNode]:
    """Keys with values."""
    from yaml.nodes import MappingNode

    return isinstance(node, MappingNode)


class YamlText:
    """``first_line`` is the number of the text's first line in ``source``."""

    def __init__(self, text: str, source: str, first_line: int) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._source = source
        self._first_line = first_line

    def compose(self, findings: list[Finding]) -> Node | None:
        """The root of the node tree; ``None``, and one more finding, when there is none."""
        import yaml
        from yaml.reader import ReaderError

        try:
            root: Node | None = yaml.compose(self._text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            message = error.problem or error.context or "it cannot be read"
            remedy = "indent with spaces, not tabs" if "\\t" in message else _QUOTING
            mark = error.problem_mark or error.context_mark
            place = Place(self._source) if mark is None else self._place(mark, 1)
            findings.append(Finding("invalid-yaml", f"this is not YAML: {message}", remedy, place))
            return None
        except ReaderError as error:
            line = self._text[: error.position].count("\n")
            message = f"this is not YAML: character {error.character!r} is not allowed"
            place = Place(self._source, self._first_line + line)
            findings.append(Finding("invalid-yaml", message, "remove it", place))
            return None
        except RecursionError:
            findings.append(Finding("invalid-yaml", "this is nested too deeply", "write it flat", Place(self._source)))
            return None
        if root is None:
            findings.append(
                Finding("not-a-mapping", "the body is empty", "write lines of KEY: VALUE", Place(self._source))
            )
        return root

    def place(self, node: Node) -> Place:
        """Where ``node`` starts, and how much of its first line it takes; just the source of one made of no text."""
        start, end = node.start_mark, node.end_mark
        if start is None or end is None:
            return Place(self._source)
        rest = len(self._line(start.line) or "") - start.column
        return self._place(start, end.column - start.column if end.line == start.line else rest)

    def _place(self, mark: Mark, length: int) -> Place:
        line, number = self._line(mark.line), self._first_line + mark.line
        shown = None if line is None else mask_credentials(line)
        # The caret counts what was written: where something is left out behind it, it points at its start alone.
        if shown is not None and line is not None and shown[: mark.column] != line[: mark.column]:
            return Place(self._source, number, text=shown)
        return Place(self._source, number, mark.column + 1, shown, max(1, length) if shown == line else 1)

    def _line(self, index: int) -> str | None:
        return self._lines[index].rstrip("\r") if index < len(self._lines) else None
