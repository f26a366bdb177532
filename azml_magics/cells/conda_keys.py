"""The keys of ``%%environment`` about conda, ``conda`` and ``channels``, as ``CondaDependencies``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.definitions.codecs.conda_yaml import read_conda_yaml, read_pip_lines
from azml_magics.definitions.conda_dependencies import CondaDependencies, conda_package_name
from azml_magics.definitions.pip_section import read_pip_section
from azml_magics.definitions.yaml_text import is_scalar, is_sequence
from azml_magics.definitions.yaml_values import YamlValues
from azml_magics.errors import DeclarationError

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

CONDA_KEYS = ("conda", "channels")
#: Where packages come from when the cell names no channel.
DEFAULT_CHANNELS = ("conda-forge",)
_REMEDY = "write a list of packages: [numpy=1.26, libgomp], or the name of a conda specification: conda.yml"
_ITEM_REMEDY = "write one NAME or NAME=VERSION an item; what pip installs stands below requirements:"

ReadFile = Callable[[str], str]


class CondaKeys:
    """Reads both keys; ``nodes`` are those of the keys that were there."""

    def __init__(self, values: YamlValues, read_file: ReadFile | None) -> None:
        self._values = values
        self._read_file = read_file
        self._packages: tuple[str, ...] = ()
        self._channels: tuple[str, ...] = ()
        self._file: CondaDependencies | None = None
        self._is_file = False
        self._names_python = False
        self.nodes: dict[str, ScalarNode] = {}

    def read(self, key: str, key_node: ScalarNode, node: Node) -> None:
        """One key with its value; what is wrong becomes a finding and is left out."""
        self.nodes[key] = key_node
        if key == "channels":
            remedy = "write a list of channels: [conda-forge]"
            self._channels = tuple(text for text, _ in self._values.items(node, "channels", remedy))
        elif is_sequence(node):
            self._packages = self._read_packages(node)
        elif is_scalar(node) and node.style not in ("|", ">") and node.value.strip():
            self._is_file = True
            self._file = self._read_specification(node.value.strip(), node)
        else:
            self._values.fault("wrong-type", "conda is a list of packages, or the name of a file", _REMEDY, node)

    def dependencies(self, others: dict[str, ScalarNode]) -> CondaDependencies | None:
        """Both together, without pip's packages unless a file has them; ``others`` are the nodes of the other keys."""
        if "conda" not in self.nodes:
            if "channels" in self.nodes:
                message = "channels are where conda packages come from, and there are none"
                self._fault(message, "add conda, or leave channels out", self.nodes["channels"])
            return None
        whole_file = "python", "requirements", "channels"
        for key in whole_file if self._is_file else ("python",) if self._names_python else ():
            other = {**self.nodes, **others}.get(key)
            if other is not None:
                said = "the conda specification says that" if self._is_file else "conda names python as well"
                later = max(self.nodes["conda"], other, key=lambda node: node.start_mark.index)
                self._fault(f"{key} and conda exclude each other: {said}", f"leave {key} out", later)
        if self._is_file:
            return self._file
        return CondaDependencies(self._packages, self._channels or DEFAULT_CHANNELS) if self._packages else None

    def _read_packages(self, node: Node) -> tuple[str, ...]:
        packages = []
        for text, item in self._values.items(node, "conda", _ITEM_REMEDY):
            name = conda_package_name(text)
            if not name or "\n" in text:
                message = f"{text!r} is no conda package"
                self._values.fault("invalid-package", message, _ITEM_REMEDY, item)
                continue
            self._names_python |= name == "python"
            packages.append(text)
        return tuple(dict.fromkeys(packages))

    def _read_specification(self, path: str, node: Node) -> CondaDependencies | None:
        try:
            if self._read_file is None:
                raise OSError("files cannot be read here")
            text = self._read_file(path)
        except OSError as error:
            message = f"conda specification {path}: {error.strerror or error}"
        except (UnicodeDecodeError, ValueError):
            message = f"conda specification {path}: it is no text in UTF-8"
        else:
            return self._checked(text, path)
        self._values.fault("conda-specification-missing", message, "check the path; a list needs [ ] or -", node)
        return None

    def _checked(self, text: str, path: str) -> CondaDependencies | None:
        try:
            conda = read_conda_yaml(text, source=path)
        except DeclarationError as error:
            self._values.findings += error.findings
            return None
        _, findings = read_pip_section(conda, source=path, lines=read_pip_lines(text, source=path))
        self._values.findings += findings
        return conda

    def _fault(self, message: str, remedy: str, node: ScalarNode) -> None:
        self._values.fault("exclusive-keys", message, remedy, node)
