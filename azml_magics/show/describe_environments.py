"""Views of what the verbs about environments give; ``describe`` registers them."""

# every describer takes the same arguments, also those that know no figures

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from azml_magics.definitions.environment import Environment
from azml_magics.plan.curated import find_curated
from azml_magics.show.view import View
from azml_magics.show.words import count, environment_facts, filled, finding_lines

if TYPE_CHECKING:
    from azml_magics.assets.environment_files import SavedEnvironment
    from azml_magics.definitions.environment import EnvironmentDraft
    from azml_magics.definitions.environment_diff import Difference, EnvironmentDiff
    from azml_magics.definitions.private_wheel import PrivateWheel
    from azml_magics.show.environment_results import Archiving, RegisteredEnvironment

_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def environment_view(value: Environment, *, figures: bool) -> View:
    """Everything it says."""
    del figures
    return View(f"environment {value.name} ({state_words(value)})", facts=environment_facts(value))


def state_words(value: Environment | EnvironmentDraft) -> str:
    """``version 2``, ``version 2, archived``, ``curated`` or ``declared``."""
    version = getattr(value, "version", None)
    if version is None:
        curated = find_curated(value.name)  # a notebook's value is of a class of its own: no comparison of values
        is_curated = isinstance(value, Environment) and curated is not None and curated.digest() == value.digest()
        return "curated" if is_curated else "declared"
    return f"version {version}" + (", archived" if getattr(value, "archived", False) else "")


def registered_view(value: RegisteredEnvironment, *, figures: bool) -> View:
    """The version it has, then what it says."""
    del figures
    environment = value.environment
    title = f"environment {environment.name} is registered as version {environment.version}"
    lines = tuple(finding_lines(value.findings))
    return View(title, "good", environment_facts(environment), lines=lines)


def saved_view(value: SavedEnvironment, *, figures: bool) -> View:
    """Where its files are, and what they do not hold."""
    where = str(value.directory) if figures else value.directory.name
    facts = (("files", ", ".join(value.files)),)
    title = f"environment {value.environment.label} was written to {where}"
    return View(title, "good", facts, lines=tuple(finding_lines(value.findings)))


def archiving_view(value: Archiving, *, figures: bool) -> View:
    """The versions, one after the other."""
    del figures
    labels = ", ".join(environment.label for environment in value.environments)
    verb = "archived" if value.archived else "restored"
    return View(f"{verb} {count(len(value.environments), 'version')}: {labels}", "good")


def diff_view(value: EnvironmentDiff, *, figures: bool) -> View:
    """One line a difference; the first character says what became of it."""
    del figures
    differences = _without_contents_of_one_lock(value.differences)
    number = len(differences)
    words = count(number, "difference") if number else "no differences"
    remark = ", of one definition" if number and value.same_definition else ""
    rows = [(f"{each.subject} {each.name}".rstrip(), _change(each)) for each in differences]
    width = max((len(what) for what, _ in rows), default=0)
    marks = [_MARKS[each.kind] for each in differences]
    lines = [f"{mark} {what:<{width}}  {change}" for mark, (what, change) in zip(marks, rows, strict=True)]
    title = f"{value.before} -> {value.after}: {words}{remark}"
    return View(title, lines=(*lines, *value.dockerfile), is_diff=True)


def _without_contents_of_one_lock(differences: Sequence[Difference]) -> list[Difference]:
    """Where only one of the two is locked, its packages are no news, and would hide what is."""
    one_sided = any(each.subject == "lock" and each.kind != "changed" for each in differences)
    return [each for each in differences if not (one_sided and each.subject.startswith("locked"))]


def _change(difference: Difference) -> str:
    if difference.kind == "changed":
        return f"{difference.before} -> {difference.after}"
    return difference.after if difference.after is not None else difference.before or ""


def wheel_view(value: PrivateWheel, *, figures: bool) -> View:
    """The requirement, which differs from place to place."""
    facts = filled([("requirement", value.requirement if figures else "")])
    return View(f"wheel {value.project} {value.version} is kept in the workspace", "good", facts)
