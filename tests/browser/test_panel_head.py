"""The head of the panel, its steps, its error and its tabs: what they say of a state, and what pressing them sends."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser import panel_states as states
from tests.browser.harness import Stage, open_stage


def test_it_says_hello_and_how_things_stand(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    page = stage.page
    assert stage.sent[0] == {"op": "hello", "feed": None, "have": 0}
    panel = page.get_by_role("region", name="azml panel of digits")
    expect(panel.locator(".azml-head .azml-pill")).to_have_text("Running")
    expect(panel.get_by_role("timer")).to_have_text(re.compile(r"^0:[1-5]\d$"))
    stage.deliver({"op": "news", "state": states.done()})
    expect(panel.locator(".azml-head .azml-pill")).to_have_text("Done")
    expect(panel.get_by_role("timer")).to_have_text("1.8 s")
    expect(panel.get_by_role("status")).to_have_text("digits: Done: digits is running on port 31311")
    expect(panel.get_by_role("button", name="Cancel")).to_be_hidden()


def test_the_clock_goes_on_between_two_messages(stage: Stage) -> None:
    stage.page.clock.install(time=0)
    stage.open()
    stage.page.clock.pause_at(100)
    # The kernel's machine is an hour ahead: its clock counts.
    stage.mount(state=states.running(started=3700, now=3700))
    stage.page.clock.run_for(3100)
    expect(stage.page.get_by_role("timer")).to_have_text("0:03")
    stage.leave()
    stage.page.clock.run_for(60_000)
    expect(stage.page.get_by_role("timer")).to_have_text("0:03")


def test_cancel_says_so_until_the_end(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    cancel = stage.page.get_by_role("button", name="Cancel")
    cancel.focus()
    stage.page.keyboard.press("Enter")
    expect(cancel).to_have_text("Cancelling...")
    stage.page.keyboard.press("Enter")
    stage.deliver({"op": "news", "state": states.running(summary="ending")})
    stage.frame()
    expect(cancel).to_be_focused()
    assert [message for message in stage.sent if message["op"] == "cancel"] == [{"op": "cancel"}]
    stage.deliver({"op": "news", "state": states.done(verdict="cancelled")})
    expect(cancel).to_be_hidden()
    expect(stage.page.get_by_role("button", name="Close")).to_be_focused()
    # The next job can be cancelled again.
    stage.deliver({"op": "news", "state": states.running(job="j2")})
    expect(cancel).to_have_text("Cancel")


def test_a_busy_kernel_is_said_and_news_end_a_snapshot(stage: Stage) -> None:
    stage.page.clock.install(time=0)
    stage.open()
    stage.page.clock.pause_at(100)
    stage.mount(state=states.running())
    stage.page.clock.run_for(100)
    stage.page.get_by_role("button", name="Cancel").click()
    busy = stage.page.get_by_text("the kernel is busy with a cell")
    stage.page.clock.run_for(4000)
    expect(busy).to_be_hidden()
    stage.page.clock.run_for(3000)
    expect(busy).to_be_visible()
    stage.deliver({"op": "news", "state": states.running()})
    stage.page.clock.run_for(100)
    expect(busy).to_be_hidden()
    gone = stage.page.get_by_text("The kernel is gone: this is a snapshot.")
    stage.page.evaluate("fire('comm_live_update')")
    stage.page.clock.run_for(3000)
    expect(gone).to_be_visible()
    expect(stage.page.get_by_role("button", name="Cancelling...")).to_be_hidden()
    stage.deliver({"op": "news", "state": states.running()})
    stage.page.clock.run_for(100)
    expect(gone).to_be_hidden()


def test_close_is_sent_once(stage: Stage) -> None:
    stage.open().mount(state=states.done())
    close = stage.page.get_by_role("button", name=re.compile("Clos"))
    close.click()
    expect(close).to_have_text("Closing...")
    close.click(force=True)
    assert [message["op"] for message in stage.sent] == ["hello", "close"]


def test_a_panel_of_a_service_speaks_of_the_service(stage: Stage) -> None:
    stage.open().mount(state=states.standing())
    page = stage.page
    pill = page.locator(".azml-head .azml-pill")
    expect(pill).to_have_text("running")
    expect(page.get_by_role("timer")).to_be_hidden()
    expect(page.get_by_role("list", name="Steps")).to_be_hidden()
    fold = page.get_by_role("button", name="deploying digits: done 3 min ago in 19.3 s")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("list", name="Steps").get_by_role("listitem")).to_have_count(7)
    # The next job has the head while it runs.
    stage.deliver({"op": "news", "state": states.running(about="service", service_state="deploying")})
    expect(pill).to_have_text("Running")
    expect(fold).to_be_hidden()
    expect(page.get_by_role("timer")).to_be_visible()
    stage.deliver({"op": "news", "state": states.standing(service_state="stopped", verdict="failed")})
    expect(pill).to_have_text("stopped")
    expect(page.get_by_role("status")).to_have_text("digits: stopped: service on port 31311, environment digits:7")
    expect(page.get_by_role("button", name="deploying digits: failed 3 min ago in 19.3 s")).to_be_visible()
    # Of a whole workspace nothing stands or falls.
    stage.deliver({"op": "news", "state": {**states.idle(), "about": "workspace", "title": "services of work"}})
    expect(pill).to_be_hidden()


def test_steps_have_states_in_words_times_reasons_and_progress(stage: Stage) -> None:
    running = states.running()
    running["steps"] += [{"name": "reload", "state": "failed", "seconds": 61.0, "reason": "the script does not load"}]
    running["steps"][1]["progress"] = None
    stage.open().mount(state=running)
    steps = stage.page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps).to_have_count(8)
    expect(steps.nth(0)).to_have_text("check: done12 ms")
    expect(steps.nth(1)).to_have_text("image: done3.4 sthe base image was not on this engine")
    expect(steps.nth(3)).to_have_attribute("aria-current", "step")
    expect(steps.nth(3)).to_contain_text("a new definition41.2 MB of 97.4 MB: scikit-learn")
    bar = stage.page.get_by_role("progressbar", name="Progress of packages")
    expect(bar).to_have_attribute("aria-valuenow", "41200000")
    expect(bar).to_have_attribute("aria-valuetext", "41.2 MB of 97.4 MB: scikit-learn")
    expect(steps.nth(4)).to_have_text("build: waiting")
    expect(steps.nth(7)).to_have_text("reload: failed1 min 1 sthe script does not load")


def test_progress_without_an_end_is_text_alone(stage: Stage) -> None:
    stage.open()
    for progress, text in [
        ({"done": 1, "total": None, "unit": "layers", "text": ""}, "1 layer"),
        ({"done": 3, "total": 7, "unit": "layers", "text": ""}, "3 of 7 layers"),
        ({"done": 12, "total": None, "unit": "packages", "text": "numpy"}, "12 packages: numpy"),
        ({"done": 999, "total": 0, "unit": "bytes", "text": ""}, "999 bytes of 0 bytes"),
    ]:
        assert stage.inside("progressText", progress) == text
    running = states.running()
    running["steps"][3]["progress"] = {"done": 12, "total": None, "unit": "packages", "text": ""}
    stage.mount(state=running)
    expect(stage.page.get_by_text("12 packages", exact=True)).to_be_visible()
    expect(stage.page.get_by_role("progressbar")).to_have_count(0)


def test_nodes_stay_the_same_through_updates(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    stage.frame()
    stage.page.evaluate("""() => {
        window.known = [...document.querySelectorAll(".azml-step, .azml-service, .azml-finding, .azml-tab")];
        window.changes = [];
        // Seconds may have gone on.
        const counting = ({ target }) => target.closest(".azml-clock, .azml-step-time");
        new MutationObserver((records) => changes.push(...records.filter((one) => !counting(one))))
            .observe(document.querySelector(".azml-root"), { subtree: true, childList: true });
    }""")
    same = states.running()
    for times in range(3):
        stage.deliver({"op": "news", "state": {**same, "selected": None if times == 2 else "digits"}})
    stage.frame()
    assert stage.page.evaluate("known.length") > 10
    assert stage.page.evaluate("known.every((node) => node.isConnected)") is True
    assert stage.page.evaluate("changes.map((one) => one.target.outerHTML)") == []


def test_news_are_drawn_once_a_frame(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    stage.frame()
    drawn = stage.page.evaluate(
        """async (state) => {
            const drawn = [];
            const summary = document.querySelector(".azml-summary");
            const observer = new MutationObserver(() => drawn.push(summary.textContent));
            observer.observe(summary, { childList: true, characterData: true });
            for (let number = 1; number <= 50; number += 1) {
                deliver({ op: "news", state: { ...state, summary: `news ${number}` } });
                await null;
            }
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return drawn;
        }""",
        states.running(),
    )
    assert drawn == ["news 50"]


def test_an_error_comes_first_and_is_folded_when_it_is_long(stage: Stage) -> None:
    stage.open().mount(state=states.failed(lines=30))
    error = stage.page.get_by_role("group", name="Error", exact=True)
    expect(error).to_contain_text("init() of score.py failed")
    lines = error.get_by_role("group", name="Lines of the error")
    expect(lines).to_contain_text("FileNotFoundError")
    expect(lines.locator(".azml-line")).to_have_count(10)
    error.get_by_role("button", name="Show all 62 lines").click()
    expect(lines.locator(".azml-line")).to_have_count(62)
    expect(error.get_by_role("button", name="Show the last lines only")).to_have_attribute("aria-expanded", "true")
    # The same error again leaves what was opened open.
    stage.deliver({"op": "news", "state": states.failed(lines=30)})
    stage.frame()
    expect(lines.locator(".azml-line")).to_have_count(62)
    order = stage.page.evaluate(
        """() => [...document.querySelector(".azml-root").children].map((node) => node.className)"""
    )
    assert order.index("azml-error") < order.index("azml-tabs")
    stage.deliver({"op": "news", "state": states.done()})
    expect(error).to_be_hidden()


def test_what_the_kernel_says_is_text(stage: Stage) -> None:
    evil = "<img src=x onerror=alert(1)><b>bold</b>"
    state = states.failed(title=evil, summary=evil, services=[states.service(evil, problem=evil)])
    state["error"] = {"message": evil, "lines": [evil]}
    state["findings"] = [{**states.ERROR, "message": evil, "remedy": evil, "code": evil}]
    stage.open().mount(state=state)
    stage.frame()
    assert stage.page.locator(".azml-root :is(img, b)").count() == 0
    expect(stage.page.locator(".azml-title")).to_have_text(evil)


def test_a_state_with_nothing_in_it_is_shown(stage: Stage) -> None:
    stage.open().mount()
    expect(stage.page.locator(".azml-head .azml-pill")).to_have_text("Idle")
    stage.deliver({"op": "news", "state": {}})
    stage.deliver(
        {
            "op": "news",
            "state": {"verdict": "odd", "steps": [{"name": "x", "state": "odd"}], "services": [{"name": "s"}]},
        }
    )
    expect(stage.page.locator(".azml-head .azml-pill")).to_have_text("odd")
    expect(stage.page.locator(".azml-step")).to_have_text("x: odd")


def test_words_of_a_front_end_replace_those_of_the_table(stage: Stage) -> None:
    stage.open().mount(state=states.running(words={"verdict.running": "Läuft", "no.such": "x"}))
    expect(stage.page.locator(".azml-head .azml-pill")).to_have_text("Läuft")


def test_figures_are_written_as_readers_do(stage: Stage) -> None:
    stage.open()
    written = stage.inside("""() => [
        formatSeconds(0.0004), formatSeconds(0.45), formatSeconds(1.25), formatSeconds(59.97), formatSeconds(3725),
        formatMilliseconds(0.42), formatMilliseconds(48.7), formatMilliseconds(1234),
        formatClock(7), formatClock(3723), formatAge(90061),
        formatBytes(1), formatBytes(12_340_000), formatCount(120400),
    ]""")
    assert written[:5] == ["0 ms", "450 ms", "1.3 s", "1 min 0 s", "1 h 2 min"]
    assert written[5:8] == ["0.4 ms", "49 ms", "1.2 s"]
    ago = stage.inside("[0, 5, 61, 7200, 200000].map(formatAgo)")
    assert ago == ["just now", "5 s ago", "1 min ago", "2 h ago", "2 d ago"]
    assert written[8:] == ["0:07", "1:02:03", "1 d 1 h", "1 byte", "12.3 MB", "120,400"]


def test_midnight_is_the_hour_zero(chromium: Browser) -> None:
    with open_stage(chromium, timezone_id="UTC", locale="en-US") as stage:
        stage.open()
        assert stage.inside("formatTime(1700006400 + 62)") == "00:01:02"


def test_what_is_said_twice_is_heard_twice(stage: Stage) -> None:
    stage.open().mount(state=states.failed())
    stage.page.evaluate("""() => {
        window.heard = [];
        const status = document.querySelector("[role=status]");
        new MutationObserver(() => heard.push(status.textContent.trim())).observe(status, { childList: true });
        Object.defineProperty(navigator, "clipboard", { value: undefined });
        document.execCommand = () => false;
    }""")
    copy = stage.page.get_by_role("group", name="Error", exact=True).get_by_role("button", name="Copy")
    for _ in range(2):
        copy.click()
        stage.frame()
    said = "This page may not use the clipboard: select the text instead."
    stage.page.wait_for_function("heard.length === 2")
    assert stage.page.evaluate("heard") == [said, said]
