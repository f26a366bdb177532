"""Words of a line or a command against the grammar: ``Arguments``, or every fault of the words at once."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from types import MappingProxyType
from typing import cast

from azml_magics.cells.grammar import find_verb, unknown_verb
from azml_magics.cells.option_words import option_spans, value_text
from azml_magics.cells.parser import GrammarParser
from azml_magics.cells.verb import Door, Option, Verb
from azml_magics.cells.words import Word, place_of_word, split_words
from azml_magics.errors import DeclarationError, Finding, Place


@dataclass(frozen=True, eq=False)
class Arguments(Mapping[str, object]):
    """What was said to a verb: dest -> value, defaults filled in.

    ``given`` are the dests that were really written. ``start`` is where the words begin, of which ``words`` remembers
    the order; :attr:`place` is the whole line and :meth:`place_of` one value of it.
    """

    verb: Verb
    by_dest: Mapping[str, object]
    given: frozenset[str]
    start: Place
    words: tuple[Word, ...] = field(default=(), repr=False)
    door: Door = "line"

    def __getitem__(self, dest: str) -> object:
        return self.by_dest[dest]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_dest)

    def __len__(self) -> int:
        return len(self.by_dest)

    @property
    def place(self) -> Place:
        """The line, without a caret."""
        return replace(self.start, column=None)

    def text(self, dest: str) -> str | None:
        """A single value as it was written; ``None`` when it was not given and has no default."""
        return cast("str | None", self.by_dest.get(dest))

    def require_text(self, dest: str) -> str:
        """As :meth:`text`, for what the grammar requires or gives a default."""
        return cast(str, self.by_dest[dest])

    def texts(self, dest: str) -> tuple[str, ...]:
        """The values of a repeatable option."""
        return cast("tuple[str, ...]", self.by_dest[dest])

    def pairs(self, dest: str) -> tuple[tuple[str, str], ...]:
        """The values of a repeatable ``K=V`` or ``K:V`` option."""
        return cast("tuple[tuple[str, str], ...]", self.by_dest[dest])

    def whole(self, dest: str) -> int | None:
        """A whole number."""
        return cast("int | None", self.by_dest[dest])

    def seconds(self, dest: str) -> float:
        """A number of seconds that has a default."""
        return cast(float, self.by_dest[dest])

    def number(self, dest: str) -> float | None:
        """A number that may be a fraction."""
        return cast("float | None", self.by_dest[dest])

    def flag(self, dest: str) -> bool:
        """An option without a value; ``False`` too where the verb has no such option."""
        return cast(bool, self.by_dest.get(dest, False))

    def place_of(self, dest: str, text: str | None = None) -> Place:
        """Where the value of ``dest`` was written (its last one, or the one that reads ``text``); else the line."""
        options = self.verb.options_for(self.door)
        option = next((option for option in options if option.dest == dest), None)
        positional = any(word.dest == dest for word in self.verb.positionals)
        spans = option_spans(self.words, options)
        if option is not None:
            found = [word for word, owner in spans if owner is option and text in (None, value_text(word, option))]
        else:
            found = [word for word, owner in spans if owner is None and positional]
        return place_of_word(self.start, found[-1]) if found else self.place

    def overridden_by(self, other: Arguments) -> Arguments:
        """These arguments with everything that ``other`` really gives, of the dests both have, put in its place."""
        taken = {dest: other[dest] for dest in other.given if dest in self.by_dest}
        return replace(self, by_dest=MappingProxyType({**self.by_dest, **taken}), given=self.given | taken.keys())

    def filled(self, values: Mapping[str, object]) -> Arguments:
        """These arguments with ``values`` in the place of the grammar's defaults; what was written wins."""
        taken = {dest: values[dest] for dest in values if dest in self.by_dest and dest not in self.given}
        return replace(self, by_dest=MappingProxyType({**self.by_dest, **taken})) if taken else self


def parse_argv(verb: Verb, argv: Sequence[str]) -> Arguments:
    """The words behind ``azml VERB``. Raises ``DeclarationError``."""
    return _parse(verb, [Word(text) for text in argv], Place(verb.spelled("cli")), "cli")


def parse_line(verb: Verb, line: str, place: Place | None = None, *, door: Door = "line") -> Arguments:
    """The rest of a magic's line behind its name.

    ``place`` is where ``line`` starts: its ``text`` the whole line, its ``column`` the first character of ``line`` in
    it. Raises ``DeclarationError``.
    """
    place = place or _standalone(verb.spelled(door), line)
    return _parse(verb, split_words(line, place), place, door)


def parse_command(line: str, place: Place | None = None) -> Arguments:
    """The rest of a ``%azml`` line: the verb's words and its arguments. Raises ``DeclarationError``."""
    place = place or _standalone("%azml", line)
    words = split_words(line, place)
    verb = find_verb([word.text for word in words], "line")
    if verb is None:
        shown = place_of_word(place, words[0]) if words else replace(place, column=None)
        raise unknown_verb([word.text for word in words], "line", shown)
    return _parse(verb, words[len(verb.path) :], place, "line")


def _parse(verb: Verb, words: Sequence[Word], place: Place, door: Door) -> Arguments:
    parser = GrammarParser(verb, door, place, words)
    own, rest = _split_rest(words) if verb.rest else (list(words), [])
    namespace = vars(parser.parse_args([word.text for word in own]))
    given = frozenset(dest for dest, value in namespace.items() if value not in (None, False))
    values = {word.dest: namespace[word.dest] for word in verb.positionals}
    values |= {option.dest: option.default for option in verb.options_for(door)}
    if verb.rest:
        values[verb.rest.dest] = tuple(word.text for word in rest)
        given |= {verb.rest.dest} if rest else set()
    arguments = Arguments(verb, MappingProxyType(values), given, place, tuple(words), door)
    findings: list[Finding] = []
    for option in verb.options_for(door):
        if option.dest in given:
            written = namespace[option.dest]
            values[option.dest] = _convert(option, written, arguments, findings)
        elif option.required:
            remedy = f"add {option.flags[-1]} {option.metavar}"
            findings.append(Finding("missing-argument", f"{option.flags[-1]} is missing", remedy, arguments.place))
    if verb.check is not None:
        findings += verb.check(arguments)
    if findings:
        findings.sort(key=_column)
        raise DeclarationError(f"{place.source} cannot be understood", findings)
    return arguments


def _split_rest(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """What is before the first ``--``, and what is behind it, which is not ours to understand."""
    own = list(takewhile(lambda word: word.text != "--", words))
    return own, list(words[len(own) + 1 :])


def _standalone(source: str, line: str) -> Place:
    return Place(source, column=len(source) + 2, text=f"{source} {line}")


def _column(finding: Finding) -> int:
    """Faults in the order of the line; those of the line as a whole last."""
    column = finding.place.column if finding.place else None
    return sys.maxsize if column is None else column


def _convert(option: Option, written: object, arguments: Arguments, findings: list[Finding]) -> object:
    """The written value or values converted; a bad one gives a finding and is left out."""
    if not option.takes_value:
        return True
    texts = cast("list[str]", written) if option.repeatable else [cast(str, written)]
    converted = []
    flag = option.flags[-1]
    for text in texts:
        place = arguments.place_of(option.dest, text)
        if option.choices and text not in option.choices:
            near = difflib.get_close_matches(text, option.choices, n=1)
            remedy = f"did you mean {near[0]}?" if near else "choose from: " + ", ".join(option.choices)
            findings.append(Finding("invalid-value", f"{flag} {text!r} is none of its choices", remedy, place))
            continue
        try:
            converted.append(option.convert(text))
        except ValueError as error:
            remedy = f"write {flag} {option.metavar}"
            findings.append(Finding("invalid-value", f"{flag} {error}, not {text!r}", remedy, place))
    if option.repeatable:
        return tuple(converted)
    return converted[0] if converted else option.default
