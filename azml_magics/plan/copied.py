"""Which files of a context a Dockerfile copies and ignore files leave out; looking at disks is left to ``build``."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.dockerfile_text import Instruction, parse_dockerfile
from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.plan.build_steps import substitute

if TYPE_CHECKING:
    from pathspec import PathSpec

#: Where ``COPY`` and ``ADD`` read from that is no file of the context.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|git@", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=(\S+)")


@dataclass(frozen=True)
class CopySource:
    """One source of ``COPY`` or ``ADD`` in the context: a path or a pattern of one, ``""`` for all of it.

    ``line`` is that of its instruction.
    """

    pattern: str
    line: int

    @cached_property
    def _parts(self) -> list[str]:
        return self.pattern.split("/") if self.pattern else []

    def takes(self, path: str) -> bool:
        """Whether the file ``path`` is copied: it is meant itself, or is below a directory that is."""
        parts = path.split("/")
        return len(parts) >= len(self._parts) and self._agree(parts)

    def may_hold(self, directory: str) -> bool:
        """Whether something below ``directory`` may be copied."""
        return self._agree(directory.split("/"))

    def _agree(self, parts: Sequence[str]) -> bool:
        return all(fnmatchcase(part, pattern) for part, pattern in zip(parts, self._parts, strict=False))


def copied_sources(text: str) -> tuple[CopySource, ...]:
    """Everything that the Dockerfile ``text`` reads from its context, in order.

    Where a name depends on a variable that is not known here, all of the context is meant.
    """
    values: dict[str, str] = {}
    sources = []
    for item in parse_dockerfile(text):
        if item.keyword in ("ARG", "ENV") and "=" in item.value:
            for assignment in re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S*)", item.value):
                values[assignment[0]] = substitute(assignment[1].strip("\"'"), values)
        for written in _written_sources(item):
            known = all(name in values for name in re.findall(r"\$\{?(\w+)", written))
            sources.append(CopySource(_normal(substitute(written, values)) if known else "", item.line))
    return tuple(sources)


def _written_sources(item: Instruction) -> list[str]:
    if item.keyword == "ONBUILD":
        return []
    words = item.value.split()
    if item.keyword == "RUN":
        mounts = [dict(part.partition("=")[::2] for part in mount.split(",")) for mount in _MOUNT.findall(item.value)]
        return [
            mount.get("source") or mount.get("src") or ""
            for mount in mounts
            if mount.get("type", "bind") == "bind" and "from" not in mount
        ]
    if item.keyword not in ("ADD", "COPY") or any(word.startswith("--from=") for word in words):
        return []
    rest = re.sub(r"^(--\S+\s+)*", "", item.value)
    try:
        words = json.loads(rest) if rest.startswith("[") else rest.split()
    except ValueError:
        words = rest.split()
    return [word for word in words[:-1] if not _ELSEWHERE.match(word) and not word.startswith("<<")]


def _normal(path: str) -> str:
    """``path`` from the top of the context; ``""`` is the top itself, which ``..`` does not leave."""
    normal = posixpath.normpath("/" + path).lstrip("/")
    return "" if normal == "." else normal


class IgnoreFile:
    """``.dockerignore`` or ``.amlignore``: what it leaves out of a context."""

    def __init__(self, name: str, spec: PathSpec[Any]) -> None:
        self.name = name
        self._spec = spec

    def ignores(self, path: str) -> bool:
        """Whether the file or (with ``/`` at its end) directory ``path`` is left out; the last fitting line counts."""
        return bool(self._spec.match_file(path))

    @cached_property
    def has_exceptions(self) -> bool:
        """Whether something in a directory that is left out may be wanted all the same."""
        return any(pattern.include is False for pattern in self._spec.patterns)


def parse_dockerignore(text: str, name: str = ".dockerignore") -> IgnoreFile:
    """Docker's rules: every pattern counts from the top, and a ``!`` brings back what is in a directory left out.

    Raises ``DeclarationError`` (``ignore-pattern``).
    """
    patterns = {}
    for number, line in enumerate(_lines(text), start=1):
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        sign = "!" if pattern.startswith("!") else ""
        normal = _normal(pattern.removeprefix("!").strip())
        if normal:
            patterns[number] = f"{sign}/{normal}"
    return _ignore_file(name, text, patterns)


def parse_amlignore(text: str, name: str = ".amlignore") -> IgnoreFile:
    """The rules of git, which Azure takes for it: a pattern without ``/`` counts at every depth.

    Raises ``DeclarationError`` (``ignore-pattern``).
    """
    return _ignore_file(name, text, dict(enumerate(_lines(text), start=1)))


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").splitlines()


def _ignore_file(name: str, text: str, patterns: Mapping[int, str]) -> IgnoreFile:
    """``patterns`` are git's, by the numbers of their lines in ``text``."""
    from pathspec import PathSpec

    lines = _lines(text)
    places = [(Place(name, number, text=lines[number - 1]), pattern) for number, pattern in patterns.items()]
    return IgnoreFile(name, PathSpec([read for place, pattern in places for read in _parse_pattern(place, pattern)]))


def _parse_pattern(place: Place, pattern: str) -> list[Any]:
    from pathspec import GitIgnoreSpec

    try:
        return list(GitIgnoreSpec.from_lines([pattern]).patterns)
    except ValueError as error:
        finding = Finding("ignore-pattern", "this is no pattern", "correct the line, or remove it", place)
        raise DeclarationError(f"{place.source} cannot be used", [finding]) from error
