"""Findings of the checks, and the way from a place to its cell where the notebook is on the page."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import panel_states as states
from tests.browser.conftest import OpenNotebook
from tests.browser.harness import Stage

#: A notebook as JupyterLab has it on the page: prompts, and lines of the editor.
NOTEBOOK = """(count) => {
    const notebook = document.createElement("div");
    notebook.className = "jp-Notebook";
    for (let number = 1; number <= count; number += 1) {
        const cell = document.createElement("div");
        cell.className = "jp-Cell jp-CodeCell";
        cell.style.minHeight = "400px";
        const prompt = document.createElement("div");
        prompt.className = "jp-InputPrompt";
        prompt.textContent = `[${number}]:`;
        const content = document.createElement("div");
        content.className = "cm-content";
        for (const text of ["%%requirements digits", "numpy=2.2.6"]) {
            const line = document.createElement("div");
            line.className = "cm-line";
            line.textContent = text;
            content.append(line);
        }
        cell.append(prompt, content);
        notebook.append(cell);
    }
    const stage = document.getElementById("stage");
    stage.replaceWith(notebook);
    notebook.append(stage);
}"""
#: What is marked from now on, also when the mark is gone before anybody looks.
WATCH_MARKS = """() => {
    window.marked = [];
    const { animate } = Element.prototype;
    Element.prototype.animate = function (frames, options) {
        if (options.id === "azml-mark") marked.push(this.textContent);
        return animate.call(this, frames, options);
    };
}"""


def test_findings_have_severity_remedy_and_place(stage: Stage) -> None:
    stage.open().mount(state=states.failed(findings=[states.WARNING, states.ERROR]))
    stage.page.get_by_role("tab", name="Findings 2").click()
    items = stage.page.get_by_role("list", name="Findings").get_by_role("listitem")
    # Errors come first.
    expect(items.nth(0)).to_contain_text("Errornumpy=2.2.6 is no requirement")
    expect(items.nth(0)).to_contain_text("Fix: write numpy==2.2.6")
    expect(items.nth(0).locator("pre")).to_have_text("numpy=2.2.6\n      ^")
    expect(items.nth(1)).to_contain_text("Warning")
    expect(items.nth(1)).to_contain_text("requirements.txt, line 4")
    # No notebook around: its place is text.
    expect(items.nth(0)).to_contain_text("cell In [3], line 2")
    expect(stage.page.get_by_role("button", name="cell In [3], line 2")).to_have_count(0)


def test_without_findings_it_says_whether_there_were_checks(stage: Stage) -> None:
    stage.open().mount(state=states.idle())
    stage.page.get_by_role("tab", name="Findings").click()
    panel = stage.page.get_by_role("tabpanel", name="Findings")
    expect(panel).to_contain_text("%azml check runs them alone")
    stage.deliver({"op": "news", "state": states.done()})
    expect(panel).to_contain_text("The checks found nothing to change.")


def test_a_place_leads_to_its_cell_and_marks_the_line(stage: Stage) -> None:
    stage.open()
    stage.page.evaluate(NOTEBOOK, 5)
    stage.page.evaluate(WATCH_MARKS)
    stage.mount(state=states.failed())
    stage.page.get_by_role("tab", name="Findings").click()
    stage.page.get_by_role("tabpanel", name="Findings").get_by_role("button", name="cell In [3], line 2").click()
    expect(stage.page.get_by_role("status")).to_have_text("cell In [3], line 2 is on the screen.")
    assert stage.page.evaluate("marked") == ["numpy=2.2.6"]
    stage.page.wait_for_function("""() => {
        const box = document.querySelectorAll(".jp-CodeCell")[2].getBoundingClientRect();
        return box.top < innerHeight && box.bottom > 0;
    }""")
    # So do the lines of a traceback.
    stage.page.get_by_role("group", name="Lines of the error").get_by_role(
        "button", name="cell In [3], line 1", exact=True
    ).click()
    assert stage.page.evaluate("marked") == ["numpy=2.2.6", "%%requirements digits"]


def test_a_cell_that_ran_again_is_not_found_and_said_so(stage: Stage) -> None:
    stage.open()
    stage.page.evaluate(NOTEBOOK, 2)
    stage.page.evaluate(WATCH_MARKS)
    stage.mount(state=states.failed())
    stage.page.get_by_role("tab", name="Findings").click()
    findings = stage.page.get_by_role("tabpanel", name="Findings")
    findings.get_by_role("button", name="cell In [3], line 2").click()
    missing = "No cell on this page shows [3]: it ran again since, or is not on the page."
    expect(stage.page.get_by_role("status")).to_have_text(missing)
    expect(findings.get_by_text(missing)).to_be_visible()
    assert stage.page.evaluate("marked") == []


def test_the_error_can_be_copied(stage: Stage) -> None:
    stage.open().mount(state=states.failed(lines=8))
    stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    error = stage.page.get_by_role("group", name="Error", exact=True)
    error.get_by_role("button", name="Copy").click()
    expect(error.get_by_text("The error is on the clipboard.")).to_be_visible()
    copied = stage.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] == "init() of score.py failed"
    assert len(copied) == 1 + 2 * 8 + 2


def test_jupyterlab_shows_the_cell_and_a_restart_leaves_a_snapshot(open_notebook: OpenNotebook, shots: Path) -> None:
    state = states.failed()
    for finding in state["findings"]:
        if finding["place"].get("cell"):
            finding["place"] = {**finding["place"], "source": "cell In [1]", "cell": 1}
    notebook = open_notebook(
        "digits = 1\nwrong = 2\n" + "\n" * 40,
        f"""import json
import anywidget, traitlets
from azml_magics.panel import assets

class Shown(anywidget.AnyWidget):
    _esm = assets.read_module()
    _css = assets.read_style()
    state = traitlets.Dict().tag(sync=True)

Shown(state=json.loads({json.dumps(state)!r}))""",
    )
    notebook.run(0)
    notebook.run(1)
    page = notebook.page
    page.evaluate(WATCH_MARKS)
    page.get_by_role("tab", name="Findings 2").click()
    page.get_by_role("tabpanel", name="Findings").get_by_role("button", name="cell In [1], line 2").click()
    assert page.evaluate("marked") == ["wrong = 2"]
    page.wait_for_function("document.querySelector('.cm-line').getBoundingClientRect().top > 0")
    # One letter is a command in a notebook: not while the panel has the focus.
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.get_by_role("tab", name="Findings 2").focus()
    for key in ("b", "a", "ArrowLeft", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    expect(page.get_by_role("tab", name="Findings 2")).to_be_focused()
    notebook.shoot("panel-findings-lab", of=page.locator(".azml-root"))
    notebook.accept("Connection lost, reconnecting")
    notebook.restart_kernel()
    expect(page.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_hidden()
    page.get_by_role("tab", name="Services").click()
    expect(page.get_by_role("table", name="Services")).to_be_visible()
