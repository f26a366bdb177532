"""The keys of ``%%environment`` about its image: image or Dockerfile, apt packages, steps, how packages get in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from azml_magics.definitions.choices import STRATEGIES
from azml_magics.definitions.dockerfile_text import (
    INSTRUCTIONS,
    Instruction,
    check_dockerfile,
    parse_dockerfile,
    reads_context,
)
from azml_magics.definitions.environment import NAME_PATTERN
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy, check_image
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.definitions.yaml_text import is_scalar
from azml_magics.definitions.yaml_values import YamlValues
from azml_magics.errors import Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

IMAGE_KEYS = (
    "image",
    "dockerfile",
    "context",
    "apt",
    "steps_before",
    "steps_after",
    "user_managed",
    "interpreter_path",
    "site_packages",
    "packages",
)
#: ``name``, ``name:arch``, ``name=version``: Debian's own rules for names and versions.
_APT = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[A-Za-z0-9.+~:-]+)?")
_TEXT_REMEDY = (
    "write the text itself below dockerfile: |, or the name of a %%dockerfile cell or of a file that is there"
)
_STEPS_REMEDY = "write instructions of a Dockerfile below |, or a list of them"

ReadFile = Callable[[str], str]


class ImageKeys:
    """Reads the values of :data:`IMAGE_KEYS` one by one; ``dockerfile`` is the name or path that was written."""

    def __init__(self, values: YamlValues, read_file: ReadFile | None) -> None:
        self._values = values
        self._read_file = read_file
        self._given: dict[str, object] = {}
        self._nodes: dict[str, ScalarNode] = {}
        self.dockerfile: str | None = None

    def read(self, key: str, key_node: ScalarNode, node: Node) -> None:
        """One key with its value; what is wrong becomes a finding and is left out."""
        self._nodes[key] = key_node
        readers: dict[str, Callable[[Node], object]] = {
            "image": self._image,
            "dockerfile": self._dockerfile,
            "context": lambda node: self._values.word(node, "context", "name one directory"),
            "apt": self._apt,
            "steps_before": lambda node: self._steps("steps_before", node),
            "steps_after": lambda node: self._steps("steps_after", node),
            "user_managed": lambda node: self._values.flag(node, "user_managed"),
            "interpreter_path": self._interpreter_path,
            "site_packages": lambda node: self._values.word(node, "site_packages", "name one directory"),
            "packages": lambda node: self._values.choice(node, "packages", STRATEGIES),
        }
        value = readers[key](node)
        if value is not None:
            self._given[key] = value

    def image_source(self, asking: Mapping[str, ScalarNode]) -> ImageSource:
        """All of them together; ``asking`` are the keys that ask for packages: ``requirements``, ``conda``."""
        self._check_together({**self._nodes, **asking})
        given = self._given
        packages = cast("PackagesStrategy", given.get("packages", "auto"))
        return ImageSource(
            image=cast("str | None", given.get("image")),
            dockerfile=cast("str | None", given.get("dockerfile")),
            context=cast("str | None", given.get("context")) or self._default_context(),
            apt=cast("tuple[str, ...]", given.get("apt", ())),
            steps_before=cast("tuple[str, ...]", given.get("steps_before", ())),
            steps_after=cast("tuple[str, ...]", given.get("steps_after", ())),
            user_managed=bool(given.get("user_managed")),
            interpreter_path=cast("str | None", given.get("interpreter_path")),
            site_packages=cast("str | None", given.get("site_packages")),
            packages="mount" if "site_packages" in given else packages,
        )

    def _default_context(self) -> str | None:
        """What the file of a Dockerfile copies lies beside it; everything else starts where the notebook does."""
        text = self._given.get("dockerfile")
        if self.dockerfile is None or text is None or not reads_context(parse_dockerfile(cast(str, text))):
            return None
        return posixpath.dirname(self.dockerfile.replace("\\", "/")) or None

    def _check_together(self, nodes: dict[str, ScalarNode]) -> None:
        def exclude(first: str, second: str, remedy: str) -> None:
            if first in nodes and second in nodes:
                later = max(nodes[first], nodes[second], key=lambda node: node.start_mark.index)
                self._values.fault("exclusive-keys", f"{first} and {second} exclude each other", remedy, later)

        exclude("image", "dockerfile", "keep image, or write it behind FROM of the Dockerfile")
        if self._given.get("user_managed"):
            for key in ("requirements", "conda", "apt"):
                exclude("user_managed", key, f"leave {key} out: with user_managed the image holds every package")
            if self._given.get("packages") in ("dynamic", "bake"):
                exclude("user_managed", "packages", "leave packages out: with user_managed there are none to add")
        if self._given.get("packages") not in (None, "auto", "mount"):
            exclude("site_packages", "packages", "write packages: mount, or leave the key out")
        for key in ("requirements", "conda"):
            exclude("site_packages", key, "keep one of them: the directory holds every package, or none is given")
        if "context" in nodes and not {"dockerfile", "steps_before", "steps_after"} & nodes.keys():
            message = "context is what a Dockerfile copies from, and there is none"
            self._values.fault("exclusive-keys", message, "add dockerfile, or leave context out", nodes["context"])

    def _image(self, node: Node) -> str | None:
        written = self._values.word(node, "image", "write NAME:TAG")
        if written is None:
            return None
        errors = [each for each in check_image(written, self._values.text.place(node)) if each.severity == "error"]
        self._values.findings += errors
        return None if errors else written

    def _dockerfile(self, node: Node) -> str | None:
        """The text, where it is there already; a name or path stays in :attr:`dockerfile`."""
        if not is_scalar(node) or not node.value.strip():
            self._values.fault("wrong-type", "dockerfile is a text, a name or a path", _TEXT_REMEDY, node)
            return None
        if node.style == ">":
            message = "> joins the lines of the Dockerfile into one"
            self._values.fault("wrong-type", message, "write | instead of >", node)
            return None
        if node.style == "|":
            return self._text(node.value, self._values.block_start(node))
        return self._named_dockerfile(node.value.strip(), node)

    def _named_dockerfile(self, written: str, node: Node) -> str | None:
        """The text of the file of that name. A word without one may still be declared, now or later."""
        self.dockerfile = written
        try:
            if "\n" in written or self._read_file is None:
                raise FileNotFoundError(2, "No such file")
            text = self._read_file(written)
        except FileNotFoundError:
            reason = "neither declared nor a file" if NAME_PATTERN.fullmatch(written) else "no file that is there"
            if reason.startswith("neither"):
                return None
        except OSError as error:
            reason = f"no file that can be read: {error.strerror or error}"
        except (UnicodeDecodeError, ValueError):
            reason = "no text in UTF-8"
        else:
            return self._text(text, Place(written, 1))
        message = f"dockerfile {written.splitlines()[0][:80]!r} is {reason}"
        self._values.fault("dockerfile-missing", message, _TEXT_REMEDY, node)
        return None

    def _text(self, text: str, place: Place) -> str:
        """``text``, whose first line is at ``place``, with the end of a file; its errors become findings."""
        findings = check_dockerfile(text, place=place, first_line=place.line or 1)
        self._values.findings += [finding for finding in findings if finding.severity == "error"]
        return text.rstrip("\n") + "\n"

    def _interpreter_path(self, node: Node) -> str | None:
        remedy = "write the absolute path of a Python inside the image, or its name there"
        written = self._values.word(node, "interpreter_path", remedy)
        if written is None or re.fullmatch(r"/\S+|[^\s/]+", written):
            return written
        message = f"interpreter_path {written[:80]!r} is no path inside an image"
        self._values.fault("invalid-value", message, remedy, node)
        return None

    def _apt(self, node: Node) -> tuple[str, ...]:
        packages = []
        for text, item in self._values.items(node, "apt", "write a list of Debian packages: [libgomp1, git]"):
            if _APT.fullmatch(text):
                packages.append(text)
            else:
                message = f"{text[:80]!r} is no name of a Debian package"
                self._values.fault("invalid-package", message, "write one NAME or NAME=VERSION an item", item)
        return tuple(dict.fromkeys(packages))

    def _steps(self, key: str, node: Node) -> tuple[str, ...]:
        """Instructions with their lines as written."""
        if is_scalar(node):
            if node.style != "|" and node.value.strip():
                self._values.fault("wrong-type", f"{key} is a block or a list", _STEPS_REMEDY, node)
                return ()
            return self._instructions(node.value, self._values.block_start(node))
        steps: list[str] = []
        for text, item in self._values.items(node, key, _STEPS_REMEDY):
            block = item.style == "|"
            steps += self._instructions(
                text, self._values.block_start(item) if block else self._values.text.place(item)
            )
        return tuple(steps)

    def _instructions(self, text: str, place: Place) -> tuple[str, ...]:
        lines = text.split("\n")
        steps = []
        for item in parse_dockerfile(text):
            step = "\n".join(lines[item.line - 1 : item.last_line]).rstrip()
            wrong = _fault_of_step(item)
            if wrong is None:
                steps.append(step)
                continue
            # Of a block every line is its own; an item of a list is marked as a whole.
            line = mask_credentials(lines[item.line - 1])
            at = place if place.column else Place(place.source, (place.line or 1) + item.line - 1, text=line)
            self._values.findings.append(Finding("dockerfile-instruction", wrong, _STEPS_REMEDY, at))
        return tuple(steps)


def _fault_of_step(step: Instruction) -> str | None:
    if step.keyword == "FROM":
        return "FROM begins an image; steps go on with one"
    if step.keyword not in INSTRUCTIONS:
        return f"{mask_credentials(step.keyword)[:40]!r} is no instruction of a Dockerfile"
    return None if step.value else f"{step.keyword} is given nothing"
