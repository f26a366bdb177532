"""What Azure's v2 files have in common: values of their fields, references to what is registered, how they are written.

Which fields there are is left to one module a kind of file; fields only the service writes are passed over, as Azure's
own reader does.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.digest import Canonical
from azml_magics.definitions.yaml_text import YamlText, is_mapping, is_scalar, is_sequence
from azml_magics.definitions.yaml_values import YamlValues
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place

if TYPE_CHECKING:
    from yaml.nodes import Node

SCHEMA_KEY = "$schema"
#: Where Azure's schemas are (AZUREML.md 4.3); editors read them, nothing here does.
SCHEMAS = "https://azuremlschemas.azureedge.net/latest/{}.schema.json"
#: Names of schemas, and what they are about.
KINDS = {
    "environment": "an environment",
    "model": "a model",
    "managedOnlineEndpoint": "an endpoint",
    "kubernetesOnlineEndpoint": "an endpoint",
    "managedOnlineDeployment": "a deployment",
    "kubernetesOnlineDeployment": "a deployment",
    "batchEndpoint": "a batch endpoint",
    "modelBatchDeployment": "a batch deployment",
    "batchDeployment": "a batch deployment",
    "commandJob": "a job",
    "pipelineJob": "a pipeline",
}
PREFIX = "azureml:"
_REFERENCE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?::(?P<version>[1-9]\d*)|@(?P<label>\w+))?", re.ASCII)
#: Of anything deeper only a circle is likely.
DEEPEST = 20
_NULL_TAG = "tag:yaml.org,2002:null"
_REMEDY = "write lines of KEY: VALUE; keys: {}"
_INTEGER = re.compile(r"\d+")


@dataclass(frozen=True)
class AssetReference:
    """``azureml:NAME:VERSION``; without version the newest is meant."""

    name: str
    version: int | None = None

    @property
    def label(self) -> str:
        """``NAME`` or ``NAME:VERSION``, as verbs take it."""
        return self.name if self.version is None else f"{self.name}:{self.version}"


class V2Values(YamlValues):
    """Reads values; what is wrong becomes a finding and counts as not given."""

    def fields(self, node: Node, what: str, known: Collection[str], unused: Collection[str] = ()) -> dict[str, Node]:
        """Field -> node of those with a value; of ``unused`` ones one warning names all."""
        found: dict[str, Node] = {}
        passed_over = []
        for key, key_node, value in self.entries(node, what, _REMEDY.format(", ".join(known))):
            if key == SCHEMA_KEY or _is_null(value):
                continue
            if key in known:
                found[key] = value
            elif key in unused:
                passed_over.append(key_node)
            else:
                is_near = get_close_matches(key, [*known, *unused], n=1)
                remedy = near_names(key, [*known, *unused] if is_near else known)
                self.fault("unknown-key", f"unknown field {key!r} of {what}", remedy, key_node)
        if passed_over:
            names = ", ".join(key_node.value for key_node in passed_over)
            place = self.text.place(passed_over[0])
            message = f"{names}: of no use on one machine, and passed over"
            self.findings.append(Finding("unused-field", message, "nothing: Azure uses it", place, "warning"))
        return found

    def one_text(self, node: Node | None, what: str) -> str | None:
        """One text, as it is written."""
        return None if node is None else self.word(node, what, f"write {what}: TEXT")

    def any_text(self, node: Node | None, what: str) -> str:
        """A text that may be empty and of several lines."""
        if node is None:
            return ""
        if not is_scalar(node):
            self.fault("wrong-type", f"{what} is one text", f"write {what}: TEXT", node)
            return ""
        return str(node.value)

    def number(self, node: Node, what: str) -> int | None:
        """A whole number from 0."""
        written = node.value if is_scalar(node) else ""
        if not _INTEGER.fullmatch(written):
            self.fault("wrong-type", f"{what} is a whole number", f"write {what}: 5001", node)
            return None
        return int(written)

    def texts(self, node: Node | None, what: str) -> tuple[tuple[str, str], ...]:
        """Names with texts, sorted: tags, properties, variables; numbers count as they are written."""
        if node is None:
            return ()
        pairs = []
        for key, _, value in self.entries(node, what, f"write lines of NAME: VALUE below {what}"):
            if is_scalar(value):
                pairs.append((key, "" if _is_null(value) else str(value.value)))
            else:
                self.fault("wrong-type", f"{what} {key} is one text", f"quote it: {key}: '...'", value)
        return tuple(sorted(pairs))

    def plain(self, node: Node, depth: int = 0) -> Canonical:
        """Any value, as YAML understands it; a date counts as it is written."""
        from yaml.constructor import SafeConstructor

        if depth > DEEPEST:
            self.fault("invalid-yaml", "this is nested too deeply", "write it flat", node)
            return None
        if is_mapping(node):
            entries = self.entries(node, "this", "write KEY: VALUE")
            return {key: self.plain(value, depth + 1) for key, _, value in entries}
        if is_sequence(node):
            return [self.plain(item, depth + 1) for item in node.value]
        try:
            value = SafeConstructor().construct_object(node, deep=True)
        except ValueError:  # it only looks like a number or a date
            value = None
        return value if _is_null(node) or isinstance(value, bool | int | float | str) else str(node.value)

    def reference(self, node: Node, what: str) -> AssetReference | None:
        """``azureml:NAME:VERSION``, ``azureml:NAME@latest``, ``azureml:NAME``; other places are not this machine."""
        written = node.value.strip() if is_scalar(node) else ""
        named = registered(written)
        if named is not None:
            return named
        remedy = (
            f"register it here and write azureml:NAME:VERSION, or describe it below {what}: as in a file of its own"
        )
        if written.startswith((f"{PREFIX}/", "file:")) or _match(written) is not None:
            self.fault("not-local", f"{what} {written[:120]!r} is nothing of this machine's workspace", remedy, node)
        else:
            self.fault("invalid-value", f"{what} {written[:120]!r} names nothing registered", remedy, node)
        return None


@contextlib.contextmanager
def named_at(place: Place | None) -> Iterator[None]:
    """What is not found in the body was named at ``place``, where nothing nearer is known."""
    try:
        yield
    except NotFoundError as error:
        error.place = error.place or place
        raise


def registered(written: str) -> AssetReference | None:
    """What ``azureml:NAME:VERSION``, ``azureml:NAME@latest`` or ``azureml:NAME`` means; ``None`` for anything else."""
    match = _match(written)
    if match is None or match["label"] not in (None, "latest"):
        return None
    return AssetReference(match["name"], int(match["version"]) if match["version"] else None)


def read_root(text: str, source: str, first_line: int, kind: str) -> tuple[V2Values, Node]:
    """The node tree of a file, and what reads values of it.

    Raises ``DeclarationError`` where there is none, or where its schema says that it describes something else than
    ``kind``, one of :data:`KINDS`: every field of it would be a fault.
    """
    values = V2Values(YamlText(text, source, first_line))
    root = values.text.compose(values.findings)
    if root is not None and is_mapping(root):
        for key, value in root.value:
            said = _kind_of(value.value) if is_scalar(key) and key.value == SCHEMA_KEY and is_scalar(value) else None
            if said not in (None, kind):
                message = f"this file describes {said}, not {kind}"
                values.fault("wrong-file", message, f"name the file of {kind}", value)
                root = None
                break
    if root is None:
        raise DeclarationError(f"{source} cannot be used", values.findings)
    return values, root


def warnings_of(values: V2Values, source: str) -> tuple[Finding, ...]:
    """What is doubtful, in the order of the lines. Raises ``DeclarationError`` for errors, which come first."""
    ordered = sorted(values.findings, key=lambda finding: (finding.place and finding.place.line) or 0)
    ordered.sort(key=lambda finding: finding.severity != "error")
    if any(finding.severity == "error" for finding in ordered):
        raise DeclarationError(f"{source} cannot be used", ordered)
    return tuple(ordered)


def render_v2(schema: str, fields: Mapping[str, object]) -> str:
    """The text of a file; fields without a value are left out."""
    import yaml

    given = {key: value for key, value in fields.items() if value not in (None, "", (), {}, [])}
    document = {SCHEMA_KEY: SCHEMAS.format(schema), **given}
    text: str = yaml.safe_dump(document, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1 << 20)
    return text


def _match(written: str) -> re.Match[str] | None:
    return _REFERENCE.fullmatch(written.removeprefix(PREFIX)) if written.startswith(PREFIX) else None


def _kind_of(schema: str) -> str | None:
    """What the schema of that address is about; ``None`` for one that is not known here."""
    return KINDS.get(schema.rpartition("/")[2].partition(".")[0])


def _is_null(node: Node) -> bool:
    return bool(node.tag == _NULL_TAG)
