"""Which word of a line belongs to which option; what the words mean is left to ``arguments``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from azml_magics.cells.verb import Option
from azml_magics.cells.words import Word

_NUMBER = re.compile(r"-\d+(\.\d*)?|-\.\d+")


def looks_like_option(text: str) -> bool:
    """The notion argparse has of it: a dash in front, but no negative number, single dash or text with spaces."""
    return text.startswith("-") and len(text) > 1 and " " not in text and not _NUMBER.fullmatch(text)


def option_spans(words: Sequence[Word], options: Sequence[Option]) -> list[tuple[Word, Option | None]]:
    """Each word that is a value or a positional with its option; flags that await a value are skipped."""
    by_flag = {flag: option for option in options for flag in option.flags}
    spans: list[tuple[Word, Option | None]] = []
    awaiting: Option | None = None
    after_dashes = False
    for word in words:
        name, equals, _ = word.text.partition("=")
        option = by_flag.get(name) if looks_like_option(word.text) and not after_dashes else None
        if word.text == "--" and not after_dashes:
            after_dashes = True
            continue
        if option is not None:
            awaiting = option if option.takes_value and not equals else None
            if awaiting is None:
                spans.append((word, option))
        else:
            spans.append((word, awaiting))
            awaiting = None
    return spans


def value_text(word: Word, option: Option) -> str:
    """What ``word`` gives ``option``, which may stand before it as ``--flag=``."""
    name, equals, value = word.text.partition("=")
    return value if equals and name in option.flags else word.text
