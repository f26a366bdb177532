"""A magic's line as words that know where they stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.cells.words import Word, place_of_word, split_words
from azml_magics.errors import DeclarationError, Place


def split(line: str) -> list[str]:
    return [word.text for word in split_words(line, Place("%azml", column=1, text=line))]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a  b ", ["a", "b"]),
        ("a \"b c\" d'e f'", ["a", "b c", "de f"]),
        ("a ''", ["a", ""]),
        (r"C:\models\new 'D:\my models'", [r"C:\models\new", r"D:\my models"]),
        ('"ends with a \\"', ["ends with a \\"]),
        ("a # don't say so", ["a"]),
        ("a #don't say so", ["a"]),
        ("# a", []),
        ("a#b c", ["a#b", "c"]),
        ("stop digits;", ["stop", "digits"]),
        ("stop digits ;", ["stop", "digits"]),
        ("stop 'digits;'", ["stop", "digits;"]),
        ("stop digits; # now", ["stop", "digits"]),
        ('--data \'{"a": "x"}\'', ["--data", '{"a": "x"}']),
        ("'{x}' '$x' \"it's\"", ["{x}", "$x", "it's"]),
        ("$ {} {1} a$ {a b}", ["$", "{}", "{1}", "a$", "{a", "b}"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert split(line) == words


def test_words_know_where_they_stood() -> None:
    line = "%azml deploy  'my name' --port=1"
    words = split_words(line[6:], Place("cell In [1]", 2, 7, line))
    assert words == [Word("deploy", "deploy", 0), Word("my name", "'my name'", 8), Word("--port=1", "--port=1", 18)]
    assert place_of_word(Place("cell In [1]", 2, 7, line), words[1]) == Place("cell In [1]", 2, 15, line, 9)
    assert place_of_word(Place("azml deploy"), words[1]) == Place("azml deploy")


@pytest.mark.parametrize(
    ("line", "shown", "column", "length"),
    [
        ("deploy {name}", "{name}", 8, 6),
        ("deploy ${name}", "{name}", 8, 7),
        ("deploy pre-$name", "$name", 8, 9),
        ("deploy {name.first[0]!r:>5}", "{name.first[0]!r:>5}", 8, 20),
        ('deploy "{name}"', "{name}", 8, 8),
        ('deploy "it\'s {name}"', "{name}", 8, 13),
    ],
)
def test_a_variable_that_was_not_expanded(line: str, shown: str, column: int, length: int) -> None:
    with pytest.raises(DeclarationError) as caught:
        split(line)
    (finding,) = caught.value.findings
    assert finding.code == "unexpanded-variable"
    assert finding.message == f"{shown} was not replaced by a value"
    assert finding.place == Place("%azml", None, column, line, length)


@pytest.mark.parametrize("line", ['a "b', "it's", 'a \'b "c"'])
def test_an_open_quote(line: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        split(line)
    assert caught.value.code == "unclosed-quote"


@given(st.lists(st.text(alphabet="abc:\\/=-_. ", min_size=0, max_size=8), max_size=6))
def test_quoted_words_come_back(words: list[str]) -> None:
    line = " ".join(f"'{word}'" for word in words)
    assert split(line) == words


@given(st.text(max_size=60))
def test_every_word_is_found_where_it_says(line: str) -> None:
    try:
        words = split_words(line, Place("%azml", column=1, text=line))
    except DeclarationError:
        # An open quote or a variable: the tests above say when.
        words = []
    for word in words:
        assert line[word.start :].startswith(word.raw)
        assert word.raw.replace("'", "").replace('"', "") == word.text.replace("'", "").replace('"', "")
