"""The log inside a real notebook: keys stay in it, text gets out of it, and it stays when the kernel goes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.panels import PanelView

#: A job of 3,000 lines that has ended, and the panel that shows its record.
WRITE = """from azml_magics.cancel import Cancel
from azml_magics.events import LogLine, discard
from azml_magics.journal.recording import recorded
from azml_magics.panel.opening import open_panel
from azml_magics.session import Session

session = Session()

def work(emit, cancel):
    for number in range(3000):
        emit(LogLine("builder", f"\\x1b[32mline {number}\\x1b[0m <b>of</b> the log"))

recorded(work, session.workspace.root, verb="deploy", name="written", doing="deploying written")(discard, Cancel())"""


def test_the_log_in_a_notebook(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(WRITE, "panel = open_panel(session, 'written').show()", "'below'")
    notebook.run(0)
    notebook.run(1)
    panel = PanelView(notebook, 1)
    expect(panel.log.get_by_text("line 2999")).to_be_visible()
    page = notebook.page
    search = panel.root.get_by_role("searchbox", name="Search the log")

    # On a cell these would delete, insert, cut, and open the notebook's own search.
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    panel.log.focus()
    page.keyboard.type("ddabx")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+f")
    expect(search).to_be_focused()
    page.keyboard.type("LINE 1234")
    expect(panel.root.locator(".azml-log-found")).to_have_text("1/1")
    expect(panel.log.locator("mark")).to_have_text("line 1234")
    expect(panel.log.get_by_text("<b>of</b>").first).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(panel.log).to_be_focused()
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert page.locator(".jp-DocumentSearch-overlay").count() == 0
    expect(notebook.prompt(1)).to_have_text("[2]:")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert (len(copied), copied[7]) == (3000, "line 7 <b>of</b> the log")

    # What is on the page stays, and can be read and searched.
    notebook.accept("Could not restore the debugger state|Connection lost, reconnecting")
    notebook.restart_kernel()
    panel.log.press("End")
    expect(panel.log.get_by_text("line 2999")).to_be_visible()
    search.fill("line 777")
    expect(panel.root.locator(".azml-log-found")).to_have_text("1/1")
    expect(panel.log.locator("mark")).to_have_text("line 777")
