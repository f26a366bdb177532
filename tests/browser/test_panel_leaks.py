"""A panel that goes takes everything with it: listeners, elements, timers, and what it knew of the log."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser import panel_states as states
from tests.browser.harness import Stage

#: Shows a view and takes it away, so many times, as a front end does with a cell that scrolls or runs again.
COME_AND_GO = """async (times) => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let time = 0; time < times; time += 1) {
        const el = document.createElement("div");
        document.getElementById("stage").append(el);
        const end = await widget.render({ model: makeModel(), el });
        await frame();
        for (const tab of el.querySelectorAll("[role=tab]")) tab.click();
        await frame();
        await end();
        el.remove();
    }
}"""
#: Timers and observers that go on; what is asked of the browser itself is counted by the browser.
COUNT = """() => {
    window.going = { intervals: new Set(), observers: new Set() };
    const [start, stop] = [window.setInterval, window.clearInterval];
    window.setInterval = (...rest) => { const id = start(...rest); going.intervals.add(id); return id; };
    window.clearInterval = (id) => { going.intervals.delete(id); stop(id); };
    for (const kind of [MutationObserver, ResizeObserver]) {
        const { observe, disconnect } = kind.prototype;
        kind.prototype.observe = function (...rest) { going.observers.add(this); observe.apply(this, rest); };
        kind.prototype.disconnect = function () { going.observers.delete(this); disconnect.apply(this); };
    }
}"""


class Browserside:
    """What the browser counts of a page."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.session: CDPSession = stage.page.context.new_cdp_session(stage.page)
        self.session.send("Performance.enable")

    def count(self) -> dict[str, float]:
        """Nodes, listeners and bytes that are held."""
        # The guard of the keys ends with the first key pressed elsewhere.
        self.stage.page.keyboard.press("Shift")
        for _ in range(3):
            self.stage.frame()
            self.session.send("HeapProfiler.collectGarbage")
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}


@pytest.fixture
def browserside(stage: Stage) -> Browserside:
    stage.open()
    stage.page.evaluate(COUNT)
    return Browserside(stage)


def test_views_that_come_and_go_leave_nothing(stage: Stage, browserside: Browserside) -> None:
    stage.mount(state=states.failed(lines=20))
    stage.deliver_log([(1.0 + number, "builder", f"line {number}") for number in range(500)])
    stage.page.evaluate(COME_AND_GO, 5)
    before = browserside.count()
    stage.page.evaluate(COME_AND_GO, 30)
    after = browserside.count()
    assert after["JSEventListeners"] - before["JSEventListeners"] <= 10
    assert after["Nodes"] - before["Nodes"] <= 100
    # One view alone takes more than 100 kB.
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < 2_000_000
    # The view that is still there has its clock, and watches its size and the theme.
    assert stage.page.evaluate("[going.intervals.size, going.observers.size]") == [1, 2]


def test_presses_in_the_log_leave_no_listeners(stage: Stage, browserside: Browserside) -> None:
    stage.mount(state=states.running())
    stage.deliver_log([(1.0, "builder", "a line")])
    log = stage.page.get_by_role("log")
    log.click()
    before = browserside.count()
    for _ in range(10):
        log.click()
    assert browserside.count()["JSEventListeners"] <= before["JSEventListeners"]


def test_a_model_that_is_gone_is_not_kept_by_the_kernel(stage: Stage) -> None:
    stage.open()
    held = stage.page.evaluate("""async () => {
        const signal = () => {
            const slots = new Set();
            return { slots, connect: (slot) => slots.add(slot), disconnect: (slot) => slots.delete(slot) };
        };
        const kernel = { statusChanged: signal(), disposed: signal() };
        window.widget = panelModule.default();
        const model = { ...makeModel(), widget_manager: { kernel } };
        const close = await widget.initialize({ model });
        const count = () => kernel.statusChanged.slots.size + kernel.disposed.slots.size;
        const el = document.getElementById("stage");
        await widget.render({ model, el });
        const during = count();
        await close();
        return [during, count()];
    }""")
    assert held == [2, 0]
    # What was shown of it stays, as a snapshot.
    expect(stage.page.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
