"""``Declarations``: the named things a notebook has declared so far, and what re-declaring one changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from azml_magics.definitions.conda_dependencies import conda_package_name, mask_channel
from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import (
    Environment,
    EnvironmentDraft,
    conda_environment,
    declared_conda,
)
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.private_wheel import shorten_wheel
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.errors import NotFoundError, Place

Declared: TypeAlias = Requirements | EnvironmentDraft | EntryScript | DockerfileText


@dataclass(frozen=True)
class Change:
    """What declaring a thing did: ``summary`` is one line: ``new``, ``unchanged``, ``changed: python 3.11 -> 3.12``."""

    kind: str
    name: str
    summary: str


#: Of names none of which is near, so many are listed: all keys of a cell.
NAMED = 20


def near_names(name: str, known: Iterable[str]) -> str:
    """A remedy that offers the names closest to ``name``, or lists what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    if not names:
        return "nothing of that kind has been declared or registered yet"
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return "known: " + ", ".join(names[:NAMED]) + rest


class Declarations:
    """Names to declared values, one table a kind; declaring again replaces that named thing only."""

    def __init__(self) -> None:
        self.requirements: dict[str, Requirements] = {}
        self.environments: dict[str, EnvironmentDraft] = {}
        self.entry_scripts: dict[str, EntryScript] = {}
        self.dockerfiles: dict[str, DockerfileText] = {}
        #: What a file described that is only looked at: nobody has registered it.
        self.read_environments: dict[str, Environment] = {}

    def declare(self, value: Declared) -> Change:
        """Keep ``value`` under its name and say in one line what changed."""
        if isinstance(value, Requirements):
            former: Declared | None = self.requirements.get(value.name)
            self.requirements[value.name] = value
            return Change("requirements", value.name, _summary(former, value))
        if isinstance(value, EnvironmentDraft):
            former = self.environments.get(value.name)
            self.environments[value.name] = value
            return Change("environment", value.name, _summary(former, value))
        if isinstance(value, DockerfileText):
            former = self.dockerfiles.get(value.name)
            self.dockerfiles[value.name] = value
            return Change("dockerfile", value.name, _summary(former, value))
        former = self.entry_scripts.get(value.path)
        self.entry_scripts[value.path] = value
        return Change("entry_script", value.path, _summary(former, value))

    def with_entry_script(self, written: str, script: EntryScript) -> Declarations:
        """The same declarations, with ``script`` for the path ``written`` unless that is declared here."""
        known = self._copy()
        known.entry_scripts.setdefault(written, script)
        return known

    def with_environment(self, environment: Environment) -> Declarations:
        """The same declarations, with ``environment`` in place of what is declared by its name."""
        known = self._copy()
        known.read_environments[environment.name] = environment
        return known

    def _copy(self) -> Declarations:
        known = Declarations()
        for table in vars(self):
            getattr(known, table).update(getattr(self, table))
        return known

    def environment(self, name: str, place: Place | None = None) -> Environment | None:
        """The declared environment ``name`` with what it names looked up; ``None`` when it is not declared.

        Raises ``NotFoundError`` when it names a requirements list or a Dockerfile that is not declared.
        """
        if name in self.read_environments:
            return self.read_environments[name]
        draft = self.environments.get(name)
        if draft is None:
            return None
        requirements = self._requirements(draft, place)
        environment = Environment(name, draft.python, requirements)
        if draft.conda is not None:
            environment = conda_environment(name, declared_conda(draft.conda, draft.python, requirements))
        return replace(
            environment,
            environment_variables=draft.environment_variables,
            image_source=self._image_source(draft, place),
            description=draft.description,
            tags=draft.tags,
        )

    def _requirements(self, draft: EnvironmentDraft, place: Place | None) -> Requirements:
        wanted = draft.requirements
        if isinstance(wanted, Requirements):
            return wanted
        found = self.requirements.get(wanted)
        if found is None:
            declare = f"declare them in a cell: %%requirements {wanted}"
            raise NotFoundError(
                f"environment {draft.name!r} asks for requirements {wanted!r}, which are not declared",
                remedy=near_names(wanted, self.requirements) if self.requirements else declare,
                place=draft.place or place,
                code="unknown-requirements",
            )
        return found

    def _image_source(self, draft: EnvironmentDraft, place: Place | None) -> ImageSource:
        """What is declared under the name of a Dockerfile wins over a file that is called the same."""
        wanted, source = draft.dockerfile, draft.image_source
        if wanted is None:
            return source
        declared = self.dockerfiles.get(wanted)
        if declared is None and source.dockerfile is None:
            declare = f"declare it in a cell: %%dockerfile {wanted}; or name a file that is there"
            raise NotFoundError(
                f"environment {draft.name!r} asks for Dockerfile {wanted!r}, which is neither declared nor a file",
                remedy=near_names(wanted, self.dockerfiles) if self.dockerfiles else declare,
                place=draft.place or place,
                code="unknown-dockerfile",
            )
        return source if declared is None else replace(source, dockerfile=declared.text)


#: What a value holds, for comparing two of them in words: (label, key) -> text; a part without label speaks for itself.
Parts: TypeAlias = Mapping[tuple[str, str], str]


def _parts(value: Requirements | EnvironmentDraft) -> Parts:
    if isinstance(value, Requirements):
        texts: dict[tuple[str, str], list[str]] = {}
        for line in value.lines:
            texts.setdefault(("", line.name or line.text), []).append(shorten_wheel(line.text))
        return {part: ", ".join(lines) for part, lines in texts.items()}
    requirements = value.requirements
    listed = {("", "requirements"): requirements} if isinstance(requirements, str) else _parts(requirements)
    return {
        ("python", ""): value.python or "any",
        **listed,
        **_conda_parts(value),
        **{(f"variable {name}", ""): text for name, text in value.environment_variables},
        **{(f"tag {name}", ""): text for name, text in value.tags},
        **({("description", ""): value.description} if value.description else {}),
        **{(key, ""): text for key, text in _image_parts(value).items()},
    }


def _conda_parts(draft: EnvironmentDraft) -> Parts:
    conda = draft.conda
    if conda is None:
        return {}
    pip = ", ".join(shorten_wheel(line) for line in conda.pip_lines if line)
    return {
        **{("", f"conda {conda_package_name(item)}"): f"conda {item}" for item in conda.conda_packages},
        ("channels", ""): ", ".join(map(mask_channel, conda.channels)) or "none",
        **({("pip section", ""): pip} if pip else {}),
    }


def _image_parts(draft: EnvironmentDraft) -> Mapping[str, str]:
    parts = {
        key: ", ".join(map(str, item)) if isinstance(item, list) else str(item)
        for key, item in draft.image_source.definition().items()
    }
    if draft.image_source.dockerfile is not None:
        text = draft.image_source.dockerfile
        parts["dockerfile"] = f"{len(text.splitlines())} lines ({digest_of(text)[:8]})"
    if draft.dockerfile is not None:
        parts["dockerfile"] = ", ".join(part for part in (draft.dockerfile, parts.get("dockerfile")) if part)
    return parts


def _summary(former: Declared | None, value: Declared) -> str:
    if former is None:
        return "new"
    if isinstance(value, EntryScript) and isinstance(former, EntryScript):
        return _line_summary(former.source, value.source)
    if isinstance(value, DockerfileText) and isinstance(former, DockerfileText):
        return _line_summary(former.text, value.text)
    assert isinstance(former, Requirements | EnvironmentDraft)
    assert isinstance(value, Requirements | EnvironmentDraft)
    changes = []
    old, new = _parts(former), _parts(value)
    for label, key in {**old, **new}:
        before, after = old.get((label, key)), new.get((label, key))
        if before is None:
            changes.append(f"+ {label}={after}" if label else f"+ {after}")
        elif after is None:
            changes.append(f"- {label}" if label else f"- {before}")
        elif before != after:
            changes.append(f"{label} {before} -> {after}".lstrip())
    return mask_credentials("changed: " + "; ".join(changes)) if changes else "unchanged"


def _line_summary(before: str, after: str) -> str:
    if before == after:
        return "unchanged"
    delta = [line[:1] for line in difflib.ndiff(before.splitlines(), after.splitlines())]
    return f"changed: {delta.count('+')} lines added, {delta.count('-')} removed"
