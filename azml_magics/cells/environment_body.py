"""The YAML body of ``%%environment`` as an ``EnvironmentDraft``, or everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.cells.yaml_text import YamlText, is_mapping, is_scalar, is_sequence
from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.environment import NAME_PATTERN, EnvironmentDraft
from azml_magics.definitions.requirement_text import Fragment, LogicalLine
from azml_magics.definitions.requirements import Requirements, parse_requirement_lines, parse_requirements
from azml_magics.errors import DeclarationError, Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode, SequenceNode

KEYS = ("python", "requirements", "environment_variables")
OLDEST_MINOR = 8
_PYTHON = re.compile(r"3\.(?P<minor>0|[1-9]\d?)(?:\.(?:0|[1-9]\d?))?")
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_LIST_REMEDY = "write the name of a declared list, a YAML list of requirements, or a block of lines behind |"

ReadFile = Callable[[str], str]


def read_environment_body(
    body: str, *, name: str, place: Place, first_line: int, read_file: ReadFile | None = None
) -> tuple[EnvironmentDraft | None, list[Finding]]:
    """``(draft, [])`` or ``(None, findings)``, the findings in the order of their lines.

    ``place`` is the cell; ``first_line`` the number of the body's first line in it.
    """
    reader = _Reader(YamlText(body, place.source, first_line), read_file)
    draft = reader.read(name, place)
    findings = sorted(reader.findings, key=_line_and_column)
    return (None, findings) if findings else (draft, [])


def _line_and_column(finding: Finding) -> tuple[int, int]:
    place = finding.place
    return (0, 0) if place is None else (place.line or 0, place.column or 0)


class _Reader:
    """Walks the node tree: only nodes know where they stand and what was written (``3.10`` is no number there)."""

    def __init__(self, text: YamlText, read_file: ReadFile | None) -> None:
        self._text = text
        self._read_file = read_file
        self.findings: list[Finding] = []

    def _fault(self, code: str, message: str, remedy: str, node: Node) -> None:
        self.findings.append(Finding(code, message, remedy, self._text.place(node)))

    def read(self, name: str, place: Place) -> EnvironmentDraft | None:
        root = self._text.compose(self.findings)
        if root is None:
            return None
        entries = self._entries(root, "an environment", "write lines of KEY: VALUE; keys: " + ", ".join(KEYS))
        python: str | None = None
        requirements: str | Requirements = Requirements()
        variables: tuple[tuple[str, str], ...] = ()
        for key, key_node, node in entries:
            if key == "python":
                python = self._python(node)
            elif key == "requirements":
                requirements = self._requirements(node)
            elif key == "environment_variables":
                variables = self._variables(node)
            else:
                self._fault("unknown-key", f"unknown key {key!r}", near_names(key, KEYS), key_node)
        return EnvironmentDraft(name, python, requirements, variables, place)

    def _entries(self, node: Node, what: str, remedy: str) -> list[tuple[str, ScalarNode, Node]]:
        """Key, its node and the value's node; keys that are no texts or come twice are reported and left out."""
        if not is_mapping(node):
            self._fault("not-a-mapping", f"{what} is a YAML mapping", remedy, node)
            return []
        entries: dict[str, tuple[str, ScalarNode, Node]] = {}
        for key_node, value in node.value:
            if not is_scalar(key_node):
                self._fault("wrong-type", "a key must be a plain word", remedy, key_node)
            elif key_node.value in entries:
                former = self._text.place(entries[key_node.value][1])
                message = f"key {key_node.value!r} is given twice, first in line {former.line}"
                self._fault("duplicate-key", message, "keep one of them", key_node)
            else:
                entries[key_node.value] = (key_node.value, key_node, value)
        return list(entries.values())

    def _python(self, node: Node) -> str | None:
        if not is_scalar(node):
            self._fault("wrong-type", "python is one version", "write python: 3.11", node)
            return None
        written: str = node.value.strip()
        match = _PYTHON.fullmatch(written)
        if match is not None and int(match["minor"]) >= OLDEST_MINOR:
            return written
        numbers = written.split(".")
        is_old = _VERSION.fullmatch(written) and (numbers[0] in ("0", "1", "2") or match is not None)
        if is_old:
            message = f"Python {written} is too old: the server runs on 3.{OLDEST_MINOR} and later"
            self._fault("unsupported-python", message, "write python: 3.11", node)
        else:
            message = f"python {written!r} is no version of the form 3.x or 3.x.y"
            self._fault("invalid-python", message, "write python: 3.11, or leave the key out for the newest", node)
        return None

    def _requirements(self, node: Node) -> str | Requirements:
        try:
            if is_scalar(node):
                return self._requirements_text(node)
            if is_sequence(node):
                return parse_requirement_lines(self._requirement_lines(node), read_file=self._read_file)
        except DeclarationError as error:
            self.findings.extend(error.findings)
            return Requirements()
        self._fault("wrong-type", "requirements are a name or a list, not a mapping", _LIST_REMEDY, node)
        return Requirements()

    def _requirements_text(self, node: ScalarNode) -> str | Requirements:
        text = node.value
        if not text.strip():
            return Requirements()
        if node.style == ">":
            self._fault("wrong-type", "> joins the lines of requirements into one", "write | instead of >", node)
        elif node.style == "|":
            place = self._text.place(node)
            # The block starts on the line behind its indicator.
            return parse_requirements(text, place=place, first_line=(place.line or 0) + 1, read_file=self._read_file)
        elif NAME_PATTERN.fullmatch(text):
            return str(text)
        else:
            self._fault("invalid-name", f"requirements {text!r} is no name of a list", _LIST_REMEDY, node)
        return Requirements()

    def _requirement_lines(self, node: SequenceNode) -> list[LogicalLine]:
        lines = []
        for number, item in enumerate(node.value, start=1):
            if not is_scalar(item):
                remedy = 'write each as one text, for instance "numpy>=1,<2" or "uvicorn[standard]"'
                self._fault("wrong-type", "a requirement is one text", remedy, item)
                continue
            place = self._text.place(item)
            column = (place.column or 1) + (1 if item.style in ("'", '"') else 0)
            fragment = Fragment(0, place.line or 0, column, place.text or "")
            line = LogicalLine(item.value.strip(), number, place.source, (fragment,)).without_comment()
            if line.text:
                lines.append(line)
        return lines

    def _variables(self, node: Node) -> tuple[tuple[str, str], ...]:
        remedy = "write lines of NAME: VALUE below environment_variables"
        if is_scalar(node) and not node.value:
            return ()
        variables = []
        for key, key_node, value in self._entries(node, "environment_variables", remedy):
            if not key or "=" in key or "\0" in key:
                self._fault("invalid-variable", f"{key!r} cannot name a variable", "leave = out of the name", key_node)
            elif not is_scalar(value):
                self._fault("wrong-type", f"variable {key} is one text", f"quote it: {key}: '...'", value)
            elif "\0" in value.value:
                self._fault("invalid-variable", f"variable {key} holds a null character", "leave it out", value)
            else:
                variables.append((key, value.value))
        return tuple(sorted(variables))
