"""How results look: short, aligned, escaped, and the same for the same run when figures are left out."""

from __future__ import annotations

import dataclasses

import pytest

from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.show.describe import SHOWN_CHARACTERS, describe
from azml_magics.show.html import OPEN_LINES
from azml_magics.show.results import LogText
from azml_magics.show.text import lines_of
from azml_magics.show.words import size_figure
from tests.unit.show import values
from tests.unit.show.values import html_of

INDEXES = range(len(values.everything()))


@pytest.mark.parametrize("index", INDEXES)
def test_without_figures_equal_runs_look_equal(index: int) -> None:
    one, other = values.everything(0)[index], values.everything(1)[index]
    assert lines_of(one, figures=False) == lines_of(other, figures=False)
    assert html_of(one, figures=False) == html_of(other, figures=False)


@pytest.mark.parametrize("index", INDEXES)
def test_text_and_html_say_the_same(index: int) -> None:
    value = values.everything()[index]
    view = describe(value, figures=True)
    text = lines_of(value, figures=True)
    html = html_of(value, figures=True)
    assert text[0] == view.title
    for label, _ in view.facts:
        assert any(line.startswith(f"  {label}") for line in text)
        assert f">{label}</th>" in html
    assert html.count("<div>") == html.count("</div>") == 1


def test_report_with_figures() -> None:
    assert lines_of(values.report(), figures=True) == [
        "service digits is running",
        "  scoring URI  http://localhost:5001/score",
        "  engine       process (pid 4001)",
        "  environment  digits:1",
        "  models       digits:1, other:2",
        "  workers      2",
        "  log          /log/0",
        "  check        (120 ms)",
        "  start        (1.3 s) a new process",
    ]


def test_report_without_figures() -> None:
    assert lines_of(values.report(), figures=False) == [
        "service digits is running",
        "  engine       process",
        "  environment  digits:1",
        "  models       digits:1, other:2",
        "  workers      2",
    ]


def test_failed_report_says_why() -> None:
    failed = dataclasses.replace(values.report(), state="failed", port=None, pid=None, error="init() failed")
    assert "  error        init() failed" in lines_of(failed, figures=False)
    assert describe(failed, figures=False).tone == "bad"


def test_answer_with_and_without_latency() -> None:
    assert lines_of(values.response(), figures=True) == ["200 OK (12 ms, run() 1 ms)", '{"answer": [2]}']
    assert lines_of(values.response(), figures=False) == ["200 OK", '{"answer": [2]}']


def test_server_error_shows_the_users_frames() -> None:
    assert lines_of(values.response(status=500, body=b"oops"), figures=False) == [
        "500 Internal Server Error",
        "  why  ValueError: <no> model",
        "oops",
        "  cell In [3], line 4, in run",
        "    raise ValueError",
    ]


def test_unusual_answers() -> None:
    assert lines_of(values.response(status=299, body=b"\xff\xfe"), figures=False) == [
        "299",
        "2 bytes of application/json; .body holds them",
    ]
    long = lines_of(values.response(body=b"x" * (SHOWN_CHARACTERS + 7)), figures=False)
    assert long[-1] == "... 7 characters more; .text holds all of them"
    assert lines_of(values.response(status=404, body=b""), figures=False) == ["404 Not Found"]


def test_html_is_escaped() -> None:
    html = html_of(values.response(status=500, body=b"<script>alert(1)</script>"), figures=True)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "ValueError: &lt;no&gt; model" in html


def test_long_text_is_folded_in_html() -> None:
    long = html_of(LogText("digits", tuple("x" * (OPEN_LINES + 1))), figures=True)
    assert f"<details><summary>{OPEN_LINES + 1} lines</summary>" in long
    assert "<details>" not in html_of(LogText("digits", tuple("x" * OPEN_LINES)), figures=True)


SECRET_DOCKERFILE = DockerfileText("private", str(values.IMAGE.image_source.dockerfile))
SECRET_STEPS = Environment("private", image_source=ImageSource(steps_after=("RUN x https://me:hunter2@example.org",)))

SECRET_VARIABLE = Environment("private", environment_variables=(("INDEX", "https://me:hunter2@example.org/simple"),))


@pytest.mark.parametrize("value", [values.SECRET, SECRET_DOCKERFILE, SECRET_STEPS, SECRET_VARIABLE])
def test_credentials_are_never_shown(value: object) -> None:
    for shown in ("\n".join(lines_of(value, figures=True)), html_of(value, figures=True)):
        assert "hunter2" not in shown
        assert "example.org" in shown


def test_what_an_environment_says_of_its_image() -> None:
    assert lines_of(values.IMAGE, figures=False) == [
        "environment image (declared)",
        "  python        any",
        "  requirements  none",
        "  dockerfile    2 lines",
        "  context       /srv/code",
        "  apt           git, curl",
        "  steps after   ENV A=1",
        "                ENV B=2",
        "  user managed  yes: the image holds every package",
        "  packages      bake",
    ]
    assert lines_of(values.IMAGE_DRAFT, figures=False)[3:] == ["  dockerfile     digits", "  site-packages  venv"]
    assert lines_of(values.DOCKERFILE, figures=False) == [
        *("dockerfile digits", "  from  cell In [2]", "FROM python:3.11-slim"),
    ]


@pytest.mark.parametrize(
    ("size_bytes", "figure"),
    [(1, "1 byte"), (999, "999 bytes"), (45_600, "45.6 kB"), (12_340_000, "12.3 MB"), (1_240_000_000, "1.2 GB")],
)
def test_sizes(size_bytes: int, figure: str) -> None:
    assert size_figure(size_bytes) == figure


def test_listings_leave_empty_columns_out() -> None:
    lines = lines_of(values.everything()[-7], figures=False)
    assert lines == [
        "1 service",
        "  name    state    engine   environment  models",
        "  digits  running  process  digits:1     digits:1, other:2",
    ]
    assert lines_of(values.everything()[-1], figures=False) == ["no service is running"]


def test_unknown_values_are_refused() -> None:
    with pytest.raises(TypeError, match="no view for int"):
        describe(3, figures=True)
