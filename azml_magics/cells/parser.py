"""argparse for one verb of the grammar, with our errors and places; converting values is left to ``arguments``."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NoReturn

from azml_magics.cells.option_words import looks_like_option, option_spans
from azml_magics.cells.verb import Door, Option, Verb
from azml_magics.cells.words import Word, place_of_word
from azml_magics.errors import DeclarationError, Finding, Place


class GrammarParser(argparse.ArgumentParser):
    """argparse for one verb; whatever is wrong is raised as ``DeclarationError`` instead of ending the program."""

    def __init__(self, verb: Verb, door: Door, place: Place | None = None, words: Sequence[Word] = ()) -> None:
        super().__init__(
            prog=verb.spelled(door),
            usage=verb.usage(door).replace("%", "%%"),
            description=verb.help,
            allow_abbrev=False,
            add_help=door == "cli",
        )
        self._verb, self._door = verb, door
        self._start = place or Place(verb.spelled(door))
        self._place = replace(self._start, column=None)
        self._words = words
        for word in verb.positionals:
            self.add_argument(
                word.dest, metavar=word.metavar, help=_escaped(word.help), nargs="?" if word.optional else None
            )
        for option in verb.options_for(door):
            self._add_option(option)

    def _add_option(self, option: Option) -> None:
        if not option.takes_value:
            self.add_argument(*option.flags, dest=option.dest, help=_escaped(option.help), action="store_true")
        else:
            self.add_argument(
                *option.flags,
                dest=option.dest,
                help=_escaped(option.help + (" May be repeated." if option.repeatable else "")),
                metavar=option.metavar,
                action="append" if option.repeatable else "store",
            )

    def parse_known_args(  # type: ignore[override]  # argparse overloads it for namespaces of other classes
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse, but unknown options are named first, all of them: a typo is no missing argument."""
        self._refuse_unknown_options(sys.argv[1:] if args is None else args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise argparse's complaint in our words."""
        raise self._declaration_error([self._translate(message)])

    def _declaration_error(self, findings: Sequence[Finding]) -> DeclarationError:
        return DeclarationError(f"{self._place.source} cannot be understood", findings)

    def _place_of(self, start: str) -> Place:
        word = next((word for word in self._words if start and word.text.startswith(start)), None)
        return place_of_word(self._start, word) if word else self._place

    def _refuse_unknown_options(self, args: Sequence[str]) -> None:
        options = self._verb.options_for(self._door)
        known = [flag for option in options for flag in option.flags] + (["--help"] if self.add_help else [])
        findings = []
        for word, owner in option_spans([Word(arg) for arg in takewhile(lambda arg: arg != "--", args)], options):
            name = word.text.partition("=")[0]
            if owner is None and looks_like_option(word.text) and name not in (*known, "-h", "--"):
                near = difflib.get_close_matches(name, known, n=1)
                remedy = f"did you mean {near[0]}?" if near else "options: " + (", ".join(known) or "none")
                if self._verb.rest is not None:
                    remedy += f"{'' if near else ';'} what the script itself is given stands behind --"
                findings.append(Finding("unknown-option", f"unknown option {name}", remedy, self._place_of(name)))
        if findings:
            raise self._declaration_error(findings)

    def _translate(self, message: str) -> Finding:
        usage = "write " + self._verb.synopsis(self._door)
        if match := re.fullmatch(r"the following arguments are required: (.*)", message, re.DOTALL):
            return Finding("missing-argument", f"{match[1]} is missing", usage, self._place)
        if match := re.fullmatch(r"argument (\S+): expected one argument", message):
            flag = match[1].split("/")[-1]
            option = next(option for option in self._verb.options_for(self._door) if flag in option.flags)
            remedy = f"write {flag} {option.metavar}"
            return Finding("missing-argument", f"{flag} needs a value", remedy, self._place_of(flag))
        if match := re.fullmatch(r"argument (\S+): ignored explicit argument .*", message, re.DOTALL):
            flag = match[1].split("/")[-1]
            return Finding("invalid-value", f"{flag} takes no value", f"write {flag} alone", self._place_of(flag))
        if match := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
            return self._unexpected(match[1])
        return Finding("invalid-value", message, usage, self._place)

    def _unexpected(self, rest: str) -> Finding:
        """Words too many; one behind a repeatable option was meant as its second value."""
        options = self._verb.options_for(self._door)
        last: Option | None = None
        for word, owner in option_spans(self._words, options):
            last = owner or last
            if owner is None and rest.startswith(word.text) and word.text:
                remedy = "write " + self._verb.synopsis(self._door)
                if last is not None and last.repeatable:
                    remedy = f"repeat the option for each value: {last.flags[-1]} {word.raw or word.text}"
                message = f"{word.text!r} is one word too many"
                return Finding("unexpected-argument", message, remedy, place_of_word(self._start, word))
        remedy = "write " + self._verb.synopsis(self._door)
        return Finding("unexpected-argument", f"{rest!r} is too much", remedy, self._place_of(rest))


def build_parser(verb: Verb, door: Door = "cli") -> argparse.ArgumentParser:
    """An ``ArgumentParser`` for ``verb``, for help and for callers that want argparse itself.

    Its errors are ``DeclarationError`` with the codes ``unknown-option``, ``missing-argument``, ``invalid-value`` and
    ``unexpected-argument``; values are still texts.
    """
    return GrammarParser(verb, door)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
