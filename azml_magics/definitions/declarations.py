"""``Declarations``: the named things a notebook has declared so far, and what re-declaring one changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.errors import NotFoundError, Place

Declared: TypeAlias = Requirements | EnvironmentDraft | EntryScript


@dataclass(frozen=True)
class Change:
    """What declaring a thing did: ``summary`` is one line: ``new``, ``unchanged``, ``changed: python 3.11 -> 3.12``."""

    kind: str
    name: str
    summary: str


def near_names(name: str, known: Iterable[str]) -> str:
    """A remedy that offers the names closest to ``name``, or lists what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "known: " + ", ".join(names) if names else "nothing of that kind has been declared or registered yet"


class Declarations:
    """Names to declared values, one table a kind; declaring again replaces that named thing only."""

    def __init__(self) -> None:
        self.requirements: dict[str, Requirements] = {}
        self.environments: dict[str, EnvironmentDraft] = {}
        self.entry_scripts: dict[str, EntryScript] = {}

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
        former = self.entry_scripts.get(value.path)
        self.entry_scripts[value.path] = value
        return Change("entry_script", value.path, _summary(former, value))

    def environment(self, name: str, place: Place | None = None) -> Environment | None:
        """The declared environment ``name`` with its requirements looked up; ``None`` when it is not declared.

        Raises ``NotFoundError`` when it names a requirements list that is not declared.
        """
        draft = self.environments.get(name)
        if draft is None:
            return None
        requirements = draft.requirements
        if isinstance(requirements, str):
            found = self.requirements.get(requirements)
            if found is None:
                raise NotFoundError(
                    f"environment {name!r} asks for requirements {requirements!r}, which are not declared",
                    remedy=near_names(requirements, self.requirements)
                    if self.requirements
                    else f"declare them in a cell: %%requirements {requirements}",
                    place=draft.place or place,
                    code="unknown-requirements",
                )
            requirements = found
        return Environment(name, draft.python, requirements, draft.environment_variables)


def _parts(value: Declared) -> dict[str, Mapping[str, str]]:
    """A value as named groups of key -> text, so that two of them can be compared in words."""
    if isinstance(value, Requirements):
        texts: dict[str, list[str]] = {}
        for line in value.lines:
            texts.setdefault(line.name or line.text, []).append(line.text)
        return {"": {key: ", ".join(lines) for key, lines in texts.items()}}
    if isinstance(value, EntryScript):
        return {"": {"source": value.source}}
    requirements = value.requirements
    listed = requirements if isinstance(requirements, str) else ", ".join(requirements.canonical_lines())
    return {
        "": {"python": value.python or "any", "requirements": listed},
        "variable ": dict(value.environment_variables),
    }


def _summary(former: Declared | None, value: Declared) -> str:
    if former is None:
        return "new"
    if isinstance(value, EntryScript) and isinstance(former, EntryScript):
        return _line_summary(former.source, value.source)
    changes = []
    before, after = _parts(former), _parts(value)
    for group in {**before, **after}:
        old, new = before.get(group, {}), after.get(group, {})
        for key in {**old, **new}:
            if old.get(key) == new.get(key):
                continue
            if key not in old:
                changes.append(f"+ {group}{key}={new[key]}" if group else f"+ {new[key]}")
            elif key not in new:
                changes.append(f"- {group}{key}" if group else f"- {old[key]}")
            else:
                changes.append(
                    f"{group}{key} {old[key]} -> {new[key]}"
                    if group or key == "python"
                    else f"{old[key]} -> {new[key]}"
                )
    return mask_credentials("changed: " + "; ".join(changes)) if changes else "unchanged"


def _line_summary(before: str, after: str) -> str:
    if before == after:
        return "unchanged"
    delta = [line[:1] for line in difflib.ndiff(before.splitlines(), after.splitlines())]
    return f"changed: {delta.count('+')} lines added, {delta.count('-')} removed"
