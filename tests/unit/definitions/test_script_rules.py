"""What is told from the text of an entry script, by the server's own rules (AZUREML.md 1.4, 3.7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.entry_script import Origin
from azml_magics.definitions.script_rules import check_script, check_script_path
from azml_magics.errors import Finding, Place

INIT = "def init(): ...\n"
RUN = "def run(data): ...\n"


def check(source: str) -> list[Finding]:
    return check_script(source, name="score.py")


def codes(source: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in check(source)]


@pytest.mark.parametrize(
    "source",
    [
        INIT + RUN,
        INIT + "def run(data, request_headers): ...\n",
        INIT + "def run(data, limit=3): ...\n",
        INIT + "def run(*, data): ...\n",
        INIT + "run = len\n",
        "from helper import init, run\n",
        "from helper import *\n",
        "import helper as init, other as run\n",
        "class run:\n    def __call__(self, data): ...\n" + INIT,
        "if True:\n    def init(): ...\nelse:\n    init = None\ntry:\n    run = 1\nexcept Exception: ...\n",
        "init, (run, other) = make()\n",
        "init: object = make()\n(run := make())\n",
        "for init in []: ...\nwith open('x') as run: ...\n",
        "match 1:\n    case init: ...\n" + RUN,
        "def make():\n    global init, run\n    def init(): ...\n",
        "globals()['init'] = globals()['run'] = print\n",
        "exec('def init(): ...')\n",
        "def __getattr__(name): ...\n",
        "driver_module = make()\ndef init(): ...\ndef run(*args, **kwargs): ...\n",
        "@input_schema('a', x)\n@input_schema('b', y)\n@output_schema(z)\ndef run(a, b): ...\n" + INIT,
        "@rawhttp\ndef run(request): ...\n" + INIT,
        "@wrapped\ndef run(*args): ...\n@wrapped.too()\nasync def init(x): ...\n",
        "@some[0]\ndef run(): ...\n" + INIT,
        "def init(x=1, *args, y=2, **more): ...\n" + RUN,
        "if __name__ == '__main__':\n    main()\n" + INIT + RUN,
    ],
)
def test_odd_but_legal_scripts_pass(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        (RUN, "missing-function", "score.py does not define init()"),
        (INIT, "missing-function", "score.py does not define run()"),
        ("class A:\n    def run(self, data): ...\n" + INIT, "missing-function", "score.py does not define run()"),
        ("f = lambda: (run := 1)\n" + INIT, "missing-function", "score.py does not define run()"),
        ("driver_module = x\n" + RUN, "missing-function", "score.py does not define init()"),
        (
            INIT + "def run(*data): ...\n",
            "run-signature",
            "run() cannot accept positional-only arguments, *args, or **kwargs",
        ),
        (
            INIT + "def run(**data): ...\n",
            "run-signature",
            "run() cannot accept positional-only arguments, *args, or **kwargs",
        ),
        (
            INIT + "def run(data, /): ...\n",
            "run-signature",
            "run() cannot accept positional-only arguments, *args, or **kwargs",
        ),
        (INIT + "def run(): ...\n", "run-signature", "run() needs to accept an argument for input data"),
        (
            INIT + "def run(request_headers): ...\n",
            "run-signature",
            'run() needs to accept an argument other than "request_headers"',
        ),
        (INIT + "@rawhttp\ndef run(): ...\n", "run-signature", "run() needs to accept an argument for input data"),
        (INIT + "async def run(data): ...\n", "async-run", "async def run() is never awaited: every request fails"),
        (
            "def init(a, *, b, c=1): ...\n" + RUN,
            "init-signature",
            "init() is called without arguments, but needs a, b",
        ),
    ],
)
def test_what_the_server_refuses(source: str, code: str, message: str) -> None:
    (finding,) = check(source)
    assert (finding.code, finding.message, finding.severity) == (code, message, "error")
    assert finding.remedy


def test_what_fails_later_is_a_warning() -> None:
    assert codes(INIT + "def run(data, other): ...\n") == [("run-signature", "warning")]
    assert codes("async def init(): ...\n" + RUN) == [("async-init", "warning")]


def test_all_faults_come_together() -> None:
    assert [code for code, _ in codes("def init(x): ...\nasync def run(): ...\n")] == [
        "init-signature",
        "run-signature",
        "async-run",
    ]
    assert len(check("x = 1\n")) == 2


def test_the_last_definition_counts() -> None:
    assert codes(INIT + "def run(): ...\ndef run(data): ...\n") == []


def test_places_are_those_of_the_cell() -> None:
    source = "é = 1; x = 2\ndef init(): ...\nasync  def run(): ...\n"
    finding = check_script(source, name="score.py", origin=Origin("cell In [4]", 1))[0]
    assert finding.place == Place("cell In [4]", 4, 12, "async  def run(): ...", 3)
    (missing,) = check_script(INIT, name="score.py", origin=Origin("cell In [4]", 1))
    assert missing.place == Place("cell In [4]")


def test_places_are_those_of_the_file() -> None:
    (finding,) = check("if 1:\n    é = 1\ndef init(): ...\ndef run(): ...\r\n")
    assert finding.place == Place("score.py", 4, 5, "def run(): ...", 3)


def test_a_syntax_error_has_line_and_caret() -> None:
    (finding,) = check("def init():\n    x = (1\n" + RUN)
    assert finding.code == "syntax-error"
    assert finding.place == Place("score.py", 2, 9, "    x = (1")
    assert "was never closed" in finding.message
    assert "Python 3." in finding.message


@pytest.mark.parametrize("line", ["%matplotlib inline", "!ls", "files = !ls", "  %time x"])
def test_notebook_commands_mean_nothing_in_a_script(line: str) -> None:
    (finding,) = check(line + "\n" + INIT + RUN)
    assert finding.code == "syntax-error"
    assert finding.remedy.startswith("leave it out")


@pytest.mark.parametrize("source", ["x = '\0'", "(" * 5_000, "-" * 100_000 + "1"])
def test_text_no_parser_takes(source: str) -> None:
    (finding,) = check(source)
    assert finding.code == "syntax-error"


@given(st.text(max_size=200))
def test_any_text_gives_findings(source: str) -> None:
    assert all(finding.remedy and finding.place for finding in check(source))


@pytest.mark.parametrize("path", ["score.py", "src/score.py", "_x1.py", "a\\b\\score.py", "é.py", "../score.py"])
def test_script_names(path: str) -> None:
    assert check_script_path(path) == []


@pytest.mark.parametrize(
    ("path", "message", "remedy"),
    [
        ("score-a.py", "entry script 'score-a.py' cannot be imported: 'score-a' is no Python identifier", "score_a.py"),
        ("src/1st.py", "entry script '1st.py' cannot be imported: '1st' is no Python identifier", "score.py"),
        ("class.py", "entry script 'class.py' cannot be imported: 'class' is a Python keyword", "score.py"),
        ("score.txt", "entry script 'score.txt' is no .py file", "score.py"),
        ("score", "entry script 'score' is no .py file", "score.py"),
        (".py", "entry script '.py' is no .py file", "py.py"),
    ],
)
def test_script_names_azure_refuses(path: str, message: str, remedy: str) -> None:
    place = Place("cell In [4]", 1)
    (finding,) = check_script_path(path, place)
    assert (finding.code, finding.message, finding.place) == ("invalid-script-name", message, place)
    assert finding.remedy == f"name it {remedy}"
