"""The table of services: figures, the small chart, the buttons and what they ask of the kernel."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import panel_states as states
from tests.browser.harness import Stage


@pytest.fixture
def table(stage: Stage) -> Locator:
    """The services of a panel whose kernel was asked nothing yet."""
    stage.open(width=1000).mount(state=states.done())
    stage.page.get_by_role("tab", name="Services").click()
    return stage.page.get_by_role("table", name="Services")


def asked(stage: Stage, op: str = "service") -> list[dict[str, Any]]:
    return [message for message in stage.sent if message["op"] == op]


def answer(stage: Stage, **reply: Any) -> None:
    """What the kernel says to the newest question."""
    stage.deliver({"op": "news", "replies": [{"id": asked(stage)[-1]["id"], **reply}]})


def test_a_row_says_what_a_service_is_and_how_it_does(table: Locator) -> None:
    row = table.get_by_role("row").filter(has_text="digits:7")
    expect(row.get_by_role("cell")).to_have_count(8)
    for text in (
        "digits",
        "process",
        "running",
        "31311",
        "digits:3",
        "2 h 5 min",
        "1,204",
        "4 errors (0.3 %)",
        "p50 4.2 ms",
        "p99 49 ms",
    ):
        expect(row).to_contain_text(text)
    expect(row).to_have_attribute("aria-current", "true")
    expect(table.get_by_role("row").filter(has_text="the process ended with exit code 1")).to_be_visible()


def test_the_chart_is_described(table: Locator, stage: Stage) -> None:
    chart = table.get_by_role("img", name="Latency of the last 60 requests to digits")
    expect(chart).to_have_accessible_description("From 3.0 ms to 46 ms; half within 4.2 ms, 99 % within 49 ms.")
    assert (
        stage.page.evaluate("document.querySelector('.azml-chart-bars').getAttribute('d').split('M').length - 1") == 60
    )
    # No request: no chart.
    expect(table.get_by_role("img")).to_have_count(2)


def test_reload_waits_for_its_answer(table: Locator, stage: Stage) -> None:
    reload = table.get_by_role("button", name="Reload digits")
    reload.focus()
    stage.page.keyboard.press("Enter")
    expect(reload).to_have_text("Reloading...")
    stage.page.keyboard.press("Enter")
    expect(table.get_by_role("button", name="Stop digits")).to_have_attribute("aria-disabled", "true")
    stage.deliver({"op": "news", "state": states.done()})
    stage.frame()
    expect(reload).to_be_focused()
    (question,) = asked(stage)
    assert (question["action"], question["name"]) == ("reload", "digits")
    answer(stage, ok=True, value={"message": "digits reloaded in 0.2 s"})
    expect(reload).to_have_text("Reload")
    expect(stage.page.get_by_role("status")).to_have_text("digits reloaded in 0.2 s")


def test_a_reload_that_fails_says_why_under_its_row(table: Locator, stage: Stage) -> None:
    table.get_by_role("button", name="Reload digits").click()
    answer(
        stage,
        ok=False,
        error={"message": "score.py does not load", "lines": ["  cell In [3], line 2", "  NameError: x"]},
    )
    note = table.get_by_role("row").filter(has_text="score.py does not load")
    expect(note).to_contain_text("NameError: x")
    table.get_by_role("button", name="Reload digits").click()
    expect(note).to_be_hidden()


def test_stop_asks_first_and_inline(table: Locator, stage: Stage) -> None:
    stop = table.get_by_role("button", name="Stop digits", exact=True)
    stop.focus()
    stage.page.keyboard.press("Enter")
    question = table.get_by_role("group", name="Stop digits?")
    expect(question).to_be_visible()
    expect(question.get_by_role("button", name="Keep it")).to_be_focused()
    # A new state leaves the question open.
    stage.deliver({"op": "news", "state": states.done()})
    stage.frame()
    expect(question.get_by_role("button", name="Keep it")).to_be_focused()
    stage.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(stop).to_be_focused()
    assert asked(stage) == []
    stop.click()
    question.get_by_role("button", name="Stop it").click()
    assert [(message["action"], message["name"]) for message in asked(stage)] == [("stop", "digits")]
    answer(stage, ok=True, value=None)
    expect(stage.page.get_by_role("status")).to_have_text("digits is stopped.")


def test_log_and_try_select_the_service(table: Locator, stage: Stage) -> None:
    table.get_by_role("button", name="Log of churn-docker").click()
    expect(stage.page.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    # The button is hidden now: the keyboard goes on from the tab.
    expect(stage.page.get_by_role("tab", name="Log")).to_be_focused()
    stage.page.get_by_role("tab", name="Services").click()
    table.get_by_role("button", name="Try churn-docker").click()
    expect(stage.page.get_by_role("tab", name="Playground")).to_have_attribute("aria-selected", "true")
    assert [message["service"] for message in asked(stage, "select")] == ["churn-docker", "churn-docker"]


def test_a_failed_service_is_not_reloaded(table: Locator, stage: Stage) -> None:
    table.get_by_role("button", name="Reload mood").click(force=True)
    assert asked(stage) == []


def test_a_service_that_is_gone_leaves_the_table(table: Locator, stage: Stage) -> None:
    table.get_by_role("button", name="Reload digits").click()
    expect(table.get_by_role("button", name="Reload digits")).to_be_focused()
    stage.deliver({"op": "news", "state": states.done(services=states.services()[1:])})
    expect(table.get_by_role("button", name="Reload digits")).to_have_count(0)
    expect(stage.page.get_by_role("tabpanel", name="Services")).to_be_focused()
    # The answer to what was asked of it hurts nobody.
    answer(stage, ok=False, error={"message": "no service digits", "lines": []})
    stage.frame()
    expect(table.get_by_role("row", name="churn-docker")).to_be_visible()


def test_without_services_it_says_how_to_get_one(stage: Stage) -> None:
    stage.open().mount(state=states.idle())
    stage.page.get_by_role("tab", name="Services").click()
    panel = stage.page.get_by_role("tabpanel", name="Services")
    expect(panel).to_contain_text("No service runs in this workspace.")
    expect(panel).to_contain_text("%azml deploy NAME")


def test_services_come_first_where_no_job_was(stage: Stage) -> None:
    stage.open().mount(state={**states.idle(), "services": states.services()})
    services = stage.page.get_by_role("tab", name="Services")
    expect(services).to_have_attribute("aria-selected", "true")
    # Nobody chose it: a job's log may still take its place; what somebody chose stays.
    stage.deliver({"op": "news", "state": states.running()})
    expect(stage.page.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    services.click()
    stage.deliver({"op": "news", "state": states.failed()})
    stage.frame()
    expect(services).to_have_attribute("aria-selected", "true")


def test_a_question_ends_with_the_kernel(table: Locator, stage: Stage) -> None:
    table.get_by_role("button", name="Reload digits").click()
    stage.page.evaluate("fire('comm_live_update')")
    expect(stage.page.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
    expect(table.get_by_role("row").filter(has_text="The kernel did not answer")).to_be_visible()
    table.get_by_role("button", name="Update digits").click(force=True)
    # What the old kernel said last does not bring it back.
    stage.deliver({"op": "news", "state": states.done()})
    stage.frame()
    expect(stage.page.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
    assert len(asked(stage)) == 1


def test_narrow_rows_become_cards(stage: Stage) -> None:
    stage.open(width=600).mount(state=states.done())
    stage.page.get_by_role("tab", name="Services").click()
    table = stage.page.get_by_role("table", name="Services")
    # They are still a table to those who cannot see it.
    expect(table.get_by_role("row").filter(has_text="digits:7").get_by_role("cell")).to_have_count(8)
    assert stage.page.evaluate(states.OUTSIDE) == []
