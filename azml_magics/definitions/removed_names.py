"""Names that libraries have taken away, which scripts of former years still use: what to write in their place."""

from __future__ import annotations

import re

_JOBLIB = "scikit-learn 0.23 and later have no sklearn.externals.joblib: write import joblib, and have it installed"
_NUMPY = "numpy 1.24 and later have no numpy.{name}: write {name}"
#: Pattern in the last line of a traceback -> what to write; ``name`` is a group of the pattern.
REMOVED: tuple[tuple[str, str], ...] = (
    (r"(?:cannot import name 'joblib' from|No module named) 'sklearn\.externals", _JOBLIB),
    (r"module 'numpy' has no attribute '(?P<name>bool|complex|float|int|object|str)'", _NUMPY),
)


def find_replacement(exception: str) -> str:
    """What to write instead of the name that ``exception``, the last line of a traceback, says is not there."""
    for pattern, remedy in REMOVED:
        match = re.search(pattern, exception)
        if match is not None:
            return remedy.format(**match.groupdict())
    return ""
