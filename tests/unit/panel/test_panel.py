"""A panel in a real kernel, as a page sees it: news, playground, services, other kernels, and what stays of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.panel.pages import Page, opened_page

SCRIPT = "import json\ndef init():\n    print('loading')\ndef run(data):\n    return {how}(json.loads(data))\n"
BROKEN = "def init():\n    raise ValueError('no model')\ndef run(data): ...\n"
DEPLOY = "%azml deploy {} --environment digits --entry-script {}"
#: A job of any length, in the kernel itself.
OWN_JOB = """
import threading
from azml_magics.events import LogLine, Note, Progress, StepFinished, StepStarted
from azml_magics.jobs import Job
from azml_magics.journal.recording import recorded
from azml_magics.magics.state import STATE
def start(name, lines, text="line {} \\x1b[31mred\\x1b[0m <b>"):
    told, go = threading.Event(), threading.Event()
    def work(emit, cancel):
        emit(StepStarted("packages", "nothing built"))
        for number in range(lines):
            emit(LogLine("builder", text.format(number)))
        emit(Progress(1, 4, "packages", "numpy"))
        told.set()
        remove = cancel.add_hook(go.set)
        go.wait()
        cancel.check(name)
        emit(StepFinished("packages", "done", 1.5))
    root = STATE.session().workspace.root
    job = Job(name, recorded(work, root, verb="environment build", name=name, doing=f"building {name}")).start()
    told.wait()
    return job, go
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    with opened_page(folder) as page:
        page.run("%%environment digits\n")
        page.run("%%environment digits\nenvironment_variables: {A: '1'}\n")
        page.run(f"%%entry_script score.py\n{SCRIPT.format(how='sum')}")
        page.run(f"%%entry_script broken.py\n{BROKEN}")
        assert page.run(OWN_JOB).error == []
        yield page
        page.run("%azml stop --all")


@pytest.fixture(scope="module")
def service(page: Page) -> str:
    """A service that is deployed, and what its deployment showed."""
    started = page.run(DEPLOY.format("live", "score.py"))
    assert started.error == []
    page.hello()
    page.wait(lambda: page.updates)
    return "live"


def test_a_deployment_is_a_live_panel_that_settles(page: Page, service: str) -> None:
    shown, panel, settled = page.displays[-1], page.panel, page.updates[-1]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"].startswith("deploying live ...")
    assert panel.state["verdict"] == "done"
    assert {step["name"]: step["state"] for step in panel.state["steps"]} == dict.fromkeys(
        ("check", "plan", "packages", "start", "healthy"), "done"
    )
    assert {"builder", "server", "init"} <= {source for _, source, _ in panel.lines}
    assert "loading" in panel.texts
    assert settled["text/plain"].startswith("service live is running\n  scoring URI  http://localhost:")
    assert settled["text/plain"].endswith("the whole log: %azml logs live")
    assert "\nloading\n" in settled["text/html"]
    assert "widget-view" not in str(settled)
    page.wait(lambda: panel.closed)
    assert panel.gaps == 0


def test_a_failure_settles_with_its_error_first(page: Page) -> None:
    before = len(page.updates)
    page.run(DEPLOY.format("doomed", "broken.py"))
    page.hello()
    page.wait(lambda: page.updates[before:])
    settled = page.updates[-1]["text/html"]
    assert settled.index("deploying doomed failed") < settled.index("ScriptError (init-failed)")
    assert settled.index("ScriptError (init-failed)") < settled.index("<table>") < settled.index("<details>")
    state = page.panel.state
    assert state["verdict"] == "failed"
    assert "ValueError: no model" in "\n".join(state["error"]["lines"])


def test_playground_and_services_of_the_panel(page: Page, service: str) -> None:
    page.run("%azml logs live")
    panel = page.panel
    page.hello()

    def requests() -> object:
        return next((each["requests"] for each in panel.state["services"] if each["name"] == "live"), None)

    page.wait(lambda: requests() == 0)
    page.wait(lambda: "loading" in panel.texts)
    assert panel.texts.count("loading") == 1  # what the job told and what the log says is told once
    answered = page.panel.value(page.ask("send", name="live", body="[1, 2]", headers=[], timeout=60))
    assert (answered["status"], answered["text"]) == (200, "3")
    page.wait(lambda: any(source == "request" for _, source, _ in panel.lines))
    page.wait(lambda: requests() == 1)
    refused = panel.error(page.ask("send", name="nobody", body="", headers=[], timeout=60))
    assert "there is no service 'nobody'" in refused["message"]
    failed = panel.value(page.ask("send", name="live", body="no JSON", headers=[], timeout=60))
    assert failed["status"] == 500
    assert "JSONDecodeError" in "\n".join(failed["traceback"])
    numbers = [each["number"] for each in panel.value(page.ask("history", name="live", limit=10))]
    assert panel.value(page.ask("request", name="live", number=numbers[-1]))["body"] == "[1, 2]"
    asked = page.ask("load", load="a", name="live", body="[1]", headers=[], requests=20, concurrency=2)
    assert panel.value(asked)["requests"] == 20
    assert "left out" in panel.error(page.ask("send"))["message"]
    assert "knows nothing of 'dance'" in panel.error(page.ask("dance"))["message"]


def test_reload_serves_the_changed_cell_and_update_is_a_job(page: Page, service: str) -> None:
    page.run("%azml panel live")
    page.hello()
    page.run(f"%%entry_script score.py\n{SCRIPT.format(how='max')}")
    page.ask("service", action="reload", name="live")
    answer = page.panel.value(page.ask("send", name="live", body="[1, 7]", headers=[], timeout=60))
    assert answer["text"] == "7"
    page.run("%azml load-test live --data [1] --requests 5 --json")  # a job of that name too, but none to show
    first = page.panel.state["job"]
    assert page.panel.state["doing"] == "deploying live"
    page.ask("service", action="update", name="live")
    page.wait(lambda: page.panel.state["job"] != first and page.panel.state["verdict"] == "done")
    assert page.panel.state["doing"] == "updating live"
    page.tell(op="close")
    page.wait(lambda: page.panel.closed)
    page.wait(lambda: page.updates[-1]["text/plain"].startswith("updating live is done"))


def test_a_service_that_dies_is_noticed_and_stop_stops(page: Page) -> None:
    page.run(DEPLOY.format("mortal", "score.py"))
    page.run("%azml wait mortal")
    page.run("%azml panel mortal")
    panel = page.panel
    page.hello()

    def state() -> object:
        return next((each["state"] for each in panel.state["services"] if each["name"] == "mortal"), None)

    page.wait(lambda: state() == "running")
    page.wait(lambda: panel.state["about"] == "service")
    assert (panel.state["title"], panel.state["service_state"]) == ("mortal", "running")
    assert panel.state["summary"].startswith("service on port ")
    page.run("import os; os.kill(STATE.session().service('mortal').pid, 9)")
    page.wait(lambda: state() == "failed")
    page.ask("service", action="stop", name="mortal")
    page.wait(lambda: state() is None)
    assert panel.state["service_state"] == "stopped"
    assert "service 'mortal' is stopped" in panel.error(page.ask("send", name="mortal", body="[]"))["message"]


def test_a_page_that_was_reloaded_gets_everything_again(page: Page) -> None:
    page.run("job, go = start('many', 3000)\nfrom azml_magics.panel.opening import open_panel")
    page.run("panel = open_panel(STATE.session(), 'many').show()")
    panel = page.panel
    page.hello()
    page.wait(lambda: len(panel.lines) == 3000)
    assert panel.lines[7][1:] == ["builder", "line 7 \x1b[31mred\x1b[0m <b>"]
    assert panel.state["steps"][0]["progress"] == {"done": 1, "total": 4, "unit": "packages", "text": "numpy"}
    whole, panel.lines, panel.feed = panel.lines, [], ""
    page.hello()
    page.wait(lambda: len(panel.lines) == 3000)
    assert panel.lines == whole
    panel.lines = panel.lines[:10]
    page.tell(op="sync", feed=panel.feed, have=10)
    page.wait(lambda: panel.lines == whole)
    assert "'many'" in page.run("repr(panel), panel.get_state()['state']['title']").text
    page.run("second = open_panel(STATE.session(), 'many').show()")
    page.wait(lambda: len(page.panel.lines) == 3000)
    page.tell(op="cancel")
    page.wait(lambda: panel.state["verdict"] == page.panel.state["verdict"] == "cancelled")
    assert panel.state["error"] is None  # nothing went wrong
    page.run("panel.close(); second.close()")


def test_a_hundred_thousand_lines_in_few_messages(page: Page) -> None:
    page.run("job, go = start('huge', 100_000)")
    page.run("panel = open_panel(STATE.session(), 'huge').show()")
    panel = page.panel
    page.wait(lambda: len(panel.lines) == 100_000)
    assert panel.gaps == 0
    assert panel.messages < 40
    before = len(page.updates)
    page.run("go.set(); job.wait(); panel.settle()")
    page.wait(lambda: page.updates[before:])
    assert len(json.dumps(page.updates[-1])) < 40_000
    assert "line 99999 red &lt;b&gt;" in page.updates[-1]["text/html"]


def test_a_new_kernel_finds_what_runs_and_what_ran(page: Page, folder: Path, service: str) -> None:
    page.run("job, go = start('elsewhere', 5)")
    with opened_page(folder) as other:
        other.run("%azml panel elsewhere")
        other.hello()
        other.wait(lambda: len(other.panel.lines) == 5)
        assert other.panel.state["cancellable"]
        other.run("%azml logs live")
        other.wait(lambda: "loading" in other.panel.texts)
        other.tell(other.panels[0], op="cancel")
        other.wait(lambda: other.panels[0].state["verdict"] == "cancelled")
        error = other.run("%azml panel nothing").error
        assert error[0].startswith("NotFoundError (unknown-service)")
    assert page.run("job.wait(), job.state").text == "(True, 'cancelled')"


def test_a_kernel_that_is_killed_leaves_an_interrupted_job(page: Page, folder: Path) -> None:
    with opened_page(folder) as other:
        other.run(OWN_JOB)
        pid = int(other.run("job, go = start('killed', 5)\nimport os; os.getpid()").text)
        page.run("%azml panel killed")
        page.hello()
        page.wait(lambda: len(page.panel.lines) == 5 and page.panel.state["verdict"] == "running")
        os.kill(pid, signal.SIGKILL)
        page.wait(lambda: page.panel.state["verdict"] == "interrupted")
    assert not page.panel.state["cancellable"]


def test_a_cell_that_runs_again_ends_what_it_showed(page: Page) -> None:
    for cell in ("a", "b", "a"):
        page.run("%azml panel", cell_id=cell)
    first, second, third = page.panels[-3:]
    page.wait(lambda: first.closed)
    assert not second.closed
    assert not third.closed


def test_unload_ends_panels_and_their_threads(page: Page) -> None:
    page.run("job, go = start('unloaded', 5)")
    page.run("%azml panel")
    assert (page.panel.state["about"], page.panel.state["title"]) == ("job", "unloaded")
    page.run("%azml panel unloaded")
    panel, before = page.panel, len(page.updates)
    page.run("%unload_ext azml_magics")
    page.wait(lambda: panel.closed)
    settled = [each["text/plain"].splitlines()[0] for each in page.updates[before:]]
    assert "building unloaded ..." in settled  # and others that were still open
    named = "[t.name for t in threading.enumerate() if t.name in ('azml-panel', 'azml-panel-action', 'azml-exits')]"
    assert page.run(f"from azml_magics.panel.widget import OPEN; OPEN, {named}").text == "(set(), [])"
    page.run("go.set()\n%load_ext azml_magics")


def test_without_widgets_a_message_says_what_to_install(page: Page) -> None:
    page.run("import sys; sys.modules['anywidget'] = None")
    shown = page.run(DEPLOY.format("plain", "score.py"))
    page.run("%azml wait plain")
    (display,) = shown.displays
    assert list(display) == ["text/plain", "text/html"]
    assert "the live panel needs anywidget in this kernel" in display["text/plain"]
    assert "-m pip install anywidget" in display["text/plain"]
    assert page.updates[-1]["text/plain"].startswith("service plain is running")
    assert "pip install" not in page.updates[-1]["text/plain"]
    text = page.run("%azml panel plain")
    assert "pip install anywidget" in text.streams
    assert text.text.startswith("service plain is running")
    page.run("del sys.modules['anywidget']")


def test_settings_say_how_progress_is_shown(page: Page, service: str) -> None:
    page.run("%config AzmlMagics.panel = 'text'")
    assert page.run("%azml panel live").text.startswith("service live is running")
    page.run("%config AzmlMagics.panel = 'auto'")
    page.run("%config AzmlMagics.keep_panel = True")
    page.run("%azml deploy kept --environment digits --entry-script score.py")
    page.hello()
    page.wait(lambda: page.panel.state["verdict"] == "done")
    page.run("%config AzmlMagics.keep_panel = False")
    assert page.panel.state["selected"] == "kept"
    assert page.panel.value(page.ask("send", name="kept", body="[3]", headers=[], timeout=60))["text"] == "3"
    assert not page.panel.closed
    page.tell(op="close")
    page.wait(lambda: page.panel.closed)
    page.wait(lambda: page.updates[-1]["text/plain"].startswith("service kept is running"))
    assert "<details>" in page.updates[-1]["text/html"]


def test_a_page_that_shows_no_widgets_gets_static_displays(page: Page, folder: Path) -> None:
    page.run("import azml_magics.magics.panels as panels; panels.ANSWER_SECONDS = panels.HEARING_SECONDS = 0.0")
    before = len(page.updates)
    page.run("%azml panel")
    assert page.panel.state["about"] == "workspace"
    assert page.panel.state["title"] == f"services of {folder.name}"
    page.wait(lambda: page.updates[before:])
    assert "this page shows no widgets" in page.updates[-1]["text/plain"]
    assert "pip install anywidget" in page.updates[-1]["text/plain"]
    before = len(page.updates)
    page.run(DEPLOY.format("unseen", "score.py"))
    page.wait(lambda: any("this page shows no widgets" in each["text/plain"] for each in page.updates[before:]))
    page.wait(lambda: page.updates[-1]["text/plain"].startswith("service unseen is running"))
    assert "no widgets" not in page.updates[-1]["text/plain"]
    page.run("panels.ANSWER_SECONDS = panels.HEARING_SECONDS = 60.0")


def test_where_threads_do_not_reach_the_page_the_cell_does(page: Page) -> None:
    page.run("import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')")
    page.run(f"%%entry_script score.py\n{SCRIPT.format(how='max')}")
    deployed = page.run(DEPLOY.format("colab", "score.py"))
    assert deployed.text.startswith("service colab is running")
    panel = page.panel
    assert panel.closed
    assert panel.messages > 1
    assert "loading" in panel.texts
    assert deployed.updates[-1]["text/plain"].startswith("deploying colab")
    page.run("%azml logs colab")
    assert page.panel.value(page.ask("send", name="colab", body="[1, 8]", headers=[], timeout=60))["text"] == "8"
    page.run("del sys.modules['google.colab']")
