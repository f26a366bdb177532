"""What comes late, or while somebody is doing something here, takes nothing out of anybody's hands."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser import panel_states as states
from tests.browser.harness import Stage


def asked(stage: Stage, op: str) -> list[dict[str, Any]]:
    return [message for message in stage.sent if message["op"] == op]


def tell(stage: Stage, state: dict[str, Any]) -> None:
    stage.deliver({"op": "news", "state": state})
    stage.frame()


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def press(page: Page, button: Locator) -> None:
    """Move the pointer there and press, without letting go."""
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


# what is pressed ------------------------------------------------------------------------------------------------------


def test_a_button_stays_under_the_pointer_until_it_is_let_go(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    tab(stage.page, "Services").click()
    stage.frame()
    press(stage.page, stage.page.get_by_role("button", name="Reload digits"))
    error = stage.page.get_by_role("group", name="Error", exact=True)
    tell(stage, states.failed(lines=9))
    expect(error).to_be_hidden()
    stage.page.mouse.up()
    expect(error).to_be_visible()
    assert [message["name"] for message in asked(stage, "service")] == ["digits"]


def test_answers_wait_for_a_press_too_and_keep_their_order(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    tab(stage.page, "Services").click()
    stage.page.get_by_role("button", name="Reload digits").click()
    (question,) = asked(stage, "service")
    press(stage.page, stage.page.get_by_role("button", name="Reload churn-docker"))
    error = {"message": "score.py does not load", "lines": []}
    stage.deliver({"op": "news", "replies": [{"id": question["id"], "ok": False, "error": error}]})
    for summary in ("first", "second"):
        tell(stage, states.done(summary=summary))
    note = stage.page.get_by_role("row").filter(has_text="score.py does not load")
    expect(note).to_be_hidden()
    stage.page.mouse.up()
    expect(note).to_be_visible()
    expect(stage.page.locator(".azml-summary")).to_have_text("second")
    assert [message["name"] for message in asked(stage, "service")] == ["digits", "churn-docker"]


def test_a_press_whose_end_went_elsewhere_holds_nothing(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    for end in ("new Event('blur')", "new PointerEvent('pointermove', { buttons: 0 })"):
        press(stage.page, stage.page.get_by_role("button", name="Close"))
        tell(stage, states.done(summary=end))
        expect(stage.page.locator(".azml-summary")).not_to_have_text(end)
        stage.page.evaluate(f"() => {{ window.dispatchEvent({end}); }}")
        expect(stage.page.locator(".azml-summary")).to_have_text(end)


# which service --------------------------------------------------------------------------------------------------------


def test_a_service_to_try_is_there_before_the_kernel_says_so(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    page = stage.page
    tab(page, "Services").click()
    page.get_by_role("button", name="Try churn-docker").click()
    service, body = page.get_by_role("combobox", name="Service", exact=True), page.get_by_role("textbox", name="Body")
    expect(service).to_have_value("churn-docker")
    body.fill("[1]")
    # News that were on their way, and the kernel's late word.
    for chosen in ("digits", "churn-docker"):
        tell(stage, states.done(selected=chosen))
        expect(service).to_have_value("churn-docker")
        expect(body).to_have_value("[1]")
    page.get_by_role("button", name="Send", exact=True).click()
    assert [message["name"] for message in asked(stage, "send")] == ["churn-docker"]


def test_late_word_of_an_earlier_choice_does_not_undo_the_newer(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    page = stage.page
    tab(page, "Playground").click()
    service = page.get_by_role("combobox", name="Service", exact=True)
    for name in ("churn-docker", "mood"):
        service.select_option(name)
    assert [message["service"] for message in asked(stage, "select")] == ["churn-docker", "mood"]
    page.evaluate("document.activeElement.blur()")
    for chosen in ("churn-docker", "mood"):
        tell(stage, states.done(selected=chosen))
        expect(service).to_have_value("mood")
    # After that the kernel's own choice counts.
    tell(stage, states.done(selected="digits"))
    expect(service).to_have_value("digits")


def test_a_choice_of_the_kernel_leaves_an_editor_in_use(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.running(selected=None))
    page = stage.page
    tab(page, "Playground").click()
    service, body = page.get_by_role("combobox", name="Service", exact=True), page.get_by_role("textbox", name="Body")
    expect(service).to_have_value("digits")
    body.focus()
    # The job has ended: its service is the kernel's choice.
    tell(stage, states.done(selected="churn-docker"))
    page.keyboard.insert_text("[1]")
    expect(service).to_have_value("digits")
    expect(body).to_have_value("[1]")
    # Who asks for it gets it.
    tab(page, "Services").click()
    page.get_by_role("button", name="Try churn-docker").click()
    expect(service).to_have_value("churn-docker")


# which tab, whose focus -----------------------------------------------------------------------------------------------


def test_a_tab_in_use_stays_when_a_job_begins(stage: Stage) -> None:
    stage.open(width=1000).mount(state={**states.idle(), "services": states.services()})
    page = stage.page
    expect(tab(page, "Services")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Stop digits", exact=True).click()
    tell(stage, states.running())
    expect(tab(page, "Services")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()


def test_a_question_that_ends_with_the_kernel_leaves_the_focus_where_it_is(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    page = stage.page
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'cell' }))")
    tab(page, "Services").click()
    page.get_by_role("button", name="Stop digits", exact=True).click()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.locator("#cell").focus()
    page.evaluate("fire('comm_live_update')")
    expect(page.get_by_role("button", name="Keep it")).to_be_hidden()
    expect(page.locator("#cell")).to_be_focused()


def test_a_double_click_asks_and_does_not_stop(stage: Stage) -> None:
    stage.open(width=1000).mount(state=states.done())
    page = stage.page
    tab(page, "Services").click()
    page.get_by_role("button", name="Stop digits", exact=True).click()
    # With some names, in some widths, the answer comes under the pointer.
    sure = page.get_by_role("button", name="Stop it")
    box = sure.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    expect(sure).to_be_visible()
    assert asked(stage, "service") == []
    sure.click()
    assert [message["action"] for message in asked(stage, "service")] == ["stop"]
