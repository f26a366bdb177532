"""The playground of the page: what is typed stays, what is sent is told, whatever the service does meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from azml_magics.cancel import Cancel
from azml_magics.errors import AzmlError
from azml_magics.panel import playground
from azml_magics.panel.outline import error_state
from azml_magics.session import Session
from tests.browser import panel_states as states
from tests.browser.harness import Stage, open_stage
from tests.echo_service import NAME, running_echo

FRONTEND = Path(playground.__file__).parent / "frontend"
SAMPLE: dict[str, Any] = {"body": '{"data": [1, 2]}', "headers": [["X-Mine", "1"]], "hidden": [], "origin": "swagger"}
MOUNT = """([state, shared]) => {
    setTraits({ state });
    const ctx = makeContext(shared ? { memory: (window.memory ??= {}) } : { memory: {} });
    if (window.kernel) {
        ctx.ask = async (op, fields, onProgress) => {
            const reply = JSON.parse(await window.kernel(op, JSON.stringify(fields)));
            for (const progress of reply.progress) onProgress?.(progress);
            if (reply.ok) return reply.value;
            throw reply.error;
        };
    }
    const view = makePlayground({ ...ctx, live: () => window.alive !== false });
    const root = h("section", { class: "azml-root" }, view.element);
    document.getElementById("stage").append(root);
    view.update(state);
    view.shown();
    (window.views ??= []).push(view);
}"""


def service(name: str = "digits", **fields: Any) -> dict[str, Any]:
    return states.service(name, **{"started": 100.0, **fields})


class Desk:
    """One playground, or several of the same state, on the stage; questions to the kernel are answered by hand."""

    def __init__(self, stage: Stage, *services: dict[str, Any], shared: bool = False) -> None:
        self.stage, self.page = stage, stage.page
        self.state: dict[str, Any] = {"services": list(services) or [service()], "selected": "digits"}
        self.add(shared=shared)

    def add(self, *, shared: bool = False) -> Locator:
        self.stage.inside(MOUNT, [self.state, shared])
        return self.page.locator(".azml-playground").last

    def update(self, *services: dict[str, Any], **fields: Any) -> None:
        self.state = {"services": list(services), "selected": "digits", **fields}
        self.page.evaluate(
            "(state) => { setTraits({ state }); for (const view of views) view.update(state); }", self.state
        )

    def asked(self, op: str) -> list[dict[str, Any]]:
        return [message for message in self.stage.sent if message["op"] == op]

    def answer(self, op: str, value: object) -> None:
        """Answer the newest question of that kind."""
        self._settle(op, "resolve", value)

    def refuse(self, op: str, message: str, *lines: str) -> None:
        self._settle(op, "reject", {"message": message, "lines": [message, *lines]})

    def _settle(self, op: str, how: str, value: object) -> None:
        self.page.wait_for_function(
            """([op, how, value]) => {
                const question = asked.findLast((each) => each.op === op && !each.settled);
                if (!question) return false;
                question.settled = true;
                question[how](value);
                return true;
            }""",
            arg=[op, how, value],
        )
        self.stage.frame()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def body(self) -> Locator:
        return self.page.get_by_label("Body", exact=True)

    @property
    def answered(self) -> Locator:
        return self.page.get_by_role("region", name="Answer")


@pytest.fixture(scope="module")
def opened(chromium: Browser) -> Iterator[Stage]:
    """One stage for this module: opening it again is a new page."""
    with open_stage(chromium) as stage:
        yield stage


@pytest.fixture
def stage(opened: Stage) -> Iterator[Stage]:
    yield opened
    opened.page.context.clear_permissions()
    opened.page.set_viewport_size({"width": 1000, "height": 800})
    assert not opened.complaints, opened.complaints


@pytest.fixture
def desk(stage: Stage) -> Desk:
    return Desk(stage.open())


def answer(**fields: Any) -> dict[str, Any]:
    return {
        "status": 200,
        "reason": "OK",
        "ok": True,
        "latency_ms": 12.3,
        "run_ms": 3.25,
        "headers": [["Content-Type", "application/json"]],
        "type": "application/json",
        "text": '{"sum": 3}',
        "json": True,
        "bytes": 10,
        "clipped": False,
        "cause": "",
        "traceback": [],
        "frames": [],
        "number": 7,
        "request_id": "id",
        **fields,
    }


# the editor -----------------------------------------------------------------------------------------------------------


def test_the_editor_is_filled_once_and_sent_with_everything(desk: Desk) -> None:
    desk.answer("sample", SAMPLE)
    expect(desk.body).to_have_value(SAMPLE["body"])
    desk.button("Send").click()
    (sent,) = desk.asked("send")
    assert sent == {
        "op": "send",
        "name": "digits",
        "body": SAMPLE["body"],
        "headers": [["Content-Type", "application/json"], ["X-Mine", "1"]],
        "timeout": 60,
    }
    desk.update(service(requests=5))
    assert len(desk.asked("sample")) == 1


def test_nothing_is_asked_before_somebody_looks(stage: Stage) -> None:
    stage.open().inside(
        """(state) => {
        setTraits({ state });
        const view = makePlayground(makeContext());
        view.update(state);
        document.getElementById("stage").append(view.element);
        window.view = view;
    }""",
        {"services": [service()], "selected": "digits"},
    )
    assert stage.sent == []
    stage.page.evaluate("() => view.shown()")
    assert [message["op"] for message in stage.sent] == ["sample"]


def test_what_was_typed_is_never_overwritten(desk: Desk) -> None:
    desk.body.fill("[3]")
    desk.answer("sample", SAMPLE)
    for number in range(3):
        desk.update(service(requests=number, started=number))
    expect(desk.body).to_have_value("[3]")
    assert len(desk.asked("sample")) == 1


def test_what_is_typed_takes_the_place_of_a_text_that_arrived_under_the_caret(desk: Desk) -> None:
    desk.body.click()
    desk.answer("sample", SAMPLE)
    expect(desk.body).to_have_value(SAMPLE["body"])
    desk.page.keyboard.insert_text("[3]")
    expect(desk.body).to_have_value("[3]")


def test_who_stands_in_a_row_that_a_new_text_takes_away_stays_in_the_editor(desk: Desk) -> None:
    desk.answer("sample", SAMPLE)
    desk.page.get_by_label("Value of header 1").click()
    desk.update(service(started=1.0))
    desk.answer("sample", {**SAMPLE, "body": "[9]", "headers": []})
    expect(desk.body).to_have_value("[9]")
    expect(desk.body).to_be_focused()


def test_an_older_text_that_arrives_last_is_left_away(desk: Desk) -> None:
    desk.update(service(started=1.0))
    desk.answer("sample", {**SAMPLE, "body": "[9]"})
    expect(desk.body).to_have_value("[9]")
    desk.answer("sample", SAMPLE)
    expect(desk.body).to_have_value("[9]")


def test_no_text_to_begin_with_is_nothing_to_who_types(desk: Desk) -> None:
    desk.body.fill("{oops}")
    desk.button("Send").click()
    desk.refuse("sample", "no service called 'digits'")
    expect(desk.page.locator(".azml-notice")).to_contain_text("Not sent: the body is no JSON")


def test_a_view_made_while_the_text_is_on_its_way_gets_it_too(stage: Stage) -> None:
    desk = Desk(stage.open(), shared=True)
    second = desk.add(shared=True)
    desk.answer("sample", SAMPLE)
    expect(second.get_by_label("Body", exact=True)).to_have_value(SAMPLE["body"])
    assert len(desk.asked("sample")) == 1


def test_a_service_that_was_started_again_fills_what_nobody_touched(desk: Desk) -> None:
    desk.answer("sample", SAMPLE)
    desk.update(service(started=1.0))
    desk.answer("sample", {**SAMPLE, "body": "[9]", "headers": []})
    expect(desk.body).to_have_value("[9]")


def test_each_service_has_a_text_of_its_own(stage: Stage) -> None:
    desk = Desk(stage.open(), service(), service("letters", state="failed"))
    desk.body.fill("[3]")
    desk.page.get_by_label("Service").select_option("letters")
    assert desk.asked("select") == [{"op": "select", "service": "letters"}]
    expect(desk.body).to_have_value("")
    desk.body.fill('"a"')
    both = service(), service("letters", state="failed")
    desk.update(*both, selected="letters", choices=1)
    desk.update(*both, selected="digits", choices=2)
    expect(desk.body).to_have_value("[3]")
    expect(desk.page.get_by_label("Service").get_by_role("option")).to_have_text(["digits", "letters (failed)"])


def test_the_text_survives_a_view_that_is_made_again(stage: Stage) -> None:
    desk = Desk(stage.open(), shared=True)
    desk.body.fill('"typed"')
    desk.page.evaluate("() => { views.pop().destroy(); document.getElementById('stage').replaceChildren(); }")
    desk.add(shared=True)
    expect(desk.body).to_have_value('"typed"')


def test_two_panels_on_one_service_do_not_mix(stage: Stage) -> None:
    desk = Desk(stage.open())
    first, second = desk.page.locator(".azml-playground").first, desk.add()
    first.get_by_label("Body", exact=True).fill("[1]")
    second.get_by_label("Body", exact=True).fill("[2]")
    second.get_by_role("button", name="Send", exact=True).click()
    desk.answer("send", answer(text="[4]"))
    first.get_by_role("button", name="Send", exact=True).click()
    assert [message["body"] for message in desk.asked("send")] == ["[2]", "[1]"]
    expect(second.get_by_role("region", name="Answer")).to_contain_text("200 OK")
    expect(first.get_by_role("region", name="Answer")).to_contain_text("Waiting for digits")
    desk.update(service(requests=2))
    expect(first.get_by_label("Body", exact=True)).to_have_value("[1]")


def test_faults_are_told_while_typing(desk: Desk) -> None:
    desk.body.fill('{"data": [1,\n  2 3]}')
    expect(desk.body).to_have_attribute("aria-invalid", "true")
    expect(desk.body).to_have_accessible_description(
        "Line 2, column 5: a comma or ] is missing Ctrl+Enter sends; Tab leaves the editor."
    )
    desk.button("Go there").click()
    assert desk.body.evaluate("(area) => [area === document.activeElement, area.selectionStart]") == [True, 17]
    desk.page.get_by_label("Content type").fill("text/plain")
    expect(desk.body).not_to_have_attribute("aria-invalid", "true")
    expect(desk.button("Go there")).to_be_hidden()


def test_a_long_text_is_looked_at_when_the_typing_pauses(desk: Desk) -> None:
    desk.body.fill("[" + "1," * 40_000 + "]")
    expect(desk.body).to_have_attribute("aria-invalid", "true")


def test_formatting_can_be_taken_back(desk: Desk) -> None:
    desk.body.fill('{"big":12345678901234567890}')
    desk.button("Format").click()
    expect(desk.body).to_have_value('{\n  "big": 12345678901234567890\n}')
    desk.page.keyboard.press("Control+z")
    expect(desk.body).to_have_value('{"big":12345678901234567890}')


def test_keys_are_the_editors_own_and_tab_leaves_it(desk: Desk) -> None:
    desk.page.evaluate("() => { window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key)); }")
    desk.body.fill("[1]")
    desk.page.keyboard.press("a")
    desk.page.keyboard.press("Backspace")
    desk.page.keyboard.press("Control+Enter")
    assert len(desk.asked("send")) == 1
    assert desk.asked("send")[0]["body"] == "[1]"
    assert desk.page.evaluate("heard") == ["Control"] or desk.page.evaluate("heard") == []
    desk.page.keyboard.press("Tab")
    expect(desk.body).not_to_be_focused()
    expect(desk.page.get_by_label("Content type")).to_be_focused()


def test_a_body_that_is_no_json_is_told_before_it_is_sent(desk: Desk) -> None:
    desk.body.fill("{oops}")
    desk.page.keyboard.press("Control+Enter")
    assert desk.asked("send") == []
    notice = desk.page.locator(".azml-notice")
    expect(notice).to_contain_text("Not sent: the body is no JSON (line 1, column 2: here a name")
    expect(desk.body).to_be_focused()
    assert "Not sent" in desk.page.evaluate("announced.at(-1)")
    desk.button("Send anyway").click()
    assert desk.asked("send")[0]["body"] == "{oops}"
    expect(notice).to_be_hidden()
    desk.answer("send", answer())
    desk.button("Send").click()
    expect(notice).to_be_visible()
    desk.body.fill("[1]")
    expect(notice).to_be_hidden()


def test_headers_are_added_named_and_removed(desk: Desk) -> None:
    desk.answer("sample", {**SAMPLE, "hidden": ["Authorization"]})
    desk.button("Add a header").click()
    desk.page.keyboard.type("X-Other")
    desk.page.get_by_label("Value of header 3").fill("a b")
    expect(desk.page.get_by_label("Value of header 2")).to_have_attribute("placeholder", "not kept: type it again")
    desk.button("Send").click()
    assert desk.asked("send")[-1]["headers"][1:] == [["X-Mine", "1"], ["X-Other", "a b"]]
    desk.answer("send", answer())
    desk.page.get_by_label("Value of header 2").fill("Bearer x")
    desk.button("Remove header 1").click()
    expect(desk.page.get_by_label("Name of header 1")).to_be_focused()
    desk.button("Send").click()
    assert desk.asked("send")[-1]["headers"][1:] == [["Authorization", "Bearer x"], ["X-Other", "a b"]]


# answers --------------------------------------------------------------------------------------------------------------


def sent(desk: Desk, **fields: Any) -> Locator:
    desk.body.fill("[1]")
    desk.button("Send").click()
    desk.answer("send", answer(**fields))
    return desk.answered


def test_an_answer_with_its_figures_headers_and_a_tree_to_fold(desk: Desk) -> None:
    text = '{"sum": 12345678901234567890, "rows": [[1, 2], [3.0, NaN]], "html": "<b>no</b>"}'
    shown = sent(desk, text=text, bytes=81)
    expect(shown).to_contain_text("200 OK")
    expect(shown).to_contain_text("12 ms, run() 3.3 ms")
    assert desk.page.evaluate("announced") == ["Answer: 200 OK, 12 ms"]
    tree = shown.get_by_role("group", name="Body of the answer")
    expect(tree).to_contain_text('"sum": 12345678901234567890')
    expect(tree).to_contain_text('"<b>no</b>"')
    expect(tree.get_by_text("NaN")).to_be_hidden()
    tree.get_by_text("2 items").nth(2).click()
    expect(tree.get_by_text("NaN")).to_be_visible()
    expect(shown.get_by_text("Content-Type")).to_be_hidden()
    shown.get_by_text("1 header").click()
    expect(shown.get_by_text("Content-Type")).to_be_visible()
    desk.button("Raw").click()
    expect(desk.button("Raw")).to_have_attribute("aria-pressed", "true")
    expect(tree).to_be_hidden()
    expect(shown.get_by_label("Body of the answer").last).to_have_text(text)


def test_letters_that_were_written_as_escapes_are_read_as_letters(desk: Desk) -> None:
    written = json.dumps({"Größe": "中文 😀 <b>no</b>", "rest": '"quoted" \\u00e9 \n\x07\u202e \ud800'})
    assert written.isascii()
    shown = sent(desk, text=written)
    tree = shown.get_by_role("group", name="Body of the answer")
    expect(tree).to_contain_text('"Größe": "中文 😀 <b>no</b>"')
    expect(tree).to_contain_text(r'"\"quoted\" \\u00e9 \n\u0007\u202e \ud800"')
    desk.button("Raw").click()
    expect(shown.get_by_label("Body of the answer").last).to_have_text(written)


def test_a_long_list_comes_in_pieces(desk: Desk) -> None:
    shown = sent(desk, text=json.dumps(list(range(250))))
    expect(shown.locator(".azml-json-number")).to_have_count(100)
    desk.button("Show 150 more").click()
    desk.button("Show 50 more").click()
    expect(shown.locator(".azml-json-number")).to_have_count(250)


def test_a_failure_shows_the_users_lines_first(desk: Desk) -> None:
    traceback = [
        "Traceback (most recent call last):",
        "  server.py",
        "ValueError: no",
        "The above",
        "UserScriptException",
    ]
    shown = sent(
        desk,
        status=500,
        reason="Internal Server Error",
        ok=False,
        cause="ValueError: no",
        traceback=traceback,
        frames=["cell In [4], line 9, in run", "    1 / 0"],
    )
    expect(shown).to_contain_text("500 Internal Server Error")
    expect(shown).to_contain_text("ValueError: no")
    expect(shown).to_contain_text("cell In [4], line 9, in run")
    expect(shown.get_by_text("UserScriptException")).to_be_hidden()
    shown.get_by_text("Traceback from the log (5 lines)").click()
    expect(shown.get_by_text("UserScriptException")).to_be_visible()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"text": None, "bytes": 2_500_000, "type": "image/png"}, "2.5 MB of image/png: no text to show."),
        ({"text": "", "bytes": 0}, "The body of the answer is empty."),
        ({"text": "x" * 50, "bytes": 5_000_000, "clipped": True}, "Shown are the first 50 characters of 5.0 MB."),
        ({"text": "<img src=x onerror=alert(1)>", "json": False}, "<img src=x onerror=alert(1)>"),
        ({"text": "{broken", "json": True}, "{broken"),
        ({"status": 400, "reason": "Bad Request", "ok": False, "text": "x", "json": False}, "The service refused"),
        ({"status": 503, "reason": "", "ok": False, "text": "x", "json": False}, "may have meant to answer 503"),
    ],
)
def test_answers_of_other_kinds(desk: Desk, fields: dict[str, Any], text: str) -> None:
    expect(sent(desk, **fields)).to_contain_text(text)


def test_a_service_that_goes_between_two_clicks(desk: Desk) -> None:
    sent(desk)
    desk.button("Send").click()
    desk.refuse("send", "service 'digits' is stopped", "  fix: deploy it again: azml deploy digits ...")
    expect(desk.answered).to_contain_text("No answer:service 'digits' is stopped")
    expect(desk.answered).to_contain_text("fix: deploy it again")
    desk.update()
    notice = desk.page.locator(".azml-notice")
    expect(notice).to_contain_text(
        "Service digits was stopped: it does not answer. Deploy it again with %azml deploy digits"
    )
    expect(desk.body).to_have_value("[1]")
    desk.button("Show services").click()
    assert desk.page.evaluate("opened") == ["services"]
    desk.update(service(state="failed"))
    expect(notice).to_contain_text("Service digits is failed")
    desk.update(service())
    expect(notice).to_be_hidden()
    expect(desk.body).to_have_value("[1]")


def test_without_a_service_it_says_how_to_get_one(stage: Stage) -> None:
    desk = Desk(stage.open())
    desk.update()
    expect(desk.page.get_by_text("No service runs. Deploy one with %azml deploy NAME")).to_be_visible()
    expect(desk.body).to_be_hidden()
    desk.update(service("letters"), selected=None)
    expect(desk.body).to_be_visible()


def test_without_a_kernel_nothing_is_sent_and_the_text_stays(desk: Desk) -> None:
    desk.body.fill("[1]")
    desk.page.evaluate("() => { window.alive = false; }")
    desk.update(service())
    desk.button("Send").click(force=True)
    assert desk.asked("send") == []
    expect(desk.body).to_have_value("[1]")


# former requests ------------------------------------------------------------------------------------------------------

ROW = {
    "number": 3,
    "time": 1_763_757_000.0,
    "status": 200,
    "reason": "OK",
    "latency_ms": 3.2,
    "bytes": 3,
    "body": "[8]",
    "binary": False,
    "clipped": False,
    "headers": [],
}
FORMER = {
    **ROW,
    "headers": [["Content-Type", "text/plain"], ["X-Old", "1"]],
    "hidden": [],
    "answer": answer(text='"old"'),
}


def test_former_requests_are_opened_and_nothing_typed_is_lost(desk: Desk) -> None:
    desk.body.fill("[1]")
    desk.page.get_by_text("Former requests").click()
    desk.answer("history", [ROW, {**ROW, "number": 2, "binary": True, "body": "", "bytes": 20, "status": 500}])
    rows = desk.page.locator(".azml-history-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("20 bytes, no text")
    expect(rows.nth(1).get_by_role("button")).to_have_count(1)
    rows.first.get_by_role("button", name=re.compile("^Open")).click()
    assert desk.asked("request")[-1]["number"] == 3
    desk.answer("request", FORMER)
    expect(desk.body).to_have_value("[8]")
    expect(desk.page.get_by_label("Content type")).to_have_value("text/plain")
    expect(desk.page.get_by_label("Value of header 1")).to_have_value("1")
    expect(desk.answered).to_contain_text('"old"')
    desk.button("Bring back what I typed").click()
    expect(desk.body).to_have_value("[1]")


def open_row(desk: Desk, *rows: dict[str, Any], again: bool = False) -> None:
    """Click into every row of the history, which tells these."""
    desk.page.get_by_text("Former requests").click()
    desk.answer("history", list(rows))
    for button in desk.page.get_by_role("button", name=re.compile("^Send again" if again else "^Open")).all():
        button.click()


def test_a_former_request_that_comes_late_leaves_what_was_typed_meanwhile(desk: Desk) -> None:
    desk.body.fill("[1]")
    open_row(desk, ROW)
    desk.body.fill("[1, 2]")
    desk.answer("request", FORMER)
    expect(desk.page.locator(".azml-notice")).to_contain_text("You typed meanwhile")
    desk.page.keyboard.press("3")
    expect(desk.body).to_have_value("[1, 2]3")
    expect(desk.answered).to_contain_text('"old"')
    desk.button("Open").click()
    expect(desk.body).to_have_value("[8]")
    desk.button("Bring back what I typed").click()
    expect(desk.body).to_have_value("[1, 2]3")


def test_the_former_request_that_was_asked_for_last_is_opened(desk: Desk) -> None:
    open_row(desk, ROW, {**ROW, "number": 2})
    desk.answer("request", {**FORMER, "number": 2, "body": "[2]"})
    desk.answer("request", {**FORMER, "body": "[3]"})
    expect(desk.body).to_have_value("[2]")


@pytest.mark.parametrize("again", [False, True])
def test_a_former_request_is_nothing_to_another_service(stage: Stage, again: bool) -> None:
    desk = Desk(stage.open(), service(), service("letters"))
    open_row(desk, ROW, again=again)
    desk.page.get_by_label("Service").select_option("letters")
    desk.refuse("request", "no request 3 of service 'digits'")
    expect(desk.page.locator(".azml-notice")).to_be_hidden()


def test_who_asks_twice_to_send_again_sends_once(desk: Desk) -> None:
    open_row(desk, ROW, again=True)
    desk.page.get_by_role("button", name=re.compile("^Send again")).click()
    expect(desk.button("Send")).to_have_attribute("aria-disabled", "true")
    desk.answer("request", FORMER)
    desk.answer("send", answer(text='"new"'))
    expect(desk.answered).to_contain_text('"new"')
    assert (len(desk.asked("request")), len(desk.asked("send"))) == (1, 1)
    expect(desk.button("Send")).not_to_have_attribute("aria-disabled", "true")


def test_a_former_request_is_sent_again_without_touching_the_editor(desk: Desk) -> None:
    desk.body.fill("[1]")
    desk.page.get_by_text("Former requests").click()
    desk.answer("history", [ROW])
    desk.page.get_by_role("button", name=re.compile("^Send again")).click()
    desk.answer("request", FORMER)
    message = desk.asked("send")[-1]
    assert (message["body"], message["headers"]) == ("[8]", FORMER["headers"])
    desk.answer("send", answer(text='"new"'))
    expect(desk.answered).to_contain_text('"new"')
    expect(desk.body).to_have_value("[1]")
    assert len(desk.asked("history")) == 2


def test_what_is_not_kept_is_asked_for_before_it_is_sent_again(desk: Desk) -> None:
    desk.page.get_by_text("Former requests").click()
    desk.answer("history", [ROW])
    desk.page.get_by_role("button", name=re.compile("^Send again")).click()
    desk.answer("request", {**FORMER, "hidden": ["Authorization"]})
    desk.answer("request", {**FORMER, "hidden": ["Authorization"]})
    assert desk.asked("send") == []
    expect(desk.page.locator(".azml-notice")).to_contain_text("Values of Authorization are never kept")


# copies ---------------------------------------------------------------------------------------------------------------


def test_copies_go_to_the_clipboard(desk: Desk) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.body.fill("[1]")
    desk.button("Copy as curl").click()
    expect(desk.page.get_by_text("It is on the clipboard.")).to_be_visible()
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("--data-raw '[1]' \\\n  http://localhost:31311/score")
    desk.button("Copy as Python").click()
    expect(desk.page.get_by_text("It is on the clipboard.")).to_be_visible()
    assert desk.page.evaluate("navigator.clipboard.readText()").startswith("import requests")


@pytest.mark.parametrize("works", [True, False])
def test_pages_without_a_clipboard(desk: Desk, works: bool) -> None:
    desk.page.context.grant_permissions(["clipboard-read"])
    desk.page.evaluate(
        """(works) => {
            const read = navigator.clipboard.readText.bind(navigator.clipboard);
            window.readClipboard = () => read();
            Object.defineProperty(navigator, "clipboard", { value: undefined });
            if (!works) document.execCommand = () => false;
        }""",
        works,
    )
    desk.body.fill("[1]")
    desk.button("Copy as curl").click()
    if works:
        expect(desk.page.get_by_text("It is on the clipboard.")).to_be_visible()
        assert desk.page.evaluate("readClipboard()").startswith("curl ")
        expect(desk.button("Copy as curl")).to_be_focused()
        return
    area = desk.page.get_by_label("press Ctrl+C")
    expect(area).to_be_focused()
    assert area.evaluate("(area) => area.value.slice(area.selectionStart, area.selectionEnd)").startswith("curl ")


# load test ------------------------------------------------------------------------------------------------------------

REPORT = {
    "requests": 200,
    "errors": 2,
    "seconds": 1.25,
    "per_second": 160.0,
    "p50_ms": 3.0,
    "p90_ms": 5.0,
    "p95_ms": 7.0,
    "p99_ms": 20.0,
    "max_ms": 44.0,
    "histogram": [{"from_ms": n + 1, "to_ms": n + 2, "count": max(0, 40 - (n - 4) ** 2)} for n in range(20)],
    "statuses": {"200": 198, "500": 2},
    "failures": ["500 Internal Server Error: no (2 times)"],
    "stopped": False,
}


def test_a_load_test_tells_how_far_it_is_and_what_it_has_shown(desk: Desk) -> None:
    desk.body.fill("[1]")
    desk.page.get_by_text("Load test", exact=True).click()
    desk.page.get_by_label("Requests", exact=True).fill("400")
    # A double click begins one test, and does not end it.
    desk.button("Start").dblclick()
    assert desk.asked("load_stop") == []
    (asked,) = desk.asked("load")
    assert (asked["requests"], asked["concurrency"], asked["body"]) == (400, 4, "[1]")
    expect(desk.button("Start")).to_be_focused()
    expect(desk.button("Start")).to_have_attribute("aria-disabled", "true")
    desk.page.evaluate("asked.at(-1).progress({ done: 100, errors: 1, seconds: 2 })")
    expect(desk.page.get_by_text("100 of 400, 1 error; about 6.0 s left")).to_be_visible()
    expect(desk.page.get_by_role("progressbar", name="Progress of the load test")).to_have_js_property("value", 0.25)
    desk.button("Stop").click()
    assert desk.asked("load_stop")[0]["load"] == asked["load"]
    desk.page.evaluate("asked.findLast((each) => each.op === 'load').progress({ done: 200, errors: 2, seconds: 4 })")
    expect(desk.page.get_by_text("Stopping ...")).to_be_visible()
    desk.answer("load", {**REPORT, "stopped": True})
    expect(desk.button("Start")).to_be_focused()
    expect(
        desk.page.get_by_text("Ended early after 200 requests to digits in 1.3 s: 160 a second, 2 errors.")
    ).to_be_visible()
    table = desk.page.get_by_role("table", name="Latency")
    expect(table.get_by_role("cell")).to_have_text(["3.0 ms", "5.0 ms", "7.0 ms", "20 ms", "44 ms"])
    chart = desk.page.get_by_role("img", name=re.compile("^Histogram of latencies from 1.0 ms to 21 ms; most requests"))
    expect(chart.locator("rect")).to_have_count(20)
    desk.page.get_by_text("The histogram as figures").click()
    expect(desk.page.get_by_role("row", name="5.0 ms to 6.0 ms 40")).to_be_visible()
    expect(desk.page.get_by_text("500 Internal Server Error: no (2 times)")).to_be_visible()
    expect(desk.button("Stop")).to_be_hidden()
    expect(desk.button("Start")).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("typed", ["0", "-3", "1.5", "", "2000000"])
def test_sizes_that_cannot_be_tested(desk: Desk, typed: str) -> None:
    desk.body.fill("[1]")
    desk.page.get_by_text("Load test", exact=True).click()
    desk.page.get_by_label("Requests", exact=True).fill(typed)
    desk.button("Start").click()
    assert desk.asked("load") == []
    expect(desk.page.get_by_text("Requests: give a whole number from 1 to 1,000,000.")).to_be_visible()
    expect(desk.page.get_by_label("Requests", exact=True)).to_be_focused()


def test_a_load_test_that_fails(desk: Desk) -> None:
    desk.body.fill("[1]")
    desk.page.get_by_text("Load test", exact=True).click()
    desk.button("Start").click()
    desk.refuse("load", "service 'digits' gave no answer to 20 requests", "  fix: azml logs digits shows why")
    expect(desk.page.get_by_text("gave no answer to 20 requests")).to_be_visible()
    expect(desk.button("Start")).to_be_visible()


# for everybody --------------------------------------------------------------------------------------------------------


def test_the_playgrounds_classes_are_its_own() -> None:
    sheets = {path.name: set(re.findall(r"\.(azml-[\w-]+)", path.read_text())) for path in FRONTEND.glob("*.css")}
    del sheets["media.css"]  # names classes of every sheet
    own = sheets.pop("playground.css") - sheets.pop("base.css")
    assert {name: own & classes for name, classes in sheets.items() if own & classes} == {}


@pytest.mark.parametrize(
    ("theme", "width"), [("jupyter-light", 900), ("jupyter-dark", 560), ("vscode-dark", 900), ("plain", 560)]
)
def test_everything_at_once_is_accessible(stage: Stage, shots: Path, theme: str, width: int) -> None:
    desk = Desk(stage.open(theme, width=width))
    desk.answer("sample", {**SAMPLE, "hidden": ["Authorization"]})
    desk.button("Send").click()
    failure = {"status": 500, "reason": "Internal Server Error", "ok": False, "cause": "ValueError: no"}
    desk.answer(
        "send", answer(**failure, traceback=["Traceback", "ValueError: no"], frames=["cell In [4], line 9, in run"])
    )
    desk.page.get_by_text("Former requests").click()
    desk.answer("history", [{**ROW, "body": "[8]" * 200}, {**ROW, "number": 2, "status": 500}])
    desk.page.get_by_text("Load test", exact=True).click()
    desk.button("Start").click()
    desk.answer("load", REPORT)
    desk.body.fill("[1, 2")
    desk.button("Send").click()
    desk.page.evaluate("() => { document.querySelector('.azml-playground').style.maxBlockSize = 'none'; }")
    desk.page.set_viewport_size({"width": 1000, "height": 1320})
    desk.page.screenshot(path=shots / f"playground-{theme}-{width}.png")
    found = Axe().run(desk.page).response["violations"]
    assert [(each["id"], each["nodes"]) for each in found if each["impact"] in ("serious", "critical")] == []
    assert desk.page.evaluate(
        "() => { const root = document.querySelector('.azml-root'); return root.scrollWidth <= root.clientWidth; }"
    )


# a real service -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with running_echo(tmp_path_factory.mktemp("service")) as opened:
        yield opened


def kernel(session: Session, op: str, text: str) -> str:
    """What the panel's actions do with a question, without their threads."""
    fields = json.loads(text)
    progress: list[dict[str, object]] = []
    asks = {
        "send": lambda: playground.send(session, fields),
        "sample": lambda: playground.sample(session, fields["name"]),
        "history": lambda: playground.history(session, fields["name"], fields["limit"]),
        "request": lambda: playground.request(session, fields["name"], fields["number"]),
        "load": lambda: playground.load(session, fields, progress.append, Cancel()),
    }
    try:
        return json.dumps({"ok": True, "value": asks[op](), "progress": progress})
    except AzmlError as error:
        return json.dumps({"ok": False, "error": error_state(error), "progress": progress})


def test_the_whole_of_it_with_a_real_service(chromium: Browser, session: Session) -> None:
    with open_stage(chromium) as stage:
        stage.page.expose_function("kernel", lambda op, text: kernel(session, op, text))
        ask_a_real_service(Desk(stage.open(), service(NAME)), session)


def ask_a_real_service(desk: Desk, session: Session) -> None:
    expect(desk.body).to_have_value('{\n  "data": []\n}')
    desk.button("Send").click()
    expect(desk.answered).to_contain_text("200 OK")
    expect(desk.answered).to_contain_text('"content-type": "application/json"')
    desk.page.get_by_label("Content type").fill("text/plain")
    desk.body.fill("fail")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.answered).to_contain_text("ValueError: cannot read b'fail'")
    expect(desk.answered.locator("pre").first).to_contain_text(re.compile(r"line \d+, in parse\s+raise ValueError"))
    desk.body.fill("bytes")
    desk.button("Send").click()
    expect(desk.answered).to_contain_text("256 bytes of")
    desk.page.get_by_text("Former requests").click()
    rows = desk.page.locator(".azml-history-table tbody tr")
    expect(rows).to_have_count(3)
    rows.last.get_by_role("button", name=re.compile("^Open")).click()
    expect(desk.body).to_have_value('{\n  "data": []\n}')
    desk.page.get_by_text("Load test", exact=True).click()
    desk.page.get_by_label("Requests", exact=True).fill("40")
    desk.button("Start").click()
    expect(desk.page.get_by_text(re.compile("40 requests to echo in .*, 0 errors"))).to_be_visible()
    session.stop(NAME)
    desk.button("Send").click()
    expect(desk.answered).to_contain_text("No answer:service 'echo' is stopped")
    expect(desk.answered).to_contain_text("deploy it again: azml deploy echo")
