"""The YAML body of ``%%environment`` as an ``EnvironmentDraft``, or everything that is wrong with it.

Its keys about the image are read by ``image_keys``, those about conda by ``conda_keys``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.cells.conda_keys import CONDA_KEYS, CondaKeys
from azml_magics.cells.image_keys import IMAGE_KEYS, ImageKeys
from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.environment import NAME_PATTERN, EnvironmentDraft
from azml_magics.definitions.requirement_text import Fragment, LogicalLine
from azml_magics.definitions.requirements import Requirements, parse_requirement_lines, parse_requirements
from azml_magics.definitions.yaml_text import YamlText, is_scalar, is_sequence
from azml_magics.definitions.yaml_values import YamlValues
from azml_magics.errors import DeclarationError, Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode, SequenceNode

KEYS = ("python", "requirements", *CONDA_KEYS, "environment_variables", "description", "tags", *IMAGE_KEYS)
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


class _Reader(YamlValues):
    def __init__(self, text: YamlText, read_file: ReadFile | None) -> None:
        super().__init__(text)
        self._read_file = read_file

    def read(self, name: str, place: Place) -> EnvironmentDraft | None:
        root = self.text.compose(self.findings)
        if root is None:
            return None
        python: str | None = None
        requirements: str | Requirements = Requirements()
        description = ""
        given: dict[str, ScalarNode] = {}
        variables: tuple[tuple[str, str], ...] = ()
        tags: tuple[tuple[str, str], ...] = ()
        places: dict[str, Place] = {}
        image, conda = ImageKeys(self, self._read_file), CondaKeys(self, self._read_file)
        remedy = "write lines of KEY: VALUE; keys: " + ", ".join(KEYS)
        for key, key_node, node in self.entries(root, "an environment", remedy):
            places[key] = self.text.place(key_node)
            if key == "python":
                python, given[key] = self._python(node), key_node
            elif key == "requirements":
                requirements = self._requirements(node)
                if requirements != Requirements():
                    given[key] = key_node
            elif key in CONDA_KEYS:
                conda.read(key, key_node, node)
            elif key == "environment_variables":
                variables = self._variables(node)
            elif key == "description":
                description = self._description(node)
            elif key == "tags":
                tags = self._tags(node)
            elif key in IMAGE_KEYS:
                image.read(key, key_node, node)
            else:
                self.fault("unknown-key", f"unknown key {key!r}", near_names(key, KEYS), key_node)
        packages = {key: node for key, node in {**given, **conda.nodes}.items() if key in ("requirements", "conda")}
        return EnvironmentDraft(
            name,
            python,
            requirements,
            variables,
            place,
            image.image_source(packages),
            image.dockerfile,
            conda.dependencies(given),
            description,
            tags,
            tuple(places.items()),
        )

    def _python(self, node: Node) -> str | None:
        if not is_scalar(node):
            self.fault("wrong-type", "python is one version", "write python: 3.11", node)
            return None
        written: str = node.value.strip()
        match = _PYTHON.fullmatch(written)
        if match is not None and int(match["minor"]) >= OLDEST_MINOR:
            return written
        numbers = written.split(".")
        is_old = _VERSION.fullmatch(written) and (numbers[0] in ("0", "1", "2") or match is not None)
        if is_old:
            message = f"Python {written} is too old: the server runs on 3.{OLDEST_MINOR} and later"
            self.fault("unsupported-python", message, "write python: 3.11", node)
        else:
            message = f"python {written!r} is no version of the form 3.x or 3.x.y"
            self.fault("invalid-python", message, "write python: 3.11, or leave the key out for the newest", node)
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
        self.fault("wrong-type", "requirements are a name or a list, not a mapping", _LIST_REMEDY, node)
        return Requirements()

    def _requirements_text(self, node: ScalarNode) -> str | Requirements:
        text = node.value
        if not text.strip():
            return Requirements()
        if node.style == ">":
            self.fault("wrong-type", "> joins the lines of requirements into one", "write | instead of >", node)
        elif node.style == "|":
            start = self.block_start(node)
            return parse_requirements(text, place=start, first_line=start.line or 1, read_file=self._read_file)
        elif NAME_PATTERN.fullmatch(text):
            return str(text)
        else:
            self.fault("invalid-name", f"requirements {text!r} is no name of a list", _LIST_REMEDY, node)
        return Requirements()

    def _requirement_lines(self, node: SequenceNode) -> list[LogicalLine]:
        lines = []
        for number, item in enumerate(node.value, start=1):
            if not is_scalar(item):
                remedy = 'write each as one text, for instance "numpy>=1,<2" or "uvicorn[standard]"'
                self.fault("wrong-type", "a requirement is one text", remedy, item)
                continue
            place = self.text.place(item)
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
        for key, key_node, value in self.entries(node, "environment_variables", remedy):
            if not key or "=" in key or "\0" in key:
                self.fault("invalid-variable", f"{key!r} cannot name a variable", "leave = out of the name", key_node)
            elif not is_scalar(value):
                self.fault("wrong-type", f"variable {key} is one text", f"quote it: {key}: '...'", value)
            elif "\0" in value.value:
                self.fault("invalid-variable", f"variable {key} holds a null character", "leave it out", value)
            else:
                variables.append((key, value.value))
        return tuple(sorted(variables))

    def _description(self, node: Node) -> str:
        if is_scalar(node):
            return str(node.value).strip()
        self.fault("wrong-type", "description is one text", "write description: TEXT, or lines behind |", node)
        return ""

    def _tags(self, node: Node) -> tuple[tuple[str, str], ...]:
        if is_scalar(node) and not node.value:
            return ()
        tags = []
        for key, _, value in self.entries(node, "tags", "write lines of NAME: VALUE below tags"):
            if is_scalar(value):
                tags.append((key, str(value.value)))
            else:
                self.fault("wrong-type", f"tag {key} is one text", f"quote it: {key}: '...'", value)
        return tuple(sorted(tags))
