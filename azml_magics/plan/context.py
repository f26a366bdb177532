"""Names in a build context, and requirement lines said in them; reading the files is left to ``build.context``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from azml_magics.definitions.image_layout import PACKAGES
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirement_text import local_path

REQUIREMENTS = "requirements.txt"
#: Holds only what its ``--hash`` options describe; installed first.
HASHED = "requirements-hashed.txt"
WHEELS = "wheels"
#: What stands for the n-th pair of credentials in a requirements file; pip puts the variable's value there.
CREDENTIAL_VARIABLE = "AZML_CREDENTIAL_"

_CREDENTIALS = re.compile(r"(?<=://)(?P<credentials>[^\s/@]+)@")
#: What pip replaces in a requirements file.
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
#: The user of git over ssh, and what is a variable already.
_NO_CREDENTIALS = re.compile(r"git|\$\{[A-Z0-9_]+\}(:\$\{[A-Z0-9_]+\})?")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz")


@dataclass(frozen=True)
class LocalSource:
    """A file or directory of this machine that requirements name, and its ``name`` below the context's ``wheels/``.

    With ``is_links`` it is one of ``--find-links``: only the distributions directly in it count.
    """

    path: str
    name: str
    is_links: bool = False


@dataclass(frozen=True)
class RequirementFiles:
    """Requirement lines as a build installs them.

    ``text`` is the requirements file, ``hashed`` the one to install before it (empty when no or every line has a
    ``--hash``). ``credentials`` (variable -> value) are what stands in neither, ``variables`` are those that the lines
    name themselves; ``sources`` must be in the context.
    ``machine_indexes`` are indexes that exist on this machine's disk only, which no build can see.
    """

    text: str
    hashed: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    sources: tuple[LocalSource, ...] = ()
    machine_indexes: tuple[str, ...] = ()


def context_prefix(source: ImageSource) -> str:
    """The folder of our own files in the context: where the user's files may be too, ours get one of their own."""
    return "azml/" if source.dockerfile is not None or source.context is not None else ""


def render_requirements(lines: Sequence[str]) -> RequirementFiles:
    """``lines`` as files for pip inside a build: local paths as they are there, no credentials.

    pip insists on a hash for everything as soon as one line has one; where only some have, those are installed first,
    without what they depend on.
    """
    reading = _Reading()
    rewritten = [reading.rewrite(line) for line in lines]
    is_hashed = [" --hash=" in line for line in rewritten]
    asked = [not line.startswith("-") for line in rewritten]
    if not any(is_hashed) or all(has for has, counts in zip(is_hashed, asked, strict=True) if counts):
        return reading.files(rewritten, [])
    options = [line for line in rewritten if line.startswith("-")]
    hashed = [line for line, has in zip(rewritten, is_hashed, strict=True) if has]
    plain = [line.partition(" --hash=")[0] for line in rewritten]
    return reading.files(plain, [*options, *hashed])


class _Reading:
    """What the lines so far have asked for."""

    def __init__(self) -> None:
        self._credentials: dict[str, str] = {}
        self._variables: dict[str, None] = {}
        self._sources: dict[str, LocalSource] = {}
        self._machine_indexes: list[str] = []

    def files(self, lines: Sequence[str], hashed: Sequence[str]) -> RequirementFiles:
        return RequirementFiles(
            text="".join(f"{line}\n" for line in lines),
            hashed="".join(f"{line}\n" for line in hashed),
            credentials={variable: value for value, variable in self._credentials.items()},
            variables=tuple(self._variables),
            sources=tuple(self._sources.values()),
            machine_indexes=tuple(self._machine_indexes),
        )

    def rewrite(self, line: str) -> str:
        """The line as it is said inside."""
        self._variables |= dict.fromkeys(_VARIABLE.findall(line))
        option, _, value = line.partition(" ")
        if option == "--find-links":
            path = local_path(value)
            return self._masked(line) if path is None else f"{option} {self._place(path, is_links=True)}"
        if option in ("--index-url", "--extra-index-url"):
            if local_path(value) is not None:
                self._machine_indexes.append(value)
            return self._masked(line)
        if option.startswith("--"):
            return line
        name, at, location = line.partition(" @ ")
        if at:
            url, *rest = location.split(" ", 1)
            path = local_path(url) if url.startswith("file:") else None
            if path is not None:
                return " ".join([f"{name} @ file://{self._place(path, is_links=False)}", *rest])
        return self._masked(line)

    def _place(self, path: str, *, is_links: bool) -> str:
        """The path inside the image of what is at ``path`` here."""
        if path not in self._sources:
            base = PurePath(path).name
            taken = {source.name for source in self._sources.values()}
            # A wheel's name says what it is, so it must stay as it is.
            folder = "" if base.endswith(_ARCHIVES) and base not in taken else f"{len(self._sources) + 1}"
            name = folder if is_links and not base.endswith(_ARCHIVES) else "/".join(filter(None, [folder, base]))
            self._sources[path] = LocalSource(path, name, is_links)
        return f"{PACKAGES}/{WHEELS}/{self._sources[path].name}"

    def _masked(self, line: str) -> str:
        def variable(match: re.Match[str]) -> str:
            value = match["credentials"]
            if _NO_CREDENTIALS.fullmatch(value):
                return match[0]
            name = self._credentials.setdefault(value, f"{CREDENTIAL_VARIABLE}{len(self._credentials) + 1}")
            return f"${{{name}}}@"

        return _CREDENTIALS.sub(variable, line)
