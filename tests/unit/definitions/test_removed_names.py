"""Names of former releases are told with what takes their place."""

from __future__ import annotations

import pytest

from azml_magics.definitions.removed_names import find_replacement


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        ("ImportError: cannot import name 'joblib' from 'sklearn.externals' (/x/__init__.py)", "write import joblib"),
        ("ModuleNotFoundError: No module named 'sklearn.externals.joblib'", "write import joblib"),
        ("ModuleNotFoundError: No module named 'sklearn.externals'", "write import joblib"),
        ("AttributeError: module 'numpy' has no attribute 'float'.", "no numpy.float: write float"),
        ("AttributeError: module 'numpy' has no attribute 'floaty'", ""),
        ("ImportError: cannot import name 'other' from 'sklearn.linear_model'", ""),
        ("ModuleNotFoundError: No module named 'sklearn'", ""),
    ],
)
def test_what_to_write_instead(exception: str, words: str) -> None:
    found = find_replacement(exception)
    assert words in found
    assert bool(words) == bool(found)
