"""What goes wrong, and how the panel says it: bodies, services that are gone, lines that are no text."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.panels import LOAD, SCRIPT, PanelView, deploy

#: Writes what no log should hold while it starts, and fails in run() when asked to.
NASTY_SCRIPT = r"""%%entry_script nasty.py
import json, sys

def init():
    print("<b>bold?</b><img src=x onerror='window.wasInterpreted = true'>")
    print("\x1b[31mred\x1b[0m \x07bell \x00null \x1b]0;title\x07end")
    sys.stdout.buffer.write(b"broken \xff\xfe utf-8\n")
    print("x" * 5_000_000 + "the end of it")
    print("ready at last")

def run(raw_data):
    return 1 / json.loads(raw_data)["data"]
"""


def test_lines_of_a_log_are_text_whatever_they_hold(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(LOAD, NASTY_SCRIPT, deploy("nasty", "nasty.py") + " --wait", "%azml panel nasty")
    for index in range(4):
        notebook.run(index)
    expect(notebook.output(2).get_by_text("service nasty is running").first).to_be_visible()
    panel = PanelView(notebook, 3)
    panel.expect_verdict("done")
    panel.root.get_by_role("searchbox").fill("<b>bold?</b><img")
    expect(panel.root.locator(".azml-log-found")).to_have_text(re.compile(r"1/\d+"))
    expect(panel.log.get_by_text("<b>bold?</b>").first).to_be_visible()
    panel.root.get_by_role("searchbox").fill("red")
    expect(panel.log.get_by_text("red").first).to_be_visible()
    panel.root.get_by_role("searchbox").fill("utf-8")
    expect(panel.log.get_by_text(re.compile("broken .* utf-8")).first).to_be_visible()
    panel.root.get_by_role("searchbox").fill("ready at last")
    expect(panel.log.get_by_text("ready at last").first).to_be_visible()
    panel.shoot("nasty-lines")
    assert panel.root.locator("b, img").count() == 0
    assert notebook.page.evaluate("window.wasInterpreted") is None
    assert notebook.output(2).locator("img").count() == 0
    assert notebook.save().stat().st_size < 80_000

    # The traceback of a request that failed is joined from the log.
    answer = panel.send('{"data": 0}')
    expect(answer).to_contain_text("500")
    expect(answer).to_contain_text("ZeroDivisionError: division by zero")
    expect(answer).to_contain_text("in run")
    assert panel.serious_faults() == []
    panel.shoot("failed-request")


def test_bodies_and_services_that_are_not_there(open_notebook: OpenNotebook) -> None:
    cells = (LOAD, SCRIPT.format(file="gone.py"), deploy("gone", "gone.py") + " --wait", "%azml panel gone")
    notebook = open_notebook(*cells, "%azml panel gone")
    for index in range(5):
        notebook.run(index)
    panel, other = PanelView(notebook, 3), PanelView(notebook, 4)

    answer = panel.send('{"data": [1, 2')
    notice = panel.tab("Playground").locator(".azml-notice")
    expect(notice).to_contain_text("the body is no JSON")
    expect(answer).to_be_hidden()
    panel.shoot("no-json")
    panel.button("Send anyway").click()
    expect(answer).to_contain_text("500")

    # Two panels of one service: what one does, the other shows.
    expect(other.send('{"data": [4, 5]}')).to_contain_text(re.compile(r"sum.*9"))
    for each in (panel, other):
        expect(each.tab("Services").locator(".azml-service").filter(has_text="gone")).to_contain_text("1 error")

    # Ended by somebody else between two clicks.
    panel.tab("Playground")
    notebook.server.session().stop("gone")
    answer = panel.send('{"data": [1, 2]}')
    expect(answer.or_(notice).first).to_contain_text(re.compile("gone"))
    for each in (panel, other):
        expect(each.tab("Services").locator(".azml-service").filter(has_text="gone")).to_have_count(0)
    panel.tab("Playground")
    panel.shoot("service-gone")
    assert panel.serious_faults() == []
