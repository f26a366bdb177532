"""What a build sends to the engine: listed and hashed; names in it are ``plan.context``'s, ``tar_stream`` sends it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from azml_magics.build.hashes import FileHashes
from azml_magics.build.tar_stream import Entry, read_entry, written_entry
from azml_magics.definitions.conda_rules import installs_conda
from azml_magics.definitions.digest import Canonical, digest_of
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError, Place
from azml_magics.plan.conda_steps import CONDA_FILE, render_conda_file
from azml_magics.plan.context import HASHED, REQUIREMENTS, WHEELS, LocalSource, context_prefix, render_requirements
from azml_magics.plan.copied import CopySource, IgnoreFile, copied_sources, parse_amlignore, parse_dockerignore
from azml_magics.system.conda_settings import read_conda_settings
from azml_magics.system.sources import list_source_files

#: Never sent: the workspace holds models, logs and packages of every service.
NEVER = ".azml"
DISTRIBUTIONS = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz")
#: How many names of what is there an error shows.
SHOWN_NAMES = 8


@dataclass(frozen=True)
class BuildContext:
    """``files`` (path in the context -> content) and the user's own ``directory``; ``digest`` is of what is copied.

    The requirements file is among ``files`` but not in ``digest``: its lines are part of an image's name themselves.
    ``credentials`` are what was taken out of them and variables they name, for ``collect_pip_files``.
    """

    files: Mapping[str, bytes | Path] = field(default_factory=dict)
    directory: Path | None = None
    digest: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


def environment_context(
    environment: Environment, requirement_lines: Sequence[str], *, memory: Path | None = None
) -> BuildContext:
    """The context of an environment's image: requirements, local wheels, the user's files that ``COPY`` names.

    ``memory`` is a file that remembers the digests of large files. Raises ``BuildError`` (``location-missing``,
    ``index-here``, ``not-in-context``) for what is not there, or would not be there inside.
    """
    source = environment.image_source
    prefix = context_prefix(source)
    rendered = render_requirements(requirement_lines)
    if rendered.machine_indexes:
        raise BuildError(
            f"{mask_credentials(rendered.machine_indexes[0])} is an index on this machine's disk, which no build sees",
            remedy="name its directory with --find-links, which is copied into the build",
            code="index-here",
        )
    local: dict[str, bytes | Path] = {
        f"{prefix}{WHEELS}/{name}": path for item in rendered.sources for name, path in _distributions(item)
    }
    if installs_conda(environment):
        local[f"{prefix}{CONDA_FILE}"] = render_conda_file(environment).encode()
    directory = Path(source.context) if source.context is not None else None
    steps = "\n".join([*source.steps_before, source.dockerfile or "", *source.steps_after])
    entries = list_context(steps, local, directory)
    texts = {HASHED: rendered.hashed, REQUIREMENTS: rendered.text}
    files = {f"{prefix}{name}": text.encode() for name, text in texts.items() if text}
    digest = digest_entries(entries, memory) if entries else ""
    named = {name: os.environ[name] for name in rendered.variables if name in os.environ}
    return BuildContext({**files, **local}, directory, digest, {**named, **rendered.credentials, **_alias(environment)})


def _alias(environment: Environment) -> dict[str, str]:
    """Where channels by name are here, for the conda or micromamba of an image, where nothing stays of it."""
    if not installs_conda(environment):
        return {}
    alias = read_conda_settings(os.environ).alias
    if not alias or alias.startswith("file:"):
        return {}
    return {"CONDA_CHANNEL_ALIAS": alias, "MAMBA_CHANNEL_ALIAS": alias}


def list_context(dockerfile: str, files: Mapping[str, bytes | Path], directory: Path | None = None) -> dict[str, Entry]:
    """``files``, and what ``dockerfile`` copies out of ``directory``; ours win where both have a path.

    Of ``directory`` only what some ``COPY`` or ``ADD`` names is listed, less what ``.dockerignore`` and ``.amlignore``
    leave out. Links stay links, as Docker keeps them. Raises ``BuildError`` (``not-in-context``).
    """
    entries: dict[str, Entry] = {}
    sources = copied_sources(dockerfile)
    ignore_files = _ignore_files(directory) if directory is not None else []
    if directory is not None and sources:
        for path in _Listing(directory, sources, ignore_files).walk(""):
            entry = read_entry(directory / path)
            if entry is not None:
                entries[path] = entry
    entries.update({path: written_entry(content) for path, content in files.items()})
    for source in sources:
        if source.pattern and not any(sign in source.pattern for sign in "*?[") and not _has(entries, source):
            raise _not_there(dockerfile, source, directory, ignore_files, entries)
    return entries


def _has(entries: Mapping[str, Entry], source: CopySource) -> bool:
    return any(reads(source, path, entry) for path, entry in entries.items())


def reads(source: CopySource, path: str, entry: Entry) -> bool:
    """Whether what stands in a context at ``path`` is copied, or is a link on the way to what is."""
    return source.takes(path) or (entry.link is not None and source.may_hold(path))


class _Listing:
    """The paths of one directory that are copied, in order; each once, so that links cannot lead round in circles."""

    def __init__(self, top: Path, sources: Sequence[CopySource], ignore_files: Sequence[IgnoreFile]) -> None:
        self._top = top
        self._sources = sources
        self._ignore_files = ignore_files
        self._followed: set[str] = set()

    def walk(self, folder: str, *, take_all: bool = False) -> Iterator[str]:
        """Paths below ``folder``; a directory is one of them only when it is empty.

        With ``take_all`` a link has led here: all of it is meant, ignored or not.
        """
        with os.scandir(self._top / folder) as listing:
            found = sorted(listing, key=lambda item: item.name)
        if not found and folder and (take_all or self._takes(folder)):
            yield folder
        for item in found:
            path = f"{folder}/{item.name}" if folder else item.name
            if path == NEVER:
                continue
            if item.is_symlink():
                yield from self._follow(path, take_all=take_all)
            elif item.is_dir():
                if take_all or (self._may_hold(path) and not _skips(path, self._ignore_files)):
                    yield from self.walk(path, take_all=take_all)
            elif take_all or (self._takes(path) and not self._ignores(path)):
                yield path

    def _follow(self, path: str, *, take_all: bool) -> Iterator[str]:
        """A link that is taken or leads through to what is; and what it leads to: ``COPY`` of a link means that."""
        if not take_all and (self._ignores(path) or not (self._takes(path) or self._may_hold(path))):
            return
        yield path
        target, top = (self._top / path).resolve(), self._top.resolve()
        inner = target.relative_to(top).as_posix() if target.is_relative_to(top) and target.exists() else None
        if inner is None or inner in self._followed:
            return
        self._followed.add(inner)
        if target.is_dir():
            yield from self.walk("" if inner == "." else inner, take_all=True)
        else:
            yield inner

    def _takes(self, path: str) -> bool:
        return any(source.takes(path) for source in self._sources)

    def _may_hold(self, path: str) -> bool:
        return any(source.may_hold(path) for source in self._sources)

    def _ignores(self, path: str) -> bool:
        return any(file.ignores(path) for file in self._ignore_files)


def _skips(directory: str, ignore_files: Sequence[IgnoreFile]) -> bool:
    """Whether nothing below ``directory`` can be wanted."""
    return any(file.ignores(f"{directory}/") and not file.has_exceptions for file in ignore_files)


def _ignore_files(directory: Path) -> list[IgnoreFile]:
    found = []
    for name, parse in ((".dockerignore", parse_dockerignore), (".amlignore", parse_amlignore)):
        path = directory / name
        if path.is_file():
            found.append(parse(path.read_text(encoding="utf-8", errors="replace")))
    return found


def _not_there(
    dockerfile: str,
    source: CopySource,
    directory: Path | None,
    ignore_files: Sequence[IgnoreFile],
    entries: Mapping[str, Entry],
) -> BuildError:
    text = dockerfile.split("\n")[source.line - 1]
    place = Place("Dockerfile", source.line, text=text)
    if directory is None:
        brief, remedy = f"{source.pattern} cannot be copied: the build has no context", "name a directory with context:"
    elif (directory / source.pattern).exists():
        hides = [file.name for file in ignore_files if _is_hidden(source.pattern, file)]
        brief = f"{source.pattern} is not in the build context: {' and '.join(hides) or NEVER} leaves it out"
        remedy = f"add !{source.pattern} to {hides[0]}" if hides else "copy it somewhere else"
    else:
        parent = (directory / source.pattern).parent
        names = sorted(entry.name for entry in parent.iterdir()) if parent.is_dir() else []
        shown = ", ".join(names[:SHOWN_NAMES]) + (
            f" and {len(names) - SHOWN_NAMES} more" if names[SHOWN_NAMES:] else ""
        )
        brief = f"{source.pattern} is not in the build context {directory}"
        remedy = f"{parent} holds {shown or 'nothing'}" if parent.is_dir() else f"there is no {parent}"
    return BuildError(brief, remedy=remedy, place=place, code="not-in-context", details=[*entries][:60])


def _is_hidden(path: str, file: IgnoreFile) -> bool:
    parts = path.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    return file.ignores(path) or file.ignores(f"{path}/") or any(file.ignores(f"{parent}/") for parent in above)


def _distributions(source: LocalSource) -> Iterator[tuple[str, Path]]:
    """What is copied for ``source``: name below ``wheels/`` and file."""
    path = Path(source.path).expanduser()
    if path.is_file():
        yield source.name, path
    elif not path.is_dir():
        raise BuildError(
            f"packages cannot be installed: {source.path} does not exist",
            remedy="correct the path, or leave the line out",
            code="location-missing",
        )
    elif source.is_links:
        for file in sorted(path.iterdir()):
            if file.name.endswith(DISTRIBUTIONS) and file.is_file():
                yield f"{source.name}/{file.name}", file
    else:
        for name, file in list_source_files(path).items():
            yield f"{source.name}/{name}", file


def digest_entries(entries: Mapping[str, Entry], memory: Path | None) -> str:
    """SHA-256 over paths, contents and permissions; ``memory`` is as in :func:`environment_context`."""
    hashes = FileHashes(memory)
    definition: dict[str, Canonical] = {}
    for path, entry in sorted(entries.items()):
        if isinstance(entry.content, Path):
            content = hashes.digest(entry.content)
        else:
            content = entry.link or sha256(entry.content or b"").hexdigest()
        definition[path] = [content, entry.mode]
    hashes.save()
    return digest_of(definition)
