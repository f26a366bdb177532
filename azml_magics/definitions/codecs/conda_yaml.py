"""A conda specification (``conda_dependencies.yml``, conda's ``environment.yml``) as ``CondaDependencies`` and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from azml_magics.definitions.conda_dependencies import (
    KEYS,
    CondaDependencies,
    Dependency,
    PipSection,
    conda_package_name,
)
from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.requirement_text import Fragment, LogicalLine
from azml_magics.definitions.yaml_text import YamlText, is_mapping, is_scalar, is_sequence
from azml_magics.definitions.yaml_values import YamlValues
from azml_magics.errors import DeclarationError

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL_TAG = "tag:yaml.org,2002:null"
_MAPPING_REMEDY = "write lines of KEY: VALUE; keys: " + ", ".join(KEYS)
_PACKAGE_REMEDY = "write NAME or NAME=VERSION"


def read_conda_yaml(text: str, *, source: str, first_line: int = 1) -> CondaDependencies:
    """The specification that ``text`` holds; comments are not kept.

    ``source`` is what the user calls the text, ``first_line`` the number of its first line there. Values count as they
    are written: ``name: 3.10`` is no number. Raises ``DeclarationError`` with everything that is wrong.
    """
    reader = _Reader(YamlText(text, source, first_line))
    root = reader.text.compose(reader.findings)
    return _result(reader, root, source)


def read_pip_lines(text: str, *, source: str, first_line: int = 1) -> list[LogicalLine]:
    """The pip section of a specification that :func:`read_conda_yaml` takes, each line with its place in ``text``."""
    reader = _Reader(YamlText(text, source, first_line))
    root = reader.text.compose(reader.findings)
    if root is not None:
        reader.read(root)
    lines = []
    for number, node in enumerate(reader.pip_nodes, start=1):
        place = reader.text.place(node)
        column = (place.column or 1) + (1 if node.style in ("'", '"') else 0)
        fragment = Fragment(0, place.line or 0, column, place.text or "")
        line = LogicalLine(node.value.strip(), number, source, (fragment,)).without_comment()
        if line.text:
            lines.append(line)
    return lines


def read_conda_mapping(value: object, *, source: str) -> CondaDependencies:
    """As :func:`read_conda_yaml`, for one that was read already: the inline form of Azure's files."""
    from yaml.representer import SafeRepresenter

    reader = _Reader(YamlText("", source, 1))
    return _result(reader, SafeRepresenter(sort_keys=False).represent_data(value), source)


def render_conda_yaml(conda: CondaDependencies) -> str:
    """``conda`` as the text of a file, in Azure's style: lists are not indented below their key (AZUREML.md 3.5)."""
    return render_conda_mapping(conda.document())


def render_conda_mapping(document: Mapping[str, object]) -> str:
    """As :func:`render_conda_yaml`, for a mapping of that shape."""
    import yaml

    text: str = yaml.safe_dump(
        _plain(document), sort_keys=False, default_flow_style=False, allow_unicode=True, width=1 << 20
    )
    return text


def _result(reader: _Reader, root: Node | None, source: str) -> CondaDependencies:
    read = None if root is None else reader.read(root)
    if reader.findings or read is None:
        findings = sorted(reader.findings, key=lambda found: (found.place and found.place.line) or 0)
        raise DeclarationError(f"{source} is no conda specification", findings)
    return read


class _Reader(YamlValues):
    """``pip_nodes`` are those of the lines for pip."""

    def __init__(self, text: YamlText) -> None:
        super().__init__(text)
        self.pip_nodes: list[ScalarNode] = []

    def read(self, root: Node) -> CondaDependencies:
        given: dict[str, Node] = {}
        for key, key_node, node in self.entries(root, "a conda specification", _MAPPING_REMEDY):
            if key in KEYS:
                given[key] = node
            else:
                self.fault(
                    "unknown-key", f"unknown key {key!r} in a conda specification", near_names(key, KEYS), key_node
                )
        return CondaDependencies(
            self._dependencies(given.get("dependencies")),
            self._channels(given.get("channels")),
            self._text(given.get("name"), "name"),
            self._text(given.get("prefix"), "prefix"),
            self._variables(given.get("variables")),
        )

    def _list(self, node: Node | None, what: str, remedy: str) -> list[Node]:
        """Its items; nothing written is an empty list."""
        if node is None or _is_null(node):
            return []
        if not is_sequence(node):
            self.fault("wrong-type", f"{what} is a list", remedy, node)
            return []
        return list(node.value)

    def _dependencies(self, node: Node | None) -> tuple[Dependency, ...]:
        dependencies: list[Dependency] = []
        pip_nodes: list[Node] = []
        for item in self._list(node, "dependencies", "write one package a line, each behind '- '"):
            if is_mapping(item):
                section = self._pip_section(item)
                if section is not None:
                    pip_nodes.append(item)
                    dependencies.append(section)
            elif (text := self._package(item)) is not None:
                dependencies.append(text)
        for extra in pip_nodes[1:]:
            line = self.text.place(pip_nodes[0]).line
            first = f", the first in line {line}" if line else ""
            self.fault("duplicate-key", f"there are two pip sections{first}", "write one with all lines", extra)
        return tuple(dependencies)

    def _package(self, node: Node) -> str | None:
        written = self._text_item(node, "a conda package", _PACKAGE_REMEDY)
        if written is None:
            return None
        if not conda_package_name(written):
            self.fault("invalid-package", f"{written!r} is no conda package", _PACKAGE_REMEDY, node)
            return None
        return written

    def _pip_section(self, node: Node) -> PipSection | None:
        remedy = "write '- pip:' and the lines for pip below it"
        section = None
        for key, key_node, value in self.entries(node, "an entry of dependencies", remedy):
            if key == "pip":
                section = PipSection(self._pip_lines(value))
            else:
                message = f"{key!r} is no package manager known here"
                self.fault("unknown-key", message, f"write {key}=VERSION for a package; {remedy}", key_node)
        return section

    def _pip_lines(self, node: Node) -> tuple[str, ...]:
        items = self._list(node, "pip", "write one requirement a line, each behind '- '")
        self.pip_nodes += filter(is_scalar, items)
        texts = [self._text_item(item, "a line for pip", "write NAME==VERSION", may_be_empty=True) for item in items]
        return tuple(text for text in texts if text is not None)

    def _channels(self, node: Node | None) -> tuple[str, ...]:
        items = self._list(node, "channels", "write one channel a line, each behind '- '")
        texts = [self._text_item(item, "a channel", "write its name or address") for item in items]
        return tuple(text for text in texts if text is not None)

    def _text_item(self, node: Node, what: str, remedy: str, *, may_be_empty: bool = False) -> str | None:
        """An item that YAML takes for a text; a number would be another one than what was written (``1.10``)."""
        if not is_scalar(node) or node.tag != _TEXT_TAG or "\n" in node.value or "\0" in node.value:
            remedy = f'quote it: "{node.value}"' if is_scalar(node) and node.value.strip().isprintable() else remedy
            self.fault("wrong-type", f"{what} is one text on one line", remedy, node)
            return None
        if not may_be_empty and not node.value.strip():
            self.fault("wrong-type", f"{what} is empty", "remove the line", node)
            return None
        return str(node.value)

    def _text(self, node: Node | None, what: str) -> str | None:
        if node is None or _is_null(node):
            return None
        return self.word(node, what, f"write {what}: TEXT")

    def _variables(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        if node is None or _is_null(node):
            return ()
        variables = []
        for key, _, value in self.entries(node, "variables", "write lines of NAME: VALUE below variables"):
            if is_scalar(value):
                variables.append((key, str(value.value)))
            else:
                self.fault("wrong-type", f"variable {key} is one text", f"quote it: {key}: '...'", value)
        return tuple(sorted(variables))


def _is_null(node: Node) -> bool:
    return bool(node.tag == _NULL_TAG)


def _plain(value: object) -> object:
    """Without tuples and other sequences that YAML would write with a tag."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
