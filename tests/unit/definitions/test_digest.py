"""Content keys: equal definitions, equal keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.digest import canonical_json, digest_of


def test_keys_are_sorted_and_text_is_ascii() -> None:
    assert canonical_json({"b": 1, "a": ["é", None, True, 1.5]}) == '{"a":["\\u00e9",null,true,1.5],"b":1}'


def test_a_known_digest_stays_the_same() -> None:
    assert digest_of({"b": [1, "x"], "a": None}) == "c22cb7b0353770e2b38094af641143ebf008ddf2d1f2dedb9d875996fcf245fa"


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text())))
def test_the_order_of_keys_does_not_count(value: dict[str, int | str | None]) -> None:
    assert digest_of(value) == digest_of(dict(reversed(value.items())))
    assert len(digest_of(value)) == 64


def test_the_order_of_a_list_counts() -> None:
    assert digest_of(["a", "b"]) != digest_of(["b", "a"])
