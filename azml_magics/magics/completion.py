"""What can stand at the end of a magic's line, from the grammar table; asking IPython is left to ``matcher``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from azml_magics.cells.grammar import KINDS, verbs_for
from azml_magics.cells.verb import Completes, Door, Option, Verb

#: A magic at the start of a line, also behind an assignment: the marker, its name, the rest up to the cursor.
_LINE = re.compile(r"\s*(?:[^\W\d][\w, ]*=\s*)?(?P<marker>%%?)(?P<name>\w+)\s+(?P<rest>.*)")

Names = Callable[[Completes], Sequence[str]]


@dataclass(frozen=True)
class Completion:
    """One text for the fragment before the cursor; ``kind`` is what a front end may show beside it."""

    text: str
    kind: Literal["kind", "verb", "option", "value", "name"]


@dataclass(frozen=True)
class Completions:
    """``fragment`` is the text before the cursor that every item replaces."""

    fragment: str
    items: tuple[Completion, ...]


def complete(text: str, *, first_line: bool, names: Names) -> Completions | None:
    """Completions for ``text``, the line up to the cursor; ``None`` when it is no line of ours.

    ``first_line`` says whether it can be the line of a cell magic; ``names`` gives what exists of a kind of name.
    """
    match = _LINE.fullmatch(text)
    if match is None:
        return None
    door: Door = "cell" if match["marker"] == "%%" else "line"
    if door == "cell" and not first_line:
        return None
    words = match["rest"].split()
    fragment = "" if not words or text[-1].isspace() else words.pop()
    if match["name"] in KINDS:
        return _complete_verb(KINDS[match["name"]], words, fragment, door, names)
    if match["name"] != "azml":
        return None
    verbs = verbs_for(door)
    verb = max(
        (verb for verb in verbs if tuple(words[: len(verb.path)]) == verb.path),
        key=lambda verb: len(verb.path),
        default=None,
    )
    longer = _next_words(verbs, words, "kind" if door == "cell" else "verb")
    if verb is None:
        return _starting_with(fragment, longer)
    rest = _complete_verb(verb, words[len(verb.path) :], fragment, door, names)
    return Completions(rest.fragment, (*_starting_with(fragment, longer).items, *rest.items))


def _next_words(verbs: Sequence[Verb], words: list[str], kind: Literal["kind", "verb"]) -> list[Completion]:
    """The words that lead from ``words`` on to a verb."""
    longer = [verb.path[len(words)] for verb in verbs if verb.path[: len(words)] == tuple(words) != verb.path]
    return [Completion(word, kind) for word in dict.fromkeys(longer)]


def _complete_verb(verb: Verb, words: list[str], fragment: str, door: Door, names: Names) -> Completions:
    options = verb.options_for(door)
    by_flag = {flag: option for option in options for flag in option.flags}
    awaiting = by_flag.get(words[-1]) if words else None
    if awaiting is not None and awaiting.takes_value:
        return _starting_with(fragment, _values(awaiting, names))
    flag, equals, value = fragment.partition("=")
    if equals and flag in by_flag:
        return _starting_with(value, _values(by_flag[flag], names))
    offered: list[Completion] = []
    if not fragment.startswith("-"):
        offered += _positional(verb, _count_positionals(words, by_flag), names)
    offered += [
        Completion(option.flags[-1], "option")
        for option in options
        if option.repeatable or not any(flag in words for flag in option.flags)
    ]
    return _starting_with(fragment, offered)


def _positional(verb: Verb, position: int, names: Names) -> list[Completion]:
    if position >= len(verb.positionals):
        return []
    completes = verb.positionals[position].completes
    return [] if completes is None else [Completion(name, "name") for name in names(completes)]


def _values(option: Option, names: Names) -> list[Completion]:
    if option.choices:
        return [Completion(choice, "value") for choice in option.choices]
    return [] if option.completes is None else [Completion(name, "name") for name in names(option.completes)]


def _count_positionals(words: list[str], by_flag: dict[str, Option]) -> int:
    count, awaiting = 0, False
    for word in words:
        option = by_flag.get(word)
        count += not awaiting and not word.startswith("-")
        awaiting = option is not None and option.takes_value
    return count


def _starting_with(fragment: str, offered: Sequence[Completion]) -> Completions:
    return Completions(fragment, tuple(item for item in offered if item.text.startswith(fragment)))
