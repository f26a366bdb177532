"""Values of a YAML node tree, each fault with its place; which keys there are is left to whoever reads one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from azml_magics.definitions.yaml_text import YamlText, is_mapping, is_scalar, is_sequence
from azml_magics.errors import Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

_TRUE = ("true", "yes", "on")
_FALSE = ("false", "no", "off")
#: Of ``<<``, which takes over the entries of other mappings.
_MERGE_TAG = "tag:yaml.org,2002:merge"


class YamlValues:
    """Walks the node tree: only nodes know where they stand and what was written (``3.10`` is no number there)."""

    def __init__(self, text: YamlText) -> None:
        self.text = text
        self.findings: list[Finding] = []

    def fault(self, code: str, message: str, remedy: str, node: Node) -> None:
        """One more finding, at ``node``."""
        self.findings.append(Finding(code, message, remedy, self.text.place(node)))

    def entries(self, node: Node, what: str, remedy: str) -> list[tuple[str, ScalarNode, Node]]:
        """Key, its node and the value's node; keys that are no texts or come twice are reported and left out.

        What ``<<`` takes over comes last, and of it only what is not given anyway.
        """
        return self._entries(node, what, remedy, ())

    def _entries(
        self, node: Node, what: str, remedy: str, within: tuple[Node, ...]
    ) -> list[tuple[str, ScalarNode, Node]]:
        if not is_mapping(node):
            self.fault("not-a-mapping", f"{what} is a YAML mapping", remedy, node)
            return []
        entries: dict[str, tuple[str, ScalarNode, Node]] = {}
        taken_over: list[Node] = []
        for key_node, value in node.value:
            if key_node.tag == _MERGE_TAG:
                taken_over += value.value if is_sequence(value) else [value]
            elif not is_scalar(key_node):
                self.fault("wrong-type", "a key must be a plain word", remedy, key_node)
            elif key_node.value in entries:
                former = self.text.place(entries[key_node.value][1])
                message = f"key {key_node.value!r} is given twice, first in line {former.line}"
                self.fault("duplicate-key", message, "keep one of them", key_node)
            else:
                entries[key_node.value] = (key_node.value, key_node, value)
        for other in taken_over:
            if other in (*within, node):
                self.fault("invalid-yaml", "<< takes over the mapping that it is in", "take it out", other)
                continue
            for entry in self._entries(other, "what << takes over", "write <<: *NAME", (*within, node)):
                entries.setdefault(entry[0], entry)
        return list(entries.values())

    def word(self, node: Node, what: str, remedy: str) -> str | None:
        """One text on one line; ``None``, and a finding, for anything else."""
        written = node.value.strip() if is_scalar(node) else ""
        if not written or "\n" in written or "\0" in written:
            self.fault("wrong-type", f"{what} is one text", remedy, node)
            return None
        return str(written)

    def choice(self, node: Node, what: str, choices: Sequence[str]) -> str | None:
        """One of ``choices``."""
        remedy = "write one of " + ", ".join(choices)
        written = self.word(node, what, remedy)
        if written is not None and written not in choices:
            self.fault("invalid-value", f"{what} {written!r} is none of its choices", remedy, node)
            return None
        return written

    def flag(self, node: Node, what: str) -> bool:
        """``true`` or ``false``, in YAML's spellings; ``False``, and a finding, for anything else."""
        written = node.value.lower() if is_scalar(node) and node.style is None else ""
        if written not in _TRUE + _FALSE:
            self.fault("wrong-type", f"{what} is true or false", f"write {what}: true, or leave the key out", node)
        return written in _TRUE

    def items(self, node: Node, what: str, remedy: str) -> list[tuple[str, ScalarNode]]:
        """The texts of a list, each with its node; empty ones and those that are none are reported and left out."""
        if not is_sequence(node):
            self.fault("wrong-type", f"{what} is a YAML list", remedy, node)
            return []
        items = []
        for item in node.value:
            if not is_scalar(item) or not item.value.strip():
                self.fault("wrong-type", f"{what} is a list of texts", remedy, item)
            else:
                items.append((item.value.strip(), item))
        return items

    def block_start(self, node: Node) -> Place:
        """Where the first line of a block text (behind ``|``) stands: on the line behind its indicator."""
        place = self.text.place(node)
        return Place(place.source, (place.line or 0) + 1)
