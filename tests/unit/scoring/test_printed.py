"""What of a log the script said itself."""

from __future__ import annotations

from azml_magics.scoring.printed import printed_lines


def record(logger: str, text: str, level: str = "I") -> str:
    return f"2026-11-21 17:42:24,386 {level} [31538] {logger} - {text}"


def test_prints_and_raw_lines_but_nothing_of_the_server() -> None:
    log = [
        "2026-11-21T17:42:22 | gunicorn/run | Dynamic Python package installation is disabled.",
        "Azure ML Inferencing HTTP server v1.5.1",
        record("azmlinfsrv", "Starting up app insights client"),
        record("azmlinfsrv.trace", "Model directory is not set", "W"),
        record("azmlinfsrv.print", "importing"),
        record("azmlinfsrv.user_script", "Invoking user's init function"),
        "raw in init",
        record("azmlinfsrv.print", "two"),
        "lines",
        record("azmlinfsrv.mine", "a logger of the script's own", "W"),
        record("azmlinfsrv", "Encountered Exception: Traceback (most recent call last):", "E"),
        '  File "/app/score.py", line 1, in run',
        "ValueError: no",
        "",
        record("azmlinfsrv", "POST /score 500 1.398ms 92"),
        "raw at the end",
        record("gunicorn.access", '"POST /score HTTP/1.1" 500 92'),
    ]
    assert printed_lines(log) == (
        "importing",
        "raw in init",
        "two",
        "lines",
        "a logger of the script's own",
        "raw at the end",
    )


def test_nothing_before_the_script_is_loaded() -> None:
    assert printed_lines(["Server Settings", record("azmlinfsrv.print", "x")]) == ()
