"""Builds and services live outside the kernel: restarts, reloads, a second notebook, a kernel that is gone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.panels import PanelView, open_held


def test_a_build_goes_on_when_kernel_and_page_start_again(open_notebook: OpenNotebook) -> None:
    notebook, gate = open_held(open_notebook, "lasting", "%load_ext azml_magics\n%azml panel lasting")
    panel = PanelView(notebook, 2)
    expect(panel.log.get_by_text("loading the words")).to_be_visible()

    # A page that is loaded again gets everything back from the same kernel.
    notebook.save()
    notebook.reload()
    panel.expect_live()
    panel.expect_verdict("running")
    expect(panel.log.get_by_text("loading the words")).to_be_visible()

    # A new kernel finds the build that the former one began.
    notebook.restart_kernel()
    expect(panel.root).to_have_attribute("data-live", "false")
    expect(panel.root.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
    expect(panel.button("Cancel")).to_be_hidden()
    panel.root.get_by_role("searchbox").fill("loading")
    expect(panel.root.locator(".azml-log-found")).to_have_text("1/1")
    notebook.shoot("kernel-restarted")
    notebook.run(3)
    again = PanelView(notebook, 3)
    again.expect_verdict("running")
    expect(again.log.get_by_text("loading the words")).to_be_visible()

    # So does a second notebook, and both see it end.
    other = open_notebook("%load_ext azml_magics\n%azml panel lasting")
    other.run(0)
    second = PanelView(other, 0)
    second.expect_verdict("running")
    gate.open()
    for each in (again, second):
        each.expect_verdict("done")
        each.expect_step("healthy", "done")
        expect(each.log.get_by_text("loaded them")).to_be_visible()
    other.shoot("second-notebook")

    # The service is used from both; each sees the other's requests.
    expect(second.send('{"data": [1, 2, 3]}')).to_contain_text("200")
    rows = [each.tab("Services").locator(".azml-service").filter(has_text="lasting") for each in (again, second)]
    for row in rows:
        expect(row).to_contain_text("no errors")
    again.button("Stop lasting").click()
    again.button("Stop it").click()
    for row in rows:
        expect(row).to_have_count(0)

    # What the front end itself says of that.
    notebook.accept("Could not restore the debugger state|Connection lost, reconnecting")
    # Without its kernel the panel says so and stays readable.
    other.shut_kernel_down()
    expect(second.root.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
    expect(second.tab("Log").get_by_text("loaded them")).to_be_visible()
