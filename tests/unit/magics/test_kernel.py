"""Deployments from a real kernel: in the background for a live page, in one piece for a headless run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.magics.kernels import Kernel, Outputs, running_kernel

#: Anything that differs from run to run: durations, ports, process ids, times of day.
FIGURE = re.compile(r"\d+(\.\d+)? m?s\b|localhost:\d+|pid \d+|\d\d:\d\d")
SCRIPT = "import json\ndef init(): ...\ndef run(data):\n    return sum(json.loads(data))\n"
BROKEN = "def init():\n    raise ValueError('no model')\ndef run(data): ...\n"
DEPLOY = "%azml deploy {} --environment digits --entry-script {}"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("kernel")
    with running_kernel(folder) as started:
        assert started.run("%load_ext azml_magics").error == []
        started.run("%%environment digits\n")
        assert started.run("%%environment digits\nenvironment_variables: {A: '1'}\n").error == []
        started.run(f"%%entry_script score.py\n{SCRIPT}", live=True)
        started.run(f"%%entry_script broken.py\n{BROKEN}", live=True)
        started.run("from pathlib import Path")
        yield started
        started.run("%azml stop --all")


def everything_in(outputs: Outputs) -> str:
    return " ".join([outputs.streams, *(str(data) for data in (*outputs.results, *outputs.displays))])


def test_headless_is_one_result_without_figures(kernel: Kernel) -> None:
    deployed = kernel.run(DEPLOY.format("head", "score.py"))
    assert deployed.error == []
    assert (deployed.displays, deployed.updates, deployed.streams) == ([], [], "")
    assert deployed.text == "service head is running\n  engine       process\n  environment  digits:1"
    scored = kernel.run("%%score head\n[1, 2, 3]")
    assert scored.text == "200 OK\n6"
    tested = kernel.run("%azml load-test head --requests 5")
    assert tested.text == "5 requests to head, 4 at a time, no errors"
    assert (tested.displays, tested.streams) == ([], "")
    stopped = kernel.run("%azml stop head")
    assert stopped.text.startswith("service head is stopped")
    for outputs in (deployed, scored, tested, stopped, kernel.run("%azml services")):
        assert not FIGURE.search(everything_in(outputs))
        assert "text/html" in outputs.results[0]


def test_headless_failure_is_an_error_of_a_few_lines(kernel: Kernel) -> None:
    failed = kernel.run(DEPLOY.format("headless", "broken.py"))
    assert failed.results == []
    assert failed.error == [
        "ScriptError (init-failed): service 'headless' did not start: broken.py failed in init()",
        "  " + failed.error[1].strip(),
        "    raise ValueError('no model')",
        "  ValueError: no model",
    ]
    assert re.fullmatch(r"  cell In \[\d+\], line 3, in init", failed.error[1])


def test_live_deployment_returns_at_once_and_settles(kernel: Kernel) -> None:
    started = kernel.run("job = " + DEPLOY.format("live", "score.py") + "\njob", live=True)
    assert started.error == []
    assert len(started.displays) == 1
    assert started.displays[0]["text/plain"].startswith("deploying live ...")
    scored = kernel.run("%%score live\n[4]", live=True)
    assert scored.text.splitlines()[-1] == "4"
    assert re.match(r"200 OK \(\d+ ms, run\(\) \d+ ms\)", scored.text)
    settled = [*started.updates, *scored.updates][-1]
    assert settled["text/plain"].startswith("service live is running\n  scoring URI  http://localhost:")
    assert "<strong>service live is running</strong>" in settled["text/html"]
    assert kernel.run("job.result().name, job.state, await job == job.result()", live=True).text == (
        "('live', 'done', True)"
    )
    assert kernel.run("%azml jobs", live=True).text.splitlines()[-1].split() == ["live", "done"]


def test_live_deployments_are_shown_wherever_in_the_cell_they_began(kernel: Kernel) -> None:
    deploy = DEPLOY.format("{name}", "score.py")
    started = kernel.run(f"for name in ('one', 'two'):\n    {deploy}\nkept = 1", live=True)
    assert started.error == []
    assert [text["text/plain"].splitlines()[0] for text in started.displays] == [
        "deploying one ...",
        "deploying two ...",
    ]
    ended = kernel.run("%azml wait", live=True)
    settled = {text["text/plain"].splitlines()[0] for text in [*started.updates, *ended.updates]}
    assert settled >= {"service one is running", "service two is running"}
    again = kernel.run(DEPLOY.format("one", "score.py") + "\n", live=True)
    assert (len(again.displays), again.results) == (1, [])
    kernel.run("%azml wait one", live=True)


def test_live_failure_shows_in_its_display_and_in_the_cell_that_needs_it(kernel: Kernel) -> None:
    started = kernel.run(DEPLOY.format("doomed", "broken.py"), live=True)
    assert started.error == []
    scored = kernel.run("%%score doomed\n[4]", live=True)
    assert scored.error[0].startswith("ServiceError (deploy-failed): service 'doomed' was not deployed: ")
    settled = [*started.updates, *scored.updates][-1]["text/plain"]
    assert settled.startswith("deploying doomed failed\n")
    assert "ScriptError (init-failed)" in settled
    why = kernel.run("%azml why", live=True).text
    assert "caused by:" in why
    assert "ValueError: no model" in why


def test_what_checks_find_fails_the_live_cell_itself(kernel: Kernel) -> None:
    kernel.run("%%entry_script alone.py\nfrom . import other\ndef init(): ...\ndef run(data): ...\n", live=True)
    for line, code in (
        (DEPLOY.format("checked", "alone.py"), "PreflightError (relative-import)"),
        (DEPLOY.format("checked", "score.py").replace("digits", "digist"), "NotFoundError (unknown-environment)"),
        ("%azml deploy nothing.ipynb", "NotFoundError (notebook-missing)"),
    ):
        refused = kernel.run(line, live=True)
        assert refused.displays == []
        assert refused.error[0].startswith(code)


def test_every_display_of_a_job_settles(kernel: Kernel) -> None:
    first = kernel.run("twice = " + DEPLOY.format("twice", "score.py") + "\ntwice", live=True)
    second = kernel.run("twice", live=True)
    ended = kernel.run("twice.wait()", live=True)
    updates = [*first.updates, *second.updates, *ended.updates]
    assert [text["text/plain"].splitlines()[0] for text in updates[-2:]] == ["service twice is running"] * 2


def test_live_deployment_can_be_cancelled(kernel: Kernel, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    script = f"import threading\ndef init():\n    open({str(begun)!r}, 'w').close()\n    threading.Event().wait()\n"
    kernel.run(f"%%entry_script slow.py\n{script}def run(data): ...\n", live=True)
    kernel.run(f"import os; os.mkfifo({str(begun)!r})")
    started = kernel.run(DEPLOY.format("slow", "slow.py"), live=True)
    assert started.error == []
    kernel.run(f"Path({str(begun)!r}).read_text()")  # returns when init() has begun
    waited = kernel.run("%azml wait slow", live=True, interrupt_at="waiting for slow")
    assert waited.error[0].startswith("ServiceError (still-running): slow still runs in the background")
    assert "running" in kernel.run("%azml jobs", live=True).text
    cancelled = kernel.run("%azml cancel slow", live=True)
    assert cancelled.text.splitlines()[0] == "deployment of slow is cancelled"
    assert kernel.run("%azml wait slow", live=True).error[0].startswith("CancelledError (cancelled): ")


def test_wait_keeps_a_live_cell_until_the_service_is_ready(kernel: Kernel) -> None:
    deployed = kernel.run(DEPLOY.format("waited", "score.py") + " --wait", live=True)
    assert deployed.text.startswith("service waited is running\n  scoring URI")
    assert len(deployed.displays) == 1
    assert deployed.updates[-1]["text/plain"].startswith("deploying waited\n  check")
    failed = kernel.run(DEPLOY.format("waited-too", "broken.py") + " --wait", live=True)
    assert failed.error[0].startswith("ScriptError (init-failed)")


def test_panel_setting_decides(kernel: Kernel) -> None:
    try:
        kernel.run("%config AzmlMagics.panel = 'text'")
        deployed = kernel.run(DEPLOY.format("texted", "score.py"), live=True)
        assert deployed.text == "service texted is running\n  engine       process\n  environment  digits:1"
        # The same notebook runs where nothing goes on behind the cells.
        assert kernel.run("%azml wait texted", live=True).text == deployed.text
        kernel.run("%config AzmlMagics.panel = 'widget'")
        assert kernel.run(DEPLOY.format("texted", "score.py")).displays != []
    finally:
        kernel.run("%config AzmlMagics.panel = 'auto'\n%azml wait")


def test_script_below_empty_lines_keeps_its_line_numbers(kernel: Kernel) -> None:
    failed = kernel.run("\n\n%%entry_script shifted.py\ndef init(): ...\ndef run(data:\n", live=True)
    assert failed.error[0].startswith("DeclarationError (syntax-error)")
    assert re.match(r"cell In \[\d+\], line 5: ", failed.error[1])


def test_reload_and_json(kernel: Kernel) -> None:
    assert kernel.run(DEPLOY.format("again", "score.py")).error == []
    kernel.run(f"%%entry_script score.py\n{SCRIPT.replace('return ', 'return -')}", live=True)
    try:
        assert kernel.run("%azml reload again").text.startswith("service again is running")
        assert kernel.run("%score again --data [5]").text == "200 OK\n-5"
        printed = kernel.run("%azml score again --data [5] --json")
        assert printed.results == []
        assert '"body": -5' in printed.streams
        assert kernel.run("r = %azml score again --data '[7]'\nr.json()").text == "-7"
    finally:
        kernel.run(f"%%entry_script score.py\n{SCRIPT}", live=True)
