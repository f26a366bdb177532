"""The user's part of a traceback: real ones of this Python, recorded ones of others, and a log around them."""

from __future__ import annotations

import sys
import textwrap
import traceback
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.user_traceback import (
    CHAIN_LINES,
    HEADER,
    MARKER_LINE,
    exception_line,
    extract_tracebacks,
    user_block,
    user_frames,
)
from azml_magics.errors import Frame, Place

STAMP = "2026-11-21 02:37:40,843 {level} [{pid}] {logger} - {text}"
CHAIN = "\nThe above exception was the direct cause of the following exception:\n\n"
SCRIPT = EntryScript("score.py", "", Origin("cell In [4]", 1))
PYTHON_311 = sys.version_info >= (3, 11)


def log_line(text: str, *, level: str = "I", pid: int = 7, logger: str = "azmlinfsrv") -> str:
    return STAMP.format(level=level, pid=pid, logger=logger, text=text)


def log_of(text: str) -> list[str]:
    """A server log in which ``text`` is logged as a failure between other lines."""
    logged = log_line(f"Encountered Exception: {text}", level="E")
    return [log_line("before"), *logged.split("\n"), log_line("POST /score 500 1.181ms 92")]


class UserScriptException(Exception):  # the server's name for it
    pass


UserScriptException.__module__ = "azureml_inference_server_http.server.user_script"


def fail(folder: Path, source: str, *, wrapped: bool = True) -> str:
    """The traceback of this Python for a script ``score.py`` with that text, raised again as the server does it."""
    path = folder / "score.py"
    path.write_text(textwrap.dedent(source))
    try:
        try:
            code: CodeType = compile(path.read_text(), str(path), "exec")
            exec(code, {})
        except Exception as error:
            if not wrapped:
                raise
            raise UserScriptException("Caught an unhandled exception from the user script") from error
    except Exception:
        return traceback.format_exc()
    raise AssertionError("the script did not fail")


# extract_tracebacks ---------------------------------------------------------------------------------------------------


def test_a_chain_is_one_block_that_ends_at_the_next_log_line(tmp_path: Path) -> None:
    text = fail(tmp_path, "1 / 0\n")
    (block,) = extract_tracebacks(log_of(text))
    assert block == text.rstrip("\n").split("\n")


def test_a_log_without_failure_has_none() -> None:
    assert extract_tracebacks([log_line("Traceback comes later"), "raw output", ""]) == []


def test_every_failure_of_a_log_in_order(tmp_path: Path) -> None:
    lines = [*log_of(fail(tmp_path, "1 / 0\n")), *log_of(fail(tmp_path, "raise KeyError('k')\n", wrapped=False))]
    assert [exception_line(block) for block in extract_tracebacks(lines)] == [
        "ZeroDivisionError: division by zero",
        "KeyError: 'k'",
    ]


def test_what_is_printed_raw_behind_a_traceback_is_not_part_of_it(tmp_path: Path) -> None:
    text = fail(tmp_path, "1 / 0\n")
    lines = [*log_line(f"Encountered Exception: {text}", level="E").split("\n"), "printed raw", "twice"]
    (block,) = extract_tracebacks(lines)
    assert block[-1].endswith("Caught an unhandled exception from the user script")


def test_what_gunicorn_says_meanwhile_may_stand_anywhere_in_it() -> None:
    lines = log_of(
        "Traceback (most recent call last):\n"
        '  File "/app/score.py", line 2, in init\n'
        '    raise ValueError("no model")\n'
        f"ValueError: no model\n{CHAIN}"
        "Traceback (most recent call last):\n"
        '  File "/lib/user_script.py", line 121, in invoke_init\n'
        "    raise UserScriptException(ex) from ex\n"
        "azureml_inference_server_http.server.user_script.UserScriptException: Caught an unhandled exception"
    )
    (whole,) = extract_tracebacks(lines)
    gunicorn = log_line("Worker exiting (pid: 7)", logger="gunicorn.error")
    for position in range(1, len(lines) + 1):
        assert extract_tracebacks([*lines[:position], gunicorn, *lines[position:]]) == [whole], position


def test_a_traceback_the_user_printed_is_one_of_its_own(tmp_path: Path) -> None:
    printed = fail(tmp_path, "raise KeyError('printed')\n", wrapped=False).rstrip("\n").split("\n")
    lines = ["ERROR:root:retrying", *printed, *log_of(fail(tmp_path, "1 / 0\n"))]
    assert [exception_line(block) for block in extract_tracebacks(lines)] == [
        "KeyError: 'printed'",
        "ZeroDivisionError: division by zero",
    ]


def test_two_tracebacks_printed_raw_one_behind_the_other(tmp_path: Path) -> None:
    first = fail(tmp_path, "raise KeyError(1)\n", wrapped=False).rstrip("\n").split("\n")
    second = fail(tmp_path, "raise KeyError(2)\n", wrapped=False).rstrip("\n").split("\n")
    assert [exception_line(block) for block in extract_tracebacks([*first, *second])] == ["KeyError: 1", "KeyError: 2"]


# exception_line -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("raise ValueError('no model')", "ValueError: no model"),
        ("raise KeyError", "KeyError"),
        ("raise ValueError('first\\nsecond')", "ValueError: first\nsecond"),
        ("raise ValueError('first\\n\\nthird')", "ValueError: first\nthird"),
        ("raise ValueError('1 error\\nx\\n  needed\\n    see y')", "ValueError: 1 error\nx\n  needed\n    see y"),
        ("raise ValueError('a table\\n  | a | b |')", "ValueError: a table\n  | a | b |"),
        ("import not_a_module", "ModuleNotFoundError: No module named 'not_a_module'"),
        ("try:\n    1 / 0\nexcept Exception as error:\n    raise RuntimeError('no') from error", "RuntimeError: no"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['k']", "KeyError: 'k'"),
    ],
    ids=["plain", "bare", "two-lines", "blank-line", "indented", "bars", "import", "cause", "context"],
)  # fmt: skip
def test_exception_of_the_user(tmp_path: Path, source: str, expected: str) -> None:
    (block,) = extract_tracebacks(log_of(fail(tmp_path, source + "\n")))
    assert exception_line(block) == expected


@pytest.mark.skipif(not PYTHON_311, reason="notes came with Python 3.11")
def test_notes_follow_the_message(tmp_path: Path) -> None:
    source = "error = ValueError('bad')\nerror.add_note('while reading row 3')\nraise error\n"
    (block,) = extract_tracebacks(log_of(fail(tmp_path, source)))
    assert exception_line(block) == "ValueError: bad\nwhile reading row 3"


def test_a_refusal_of_the_server_is_said_without_its_class() -> None:
    lines = log_of(
        "Traceback (most recent call last):\n"
        '  File "/venv/azureml_inference_server_http/server/user_script.py", line 90, in load_script\n'
        "    raise UserScriptError(...)\n"
        "azureml_inference_server_http.server.user_script.UserScriptError: "
        "User script at /srv/app/score.py does not have a run() function defined.\n"
    )
    (block,) = extract_tracebacks(lines)
    assert exception_line(block) == "User script at /srv/app/score.py does not have a run() function defined."
    assert user_frames(block, "/srv/app", SCRIPT) == ()


# user_frames ----------------------------------------------------------------------------------------------------------


def test_frames_are_the_users_with_the_line_of_their_cell(tmp_path: Path) -> None:
    source = "def inner():\n    return int('x')\n\ndef outer():\n    return inner()\nouter()\n"
    (block,) = extract_tracebacks(log_of(fail(tmp_path, source)))
    frames = user_frames(block, str(tmp_path), SCRIPT)
    assert [(frame.file, frame.line, frame.function, frame.text) for frame in frames] == [
        ("score.py", 6, "<module>", "outer()"),
        ("score.py", 5, "outer", "return inner()"),
        ("score.py", 2, "inner", "return int('x')"),
    ]
    assert frames[-1].origin == Place("cell In [4]", 3, text="return int('x')")


def test_a_script_from_a_file_has_no_cell(tmp_path: Path) -> None:
    (block,) = extract_tracebacks(log_of(fail(tmp_path, "1 / 0\n")))
    script = EntryScript("score.py", "", file=tmp_path / "score.py")
    assert user_frames(block, f"{tmp_path}/", script) == (Frame("score.py", 1, "<module>", "1 / 0"),)


def test_a_syntax_error_is_a_frame_of_its_file(tmp_path: Path) -> None:
    (block,) = extract_tracebacks(log_of(fail(tmp_path, "def init(:\n    pass\n")))
    (frame,) = user_frames(block, str(tmp_path), SCRIPT)
    assert (frame.line, frame.function, frame.text) == (1, "<module>", "def init(:")
    assert exception_line(block).startswith("SyntaxError: ")


def test_repeated_frames_of_a_recursion(tmp_path: Path) -> None:
    (block,) = extract_tracebacks(log_of(fail(tmp_path, "def deep():\n    return deep()\ndeep()\n")))
    frames = user_frames(block, str(tmp_path), SCRIPT)
    assert [frame.text for frame in frames] == ["deep()", "return deep()", "return deep()", "return deep()"]
    assert exception_line(block).startswith("RecursionError: maximum recursion depth exceeded")


def test_a_frame_without_source_has_no_text() -> None:
    block = [
        "Traceback (most recent call last):",
        '  File "/srv/app/score.py", line 3, in run',
        '  File "/srv/app/helper.py", line 9, in load',
        "    open(path)",
        "    ~~~~^^^^^^",
        "FileNotFoundError: [Errno 2] No such file or directory: 'x'",
    ]
    assert [(frame.file, frame.text) for frame in user_frames(block, "/srv/app", SCRIPT)] == [
        ("score.py", ""),
        ("helper.py", "open(path)"),
    ]


def frames_of_files(*files: str) -> list[str]:
    frames = [f'  File "{file}", line {number}, in run' for number, file in enumerate(files, 1)]
    return ["Traceback (most recent call last):", *frames, "ValueError: x"]


def test_files_beside_the_app_root_and_installed_packages_are_not_the_users() -> None:
    block = frames_of_files("/srv/app/score.py", "/srv/app-2/score.py", "/srv/app/lib/site-packages/x.py", "/usr/x.py")
    assert [frame.file for frame in user_frames(block, "/srv/app", SCRIPT)] == ["score.py"]


@pytest.mark.parametrize(
    ("path", "file", "from_cell"),
    [
        ("score.py", "score.py", True),
        ("src/score.py", "score.py", True),  # without a source directory the script stands in the app root
        ("score.py", "src/score.py", True),  # with one, the directory keeps its name
        ("api/score.py", "src/api/score.py", True),
        ("score.py", "src/other/score.py", False),
        ("score.py", "src/myscore.py", False),
    ],
)
def test_only_the_entry_script_is_mapped_to_its_cell(path: str, file: str, from_cell: bool) -> None:
    script = EntryScript(path, "", Origin("cell In [4]", 1))
    (frame,) = user_frames(frames_of_files(f"/srv/app/{file}"), "/srv/app", script)
    assert (frame.origin is not None) == from_cell


# exception groups -----------------------------------------------------------------------------------------------------

GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/srv/app/score.py", line 6, in run
  |     raise ExceptionGroup("two failed", errors)
  | ExceptionGroup: two failed (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app/score.py", line 3, in run
    |     1/0
    |     ~^~
    | ZeroDivisionError: division by zero
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app/score.py", line 4, in run
    |     int("q")
    | ValueError: invalid literal for int() with base 10: 'q'
    +------------------------------------
"""
SERVER_BLOCK = """\
Traceback (most recent call last):
  File "/venv/site-packages/azureml_inference_server_http/server/user_script.py", line 139, in invoke_run
    raise UserScriptException(ex) from ex
azureml_inference_server_http.server.user_script.UserScriptException: Caught an unhandled exception from the user script
"""
CAUSE = 'Traceback (most recent call last):\n  File "/srv/app/score.py", line 2, in run\n    {}["k"]\nKeyError: \'k\'\n'


@pytest.mark.parametrize("text", [GROUP + CHAIN + SERVER_BLOCK, CAUSE + CHAIN + GROUP + CHAIN + SERVER_BLOCK, GROUP])
def test_an_exception_group_is_one_failure_told_by_its_own_frames(text: str) -> None:
    (block,) = extract_tracebacks(log_of(text))
    assert block == text.rstrip("\n").split("\n")
    assert exception_line(block) == "ExceptionGroup: two failed (2 sub-exceptions)"
    (frame,) = user_frames(block, "/srv/app", SCRIPT)
    assert (frame.line, frame.text) == (6, 'raise ExceptionGroup("two failed", errors)')


@pytest.mark.skipif(not PYTHON_311, reason="exception groups came with Python 3.11")
def test_a_real_exception_group(tmp_path: Path) -> None:
    (block,) = extract_tracebacks(log_of(fail(tmp_path, "raise ExceptionGroup('two', [KeyError(1), OSError(2)])\n")))
    assert exception_line(block) == "ExceptionGroup: two (2 sub-exceptions)"
    assert [frame.line for frame in user_frames(block, str(tmp_path), SCRIPT)] == [1]


# every Python ---------------------------------------------------------------------------------------------------------

BY_PYTHON = {
    "3.8": '    return int(\nValueError: bad\n',
    "3.11": '    return int(\n           ^^^^\nValueError: bad\n',
    "3.13": '    return int(\n        "x" + kind\n    )\nValueError: bad\n',
}  # fmt: skip


@pytest.mark.parametrize("python", BY_PYTHON)
def test_the_shapes_of_other_pythons(python: str) -> None:
    text = f'Traceback (most recent call last):\n  File "/srv/app/score.py", line 5, in run\n{BY_PYTHON[python]}'
    (block,) = extract_tracebacks(log_of(text + CHAIN + SERVER_BLOCK))
    assert exception_line(block) == "ValueError: bad"
    (frame,) = user_frames(block, "/srv/app", SCRIPT)
    assert (frame.line, frame.function, frame.text) == (5, "run", "return int(")


def test_a_syntax_error_as_the_server_logged_it() -> None:
    text = """\
Traceback (most recent call last):
  File "/venv/site-packages/azureml_inference_server_http/server/user_script.py", line 77, in load_script
    main_module_spec.loader.exec_module(user_module)
  File "<frozen importlib._bootstrap_external>", line 990, in exec_module
  File "/srv/app/score.py", line 1
    def init(:
             ^
SyntaxError: invalid syntax

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/venv/site-packages/azureml_inference_server_http/server/aml_blueprint.py", line 91, in setup
    self.user_script.load_script(config.app_root)
azureml_inference_server_http.server.user_script.UserScriptImportException: Failed to import user script
"""
    (block,) = extract_tracebacks(log_of(text))
    assert exception_line(block) == "SyntaxError: invalid syntax"
    assert user_frames(block, "/srv/app", SCRIPT) == (
        Frame("score.py", 1, "<module>", "def init(:", Place("cell In [4]", 2, text="def init(:")),
    )


# any log --------------------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
#: Message lines: no empty ones (they end a message when raw output may follow), nothing that is a header.
MESSAGES = st.lists(
    st.builds(lambda indent, word: " " * indent + word, st.integers(0, 6), WORDS), min_size=1, max_size=5
)


@given(messages=st.lists(MESSAGES, min_size=1, max_size=4), raw=st.lists(WORDS, max_size=3), wrapped=st.booleans())
def test_any_message_comes_back_whole(messages: list[list[str]], raw: list[str], wrapped: bool) -> None:
    log: list[str] = []
    for number, lines in enumerate(messages, 1):
        message = "\n".join([f"E: {lines[0]}", *lines[1:]])
        frame = f'  File "/srv/app/score.py", line {number}, in run\n    f()'
        text = f"Traceback (most recent call last):\n{frame}\n{message}\n"
        log += [*log_of(text + CHAIN + SERVER_BLOCK if wrapped else text), *raw]
    blocks = extract_tracebacks(log)
    assert [exception_line(block) for block in blocks] == [
        "\n".join([f"E: {lines[0]}", *lines[1:]]).rstrip() for lines in messages
    ]
    assert [user_frames(block, "/srv/app", None)[0].line for block in blocks] == list(range(1, len(messages) + 1))


@given(
    st.lists(
        st.sampled_from(
            [*GROUP.split("\n"), *SERVER_BLOCK.split("\n"), *CAUSE.split("\n"), *CHAIN.split("\n"), log_line("x")]
        )
    )
)
@example(["  + Exception Group Traceback (most recent call last):", CHAIN_LINES[0]])
@example(["  + Exception Group Traceback (most recent call last):", CHAIN_LINES[0], CHAIN_LINES[0]])
def test_no_log_is_too_odd(lines: list[str]) -> None:
    for block in extract_tracebacks(lines):
        assert "Traceback" in block[0]
        assert user_block(block)
        assert isinstance(exception_line(block), str)
        assert all(frame.file == "score.py" for frame in user_frames(block, "/srv/app", SCRIPT))


@pytest.mark.parametrize(
    ("line", "is_marker"),
    [("    ^^^^", True), ("    ~~^~~ ", True), ("   ", True), ("", False), ("    x^", False), ("  ^ x", False)],
)
def test_lines_of_marks_below_a_frame(line: str, is_marker: bool) -> None:
    assert bool(MARKER_LINE.match(line)) is is_marker


def test_megabytes_of_blanks_below_a_frame() -> None:
    blanks = " " * 5_000_000 + "x"
    block = [HEADER, '  File "/app/score.py", line 1, in run', blanks, "ValueError: no"]
    (frame,) = user_frames(block, "/app", None)
    assert frame.text == "x"
