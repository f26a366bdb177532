"""Everything that is known about a failure."""

from __future__ import annotations

from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.show.text import why_lines


def test_an_answer_that_is_an_error_is_told_with_headers_and_traceback() -> None:
    response = ScoringResponse(
        "digits",
        500,
        b'{"message": "An unexpected error occurred"}',
        (("x-ms-run-function-failed", "True"),),
        3.2,
        "id-1",
        traceback=("Traceback (most recent call last):", '  File "score.py", line 5, in run', "KeyError: 'x'"),
    )
    lines = why_lines(response)
    assert lines[0].startswith("500 Internal Server Error")
    assert "  x-ms-run-function-failed: True" in lines
    assert lines[-3:] == [
        "  Traceback (most recent call last):",
        '    File "score.py", line 5, in run',
        "  KeyError: 'x'",
    ]
