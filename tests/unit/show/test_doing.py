"""What takes long has words, and only verbs that there are."""

from __future__ import annotations

from azml_magics.cells.grammar import GRAMMAR
from azml_magics.show.doing import DOING, doing_words
from azml_magics.show.recorded_work import RECORDED_VERBS


def test_words_and_records_are_of_verbs_that_there_are() -> None:
    assert DOING.keys() <= {verb.name for verb in GRAMMAR}
    assert DOING.keys() >= RECORDED_VERBS


def test_words_without_a_name() -> None:
    assert [doing_words("deploy", name) for name in ("digits", "")] == ["deploying digits", "deploying"]
    assert doing_words("demo", "digits") == "running the demo"
