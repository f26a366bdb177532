"""Requests as texts: JSON looked at in the page, and copies for a shell and for Python that ask the very same."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from playwright.sync_api import Browser

from azml_magics.panel import playground
from azml_magics.session import Session
from tests.browser.harness import Stage, open_stage
from tests.echo_service import NAME, running_echo
from tests.require import require

SHARED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
Request = dict[str, Any]

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
WRITTEN = some.builds(json.dumps, VALUES, indent=some.sampled_from([None, 1]), ensure_ascii=some.booleans())
#: Right, or with one character too few or another one.
NEARLY = some.builds(
    lambda text, place, letter: text[: place % (len(text) + 1)] + letter + text[place % (len(text) + 1) + 1 :],
    WRITTEN,
    some.integers(0, 200),
    some.sampled_from([*"\"'\\,:{}[]0-.eE+ \n\tntf\0", ""]),
)


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Stage]:
    """The module, loaded once: these functions keep nothing."""
    with open_stage(chromium) as stage:
        yield stage.open()


# JSON -----------------------------------------------------------------------------------------------------------------

CHECK = """(text) => {
    let right = true;
    try { JSON.parse(text); } catch { right = false; }
    const fault = findJsonFault(text);
    const again = right && JSON.stringify(JSON.parse(renderJson(parseJson(text)))) === JSON.stringify(JSON.parse(text));
    return { right, fault, again };
}"""


@SHARED
@given(NEARLY | WRITTEN)
@example("")
@example(" ")
@example("012")
@example("1 2")
@example("-")
@example('"\\u12g4"')
@example('{"a": 1,}')
@example("[1, 2,\n 3")
@example("\ufeff{}")
def test_a_text_is_wrong_where_the_browser_says_so_too(page: Stage, text: str) -> None:
    seen = page.inside(CHECK, text)
    assert (seen["fault"] is None) is seen["right"], text
    if seen["right"]:
        assert seen["again"]
    else:
        lines = text.split("\n")
        assert 1 <= seen["fault"]["line"] <= len(lines)
        assert 1 <= seen["fault"]["column"] <= len(lines[seen["fault"]["line"] - 1]) + 1


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ('{"data": [1, 2,\n 3', 2, 3, "ends too early"),
        ('{"data": [1 2]}', 1, 13, "comma or ]"),
        ('{\n  "data": [1],\n}', 3, 1, "comma too many"),
        ("{'data': 1}", 1, 2, '"double quotes" only'),
        ('{"data" 1}', 1, 9, "colon"),
        ('{"a": NaN}', 1, 7, "value is expected"),
        ('{"a": 01}', 1, 7, "no number"),
        ('{"a": "x\ny"}', 1, 9, "line ends within a text"),
        ('["\\d"]', 1, 3, "escape"),
        ('["a\tb"]', 1, 4, "control character"),
        ("[1] [2]", 1, 5, "after the end"),
        ('["😀", ?]', 1, 7, "value is expected"),
        ("", 1, 1, "nothing yet"),
    ],
)
def test_faults_are_told_with_line_and_column(page: Stage, text: str, line: int, column: int, part: str) -> None:
    fault = page.inside("(text) => findJsonFault(text)", text)
    assert (fault["line"], fault["column"]) == (line, column)
    assert part in fault["message"]


def test_formatting_changes_no_figure_and_no_key(page: Stage) -> None:
    text = '{"big":12345678901234567890,"one":1.0,"small":1e-400,"a":1,"a":2,"e":"\\u00e9","l":[[1,2],[]],"o":{}}'
    formatted = page.inside("(text) => renderJson(parseJson(text))", text)
    assert formatted == (
        '{\n  "big": 12345678901234567890,\n  "one": 1.0,\n  "small": 1e-400,\n  "a": 1,\n  "a": 2,\n'
        '  "e": "\\u00e9",\n  "l": [\n    [1, 2],\n    []\n  ],\n  "o": {}\n}'
    )


def test_what_python_writes_instead_of_json_can_be_read(page: Stage) -> None:
    text = "[NaN, Infinity, -Infinity]"
    assert page.inside("(text) => renderJson(parseJson(text, {lenient: true}))", text) == text


def test_a_text_nested_too_deeply_is_left_to_the_service(page: Stage) -> None:
    assert page.inside("(text) => findJsonFault(text)", "[" * 5000 + "]" * 5000) is None


# copies ---------------------------------------------------------------------------------------------------------------

BODIES = some.text(some.characters(exclude_categories=["Cs"]), max_size=60).filter(
    lambda text: text not in ("fail", "bytes", "teapot") and not text.startswith("pipe:")
)
#: What a header may hold; white space around it goes.
PRINTABLE = some.text(
    some.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=20
).map(str.strip)
REQUESTS = some.builds(
    lambda body, kind, mine: {"body": body, "headers": [["Content-Type", kind], ["X-Mine", mine]], "timeout": 20},
    BODIES,
    some.sampled_from(["application/json", "text/plain; charset=utf-8"]),
    PRINTABLE,
)
NASTY: Request = {
    "body": '@it\'s "$HOME" `id` \\n %s %d !x\n\n\ttab\\\n',
    "headers": [
        ["content-type", "text/plain"],
        ["X-Mine", 'it\'s $HOME \\ `id` "x" ;'],
        ["x-mine", "the last one's é\\7"],
    ],
    "timeout": 20,
}
LONG: Request = {"body": "'ü\n%s" * 20_000, "headers": [["Content-Type", "text/plain"]], "timeout": 20}
NUL: Request = {"body": "a\0b\\0c%d'\n", "headers": [["X-Mine", ""]], "timeout": 20}
RUNNER = """
import contextlib, io, json, sys
for line in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(json.loads(line), "copied", "exec"), {"__name__": "__main__"})
    print(json.dumps(said.getvalue()), flush=True)
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with running_echo(tmp_path_factory.mktemp("texts")) as opened:
        yield opened


@pytest.fixture(scope="module")
def python() -> Iterator[Callable[[str], str]]:
    """Runs a program in a Python of its own and gives what it printed."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        stdin, stdout = child.stdin, child.stdout

        def run(program: str) -> str:
            stdin.write(json.dumps(program) + "\n")
            stdin.flush()
            return str(json.loads(stdout.readline()))

        yield run
        stdin.close()


def render(page: Stage, session: Session, function: str, request: Request) -> str:
    url = session.service(NAME).scoring_uri
    return str(page.inside(f"(request) => {function}(request)", {**request, "url": url}))


def echoed(text: str) -> tuple[bytes, dict[str, str]]:
    """The body that came to the service, and the headers that are about it."""
    content = json.loads(text)
    told = {name: content["headers"].get(name) for name in ("content-type", "x-mine", "content-length")}
    return base64.b64decode(content["body"]), told


def from_the_panel(session: Session, request: Request) -> tuple[bytes, dict[str, str]]:
    answer = playground.send(session, {"name": NAME, **request})
    return echoed(str(answer["text"]))


def in_a_shell(command: str) -> str:
    if shutil.which("curl") is None:
        require("curl")
    return subprocess.run(["sh"], input=command, capture_output=True, text=True, check=True).stdout


@SHARED
@given(REQUESTS)
@example(NASTY)
@example(NUL)
@example({"body": "", "headers": [], "timeout": 20})
@example({"body": "-x", "headers": [["X-Mine", ""]], "timeout": 0.5})
def test_the_copy_for_a_shell_asks_the_same(page: Stage, session: Session, request: Request) -> None:
    said = in_a_shell(render(page, session, "renderCurl", request))
    assert echoed(said) == from_the_panel(session, request)


@SHARED
@given(REQUESTS)
@example(NASTY)
@example(NUL)
@example({"body": "", "headers": [], "timeout": 20})
def test_the_copy_for_python_asks_the_same(
    page: Stage, session: Session, python: Callable[[str], str], request: Request
) -> None:
    status, _, text = python(render(page, session, "renderPython", request)).partition("\n")
    assert status == "200 OK"
    assert echoed(text) == from_the_panel(session, request)


def test_a_body_longer_than_an_argument_may_be(page: Stage, session: Session, python: Callable[[str], str]) -> None:
    sent = from_the_panel(session, LONG)
    in_shell = echoed(in_a_shell(render(page, session, "renderCurl", LONG)))
    in_python = echoed(python(render(page, session, "renderPython", LONG)).partition("\n")[2])
    assert in_shell[1] == in_python[1] == sent[1]
    assert in_shell[0] == in_python[0] == sent[0] == LONG["body"].encode(), "too long to be shown"


def test_a_copy_reads_as_one_would_write_it(page: Stage) -> None:
    request = {
        "url": "http://localhost:5001/score",
        "body": '{\n  "data": [1]\n}',
        "headers": [["Content-Type", "application/json"]],
        "timeout": 60,
    }
    assert page.inside("(request) => renderCurl(request)", request) == (
        "curl --silent --show-error --max-time 60 \\\n"
        "  --header 'Content-Type: application/json' \\\n"
        "  --data-raw '{\n"
        '  "data": [1]\n'
        "}' \\\n"
        "  http://localhost:5001/score"
    )
    assert page.inside("(request) => renderPython(request)", request) == (
        "import requests\n\n"
        'body = (\n    "{\\n"\n    "  \\"data\\": [1]\\n"\n    "}"\n)\n'
        "response = requests.post(\n"
        '    "http://localhost:5001/score",\n'
        "    data=body.encode(),\n"
        '    headers={\n        "Content-Type": "application/json",\n    },\n'
        "    timeout=60,\n    allow_redirects=False,\n)\n"
        "print(response.status_code, response.reason)\nprint(response.text)\n"
    )
