"""Whatever the kernel sends, the panel shows what it can make out of it and goes on: nothing throws."""

from __future__ import annotations

import random
from typing import Any

from playwright.sync_api import expect

from tests.browser import panel_states as states
from tests.browser.harness import Stage

#: What stands where something else should.
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, 2**53, 0.5, "", "constructor", "__proto__", "x" * 5000, "\u202e\0\ud800"),
    *([], [None], [[]], ["text"], [1e308], {}, {"length": 3}, {"message": None, "lines": "no list"}),
)


def break_somewhere(value: Any, chance: random.Random) -> Any:
    """A copy in which something is missing, or is of another kind."""
    if isinstance(value, (dict, list)) and value and chance.random() > 0.2:
        where = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        if chance.random() < 0.15:
            del copy[where]
        else:
            copy[where] = break_somewhere(copy[where], chance)
        return copy
    return chance.choice(ODD)


def odd_messages(count: int) -> list[dict[str, Any]]:
    """Messages that are broken in up to three places each."""
    chance = random.Random(5)
    whole = [
        {"op": "news", "state": state, "replies": [{"id": "1", "ok": True, "value": {}}], "log": log}
        for state in (states.running(), states.failed(), states.standing(), states.idle())
        for log in ({"feed": "f", "at": 0, "count": 1}, {"feed": "g", "at": 7, "count": 2, "reset": True})
    ]
    messages = []
    for _ in range(count):
        message = chance.choice(whole)
        for _ in range(chance.randint(1, 3)):
            message = break_somewhere(message, chance)
            if not isinstance(message, dict):
                break
        messages.append(message)
    return messages


DELIVER = """async (messages) => {
    const failed = [];
    window.addEventListener("unhandledrejection", (event) => failed.push([String(event.reason), null]));
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (const message of messages) {
        try {
            deliver(message, [new DataView(new TextEncoder().encode('[1.5, "builder", "a line"]\\n{"no": 1}').buffer)]);
        } catch (problem) {
            failed.push([String(problem), message]);
        }
        await frame();
    }
    return failed;
}"""


def test_nothing_throws_on_odd_news(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    stage.page.locator("[data-tab=playground]").click()
    assert stage.page.evaluate(DELIVER, odd_messages(200)) == []
    # And it goes on.
    stage.deliver({"op": "news", "state": states.done()})
    expect(stage.page.locator(".azml-head .azml-pill")).to_have_text("Done")
    assert stage.page.evaluate("Object.keys(Object.prototype)") == []


def test_a_model_begins_with_an_odd_state(stage: Stage) -> None:
    stage.open().mount(state=list(ODD))
    expect(stage.page.locator(".azml-head .azml-pill")).to_have_text("Idle")


def test_answers_that_are_odd_end_the_question(stage: Stage) -> None:
    stage.open().mount(state=states.done())
    page = stage.page
    page.locator("[data-tab=playground]").click()
    page.get_by_role("textbox", name="Body").fill("[1]")
    send = page.get_by_role("button", name="Send", exact=True)
    for reply in (
        {"ok": True, "value": None},
        {"ok": True, "value": {"status": 200}},
        {"ok": False},
        {"ok": False, "error": "only a text"},
        {"ok": False, "error": {"message": None, "lines": "no list"}},
    ):
        expect(send).not_to_have_attribute("aria-disabled", "true")
        send.click()
        expect(send).to_have_attribute("aria-disabled", "true")
        question = next(message for message in reversed(stage.sent) if message["op"] == "send")
        stage.deliver(
            {"op": "news", "replies": [{"id": question["id"], "progress": None}, {"id": question["id"], **reply}]}
        )
        expect(page.get_by_role("region", name="Answer")).to_contain_text("No answer:")


def test_words_are_replaced_by_words_alone(stage: Stage) -> None:
    words = {"verdict.done": 5, "log.lines": "no pair", "toString": "x", "__proto__": {"polluted": "x"}}
    stage.open().mount(state=states.done(words=words))
    expect(stage.page.locator(".azml-head .azml-pill")).to_have_text("Done")
    assert stage.inside("[typeof {}.toString, {}.polluted ?? null, Object.hasOwn(WORDS, 'toString')]") == [
        "function",
        None,
        False,
    ]


def test_progress_of_a_kind_this_page_does_not_know(stage: Stage) -> None:
    state = states.running()
    state["steps"][3]["progress"] = {"done": 3, "total": 7, "unit": "wheels", "text": ""}
    stage.open().mount(state=state)
    expect(stage.page.get_by_role("listitem").filter(has_text="wheels")).to_contain_text("3 of 7 wheels")


def test_a_message_that_says_too_much_is_no_endless_work(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    stage.deliver({"op": "news", "log": {"feed": "f", "at": 0, "count": 2**52}}, [b'[1.5, "builder", "a"]\n'])
    stage.deliver_log([(1.5, "builder", "the line")])
    expect(stage.page.get_by_role("log")).to_contain_text("the line")
    expect(stage.page.get_by_text("1 line", exact=True)).to_be_visible()
