"""A deployment on the process engine, watched in the panel of a real JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.pages import NotebookPage
from tests.browser.panels import FAILING_SCRIPT, LOAD, SCRIPT, PanelView, deploy, open_held


def test_a_deployment_is_watched_tried_and_kept(open_notebook: OpenNotebook) -> None:
    notebook, gate = open_held(open_notebook, "words", "%azml panel words")

    # While it is being deployed.
    panel = PanelView(notebook, 2)
    panel.expect_verdict("running")
    panel.expect_step("start", "running")
    expect(panel.log.get_by_text("loading the words")).to_be_visible()
    panel.root.get_by_role("searchbox").fill("LOADING")
    expect(panel.root.locator(".azml-log-found")).to_have_text("1/1")
    assert panel.serious_faults() == []
    panel.shoot("deploying-light")
    notebook.use_theme("JupyterLab Dark")
    assert panel.serious_faults() == []
    panel.shoot("deploying-dark")

    # Static text takes the panel's place; the panel comes back when it is asked for.
    gate.open()
    settled = notebook.output(2)
    expect(settled.get_by_text("service words is running")).to_be_visible()
    expect(panel.root).to_have_count(0)
    notebook.run(3)
    panel = PanelView(notebook, 3)
    panel.expect_verdict("done")
    panel.expect_step("healthy", "done")
    expect(panel.log.get_by_text("loaded them")).to_be_visible()
    answer = panel.send('{"data": [1, 2, 3]}')
    expect(answer).to_contain_text("200")
    expect(answer.get_by_label("Body of the answer").first).to_contain_text(re.compile(r"sum.*6"))
    assert panel.serious_faults() == []
    panel.shoot("playground-dark")
    services = panel.tab("Services")
    expect(services.get_by_role("row").filter(has_text="words").first).to_contain_text("running")
    assert panel.serious_faults() == []
    panel.shoot("services-dark")
    panel.button("Close").click()
    expect(panel.root).to_have_count(0)
    assert notebook.save().stat().st_size < 40_000

    # Without a kernel, what was saved is shown.
    notebook.server.end_kernels()
    notebook.reload(kernel=False)
    expect(notebook.output(2).get_by_text("service words is running")).to_be_visible()
    notebook.output(2).locator("summary").click()
    expect(notebook.output(2).get_by_text("loaded them")).to_be_visible()
    expect(notebook.page.get_by_text("model not found")).to_have_count(0)
    notebook.shoot("reopened-without-kernel")


def test_an_init_that_fails_points_at_its_line(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        LOAD, FAILING_SCRIPT.format(file="fails.py"), deploy("fails", "fails.py"), "%azml panel fails"
    )
    for index in range(3):
        notebook.run(index)
    settled = notebook.output(2)
    expect(settled.get_by_text("deploying fails failed")).to_be_visible()
    expect(settled).to_contain_text("cell In [2], line 3, in init")
    expect(settled).to_contain_text("ValueError: no model in sight")
    notebook.shoot("failed-settled")
    notebook.run(3)
    panel = PanelView(notebook, 3)
    panel.expect_verdict("failed")
    panel.expect_step("start", "failed")
    error = panel.root.get_by_role("group", name="Error", exact=True)
    expect(error).to_contain_text("cell In [2], line 3, in init")
    expect(error).to_contain_text("ValueError: no model in sight")
    expect(panel.log.get_by_text("ValueError: no model in sight").first).to_be_visible()
    assert panel.serious_faults() == []
    panel.shoot("failed")


def test_reload_serves_the_changed_script(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        LOAD, SCRIPT.format(file="sums.py"), deploy("sums", "sums.py") + " --wait", "%azml panel sums"
    )
    for index in range(4):
        notebook.run(index)
    panel = PanelView(notebook, 3)
    expect(panel.send('{"data": [1, 2]}')).to_contain_text(re.compile(r"sum.*3"))
    notebook.write_cell(1, SCRIPT.format(file="sums.py").replace('"sum": sum', '"most": max'))
    notebook.run(1)
    panel.tab("Services")
    panel.button("Reload sums").click()
    expect(panel.root.get_by_role("status")).to_contain_text("service sums is running")
    expect(panel.send('{"data": [1, 2]}')).to_contain_text(re.compile(r"most.*2"))


def test_both_ways_to_cancel(open_notebook: OpenNotebook) -> None:
    notebook, _ = open_held(open_notebook, "ended", deploy("ended", "ended.py"), "%azml cancel ended")
    panel = PanelView(notebook, 2)
    expect(panel.log.get_by_text("loading the words")).to_be_visible()
    panel.button("Cancel").click()
    expect(notebook.output(2).get_by_text("deploying ended was cancelled")).to_be_visible()
    notebook.run(3)
    expect(PanelView(notebook, 3).log.get_by_text("loading the words")).to_be_visible()
    expect(notebook.run(4)).to_contain_text("deployment of ended is cancelled")
    expect(notebook.output(3).get_by_text("deploying ended was cancelled")).to_be_visible()
    assert running(notebook, "ended") == []


def running(notebook: NotebookPage, name: str) -> list[str]:
    """The service, if it runs."""
    found = notebook.server.session().services()
    return [report.name for report in found if report.name == name and report.state == "running"]
