"""The whole panel for everybody: axe-core, the keyboard alone, narrow, still and on paper, in several themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import panel_states as states
from tests.browser.harness import Stage, open_stage

TABS = ("log", "services", "playground", "findings")
LINES = [
    (
        1_700_000_000 + number / 10,
        source,
        f"\x1b[3{number % 7 + 1}mstep {number}\x1b[0m of the build: \x1b[1mnumpy\x1b[0m 2.2.6",
    )
    for number, source in enumerate(["builder", "server", "init", "request"] * 30)
]


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script + "\n;0")
    found = page.evaluate("axe.run('#stage', { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:160]} {[check['message'] for check in node['any']][:1]}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def show(stage: Stage, state: dict[str, Any], tab: str) -> None:
    stage.deliver({"op": "news", "state": state})
    stage.page.locator(f"[data-tab={tab}]").click()
    # What is under the pointer has colours of its own.
    stage.page.mouse.move(0, 0)
    stage.frame()


@pytest.mark.parametrize(
    ("theme", "width"),
    [("jupyter-light", 960), ("jupyter-dark", 600), ("vscode-dark", 960), ("plain", 380)],
)
def test_axe_finds_no_serious_fault(chromium: Browser, shots: Path, theme: str, width: int) -> None:
    with open_stage(chromium, viewport={"width": 1000, "height": 1300}, reduced_motion="reduce") as stage:
        stage.open(theme, width).mount(state=states.idle())
        found = faults(stage.page)
        stage.deliver_log(LINES)
        for name, state in (("running", states.running()), ("failed", states.failed(lines=9)), ("done", states.done())):
            for tab in TABS if name == "failed" else TABS[name == "done" :][:1]:
                show(stage, state, tab)
                found += [f"{name} {tab}: {fault}" for fault in faults(stage.page)]
                assert stage.page.evaluate(states.OUTSIDE) == [], (name, tab)
                stage.page.locator("#stage").screenshot(path=shots / f"panel-{theme}-{width}-{name}-{tab}.png")
        stage.deliver({"op": "news", "state": states.running()})
        stage.frame()
        stage.leave()
        stage.frame()
        expect(stage.page.get_by_text("The kernel is gone: this is a snapshot.")).to_be_visible()
        found += [f"gone: {fault}" for fault in faults(stage.page)]
        stage.page.locator("#stage").screenshot(path=shots / f"panel-{theme}-{width}-gone.png")
        assert found == []


def test_everything_is_reached_with_the_keyboard(stage: Stage) -> None:
    stage.open().mount(state=states.running(error={"message": "no", "lines": ["  cell In [3], line 2", "  no"]}))
    page = stage.page
    page.get_by_role("tab", name="Services").click()
    page.locator(".azml-root").focus()
    walked = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate("""() => {
            const node = document.activeElement;
            const { outlineStyle, outlineWidth } = getComputedStyle(node);
            const outlined = outlineStyle !== "none" && outlineWidth !== "0px";
            return [node.getAttribute("aria-label") ?? node.innerText, outlined];
        }""")
        if name in walked or page.evaluate("document.activeElement === document.body"):
            break
        assert outlined, name
        walked.append(name)
    assert walked[:4] == ["Cancel", "Close", "Lines of the error", "Copy"]
    assert walked[4].startswith("Services")
    assert walked[5:10] == [
        "Log of digits",
        "Try digits in the playground",
        "Reload digits",
        "Update digits",
        "Stop digits",
    ]
    assert len(walked) == 5 + 15


def test_tabs_follow_the_arrow_keys(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    page = stage.page
    log = page.get_by_role("tab", name="Log")
    log.focus()
    expect(page.get_by_role("tab", selected=True)).to_have_count(1)
    for key, name in (
        ("ArrowRight", "Services"),
        ("End", "Findings"),
        ("ArrowRight", "Log"),
        ("ArrowLeft", "Findings"),
        ("Home", "Log"),
    ):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        expect(page.get_by_role("tabpanel")).to_have_count(1)
    assert page.locator("[role=tab][tabindex='0']").count() == 1
    # A new state takes the focus from nobody.
    stage.deliver({"op": "news", "state": states.failed()})
    stage.frame()
    expect(log).to_be_focused()


def test_several_panels_on_a_page_do_not_clash(stage: Stage) -> None:
    stage.open().mount(state=states.running())
    stage.show()
    stage.frame()
    ids = stage.page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    assert (
        stage.page.evaluate("""() => ["aria-controls", "aria-labelledby", "aria-describedby", "for"].flatMap((name) =>
        [...document.querySelectorAll(`[${name}]`)].flatMap((node) => node.getAttribute(name).split(" "))
    ).filter((id) => !document.getElementById(id))""")
        == []
    )
    first, second = (stage.page.locator(".azml-root").nth(number) for number in range(2))
    first.get_by_role("tab", name="Findings").click()
    expect(second.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    assert len(stage.page.locator("[aria-live=polite], [role=status], [role=alert]").all()) == 2
    # One of them goes; the other goes on.
    stage.page.evaluate("async () => { await cleanups.shift()(); }")
    stage.deliver({"op": "news", "state": states.done()})
    expect(second.locator(".azml-head .azml-pill")).to_have_text("Done")
    expect(first.locator(".azml-head .azml-pill")).to_have_text("Running")


def test_nothing_moves_for_those_who_asked_for_it(chromium: Browser) -> None:
    with open_stage(chromium, reduced_motion="reduce") as stage:
        stage.open().mount(state=states.running())
        stage.frame()
        assert stage.page.evaluate("document.getAnimations().length") == 0


def test_colours_of_the_readers_own_say_as_much(chromium: Browser) -> None:
    with open_stage(chromium, forced_colors="active") as stage:
        stage.open("plain").mount(state=states.running())
        stage.frame()
        colour = "(node, name) => getComputedStyle(node)[name]"
        page = stage.page

        def of(locator: Locator, name: str) -> str:
            return str(locator.evaluate(colour, name))

        pressed, other = (page.get_by_role("button", name=name, exact=True) for name in ("Follow", "Wrap"))
        assert of(pressed, "backgroundColor") != of(other, "backgroundColor")
        chosen, resting = (page.get_by_role("tab", name=name) for name in ("Log", "Services"))
        assert of(chosen, "borderBottomColor") != of(resting, "borderBottomColor")
        assert of(resting, "borderBottomColor") == of(page.locator(".azml-root"), "backgroundColor")
        bar = page.get_by_role("progressbar")
        assert of(bar, "borderTopWidth") == "1px"
        assert of(bar.locator(".azml-bar-fill"), "backgroundColor") != of(bar, "backgroundColor")


def test_a_page_from_right_to_left_leaves_english_and_programs_as_they_are(stage: Stage) -> None:
    stage.open(width=600).page.evaluate("document.documentElement.dir = 'rtl'")
    stage.mount(state=states.failed(title="x" * 200))
    stage.deliver_log(LINES)
    stage.frame()
    page = stage.page
    assert page.locator(".azml-root").evaluate("(root) => [root.lang, root.dir]") == ["en", "ltr"]
    # Where the front end has words in such a language, programs and logs stay as they are.
    stage.deliver({"op": "news", "state": states.failed(words={"panel.direction": "rtl"})})
    stage.show()
    stage.frame()
    second = page.locator(".azml-root").nth(1)
    assert second.evaluate("(root) => root.dir") == "rtl"
    for inside in (".azml-log-lines", ".azml-error-lines", ".azml-body"):
        assert second.locator(inside).evaluate("(node) => getComputedStyle(node).direction") == "ltr"
    for tab in TABS:
        second.locator(f"[data-tab={tab}]").click()
        stage.frame()
        assert page.evaluate(states.OUTSIDE) == [], tab


def test_a_thousand_findings_and_a_hundred_services_are_shown(stage: Stage) -> None:
    findings = [{**states.ERROR, "message": f"finding {number // 500}"} for number in range(1000)]
    state = states.running(findings=findings, services=[states.service(f"service-{number}") for number in range(100)])
    stage.open().mount(state=state)
    page = stage.page
    expect(page.locator(".azml-finding")).to_have_count(1000)
    expect(page.locator(".azml-service")).to_have_count(100)
    # Those that stay the same are left alone.
    page.evaluate("""() => {
        window.changes = 0;
        const options = { childList: true, subtree: true, attributes: true, characterData: true };
        const observer = new MutationObserver((all) => { changes += all.length; });
        observer.observe(document.querySelector(".azml-findings"), options);
    }""")
    stage.deliver({"op": "news", "state": {**state, "summary": "more", "findings": [*findings, states.WARNING]}})
    stage.frame()
    expect(page.locator(".azml-finding")).to_have_count(1001)
    assert page.evaluate("changes") == 1


def test_on_paper_there_are_no_buttons(stage: Stage, shots: Path) -> None:
    stage.open("jupyter-dark").mount(state=states.failed())
    stage.page.emulate_media(media="print")
    for name in ("Close", "Copy"):
        expect(stage.page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(stage.page.get_by_text("FileNotFoundError")).to_be_visible()
    # Ink on paper, whatever the screen's theme.
    assert stage.page.evaluate("getComputedStyle(document.querySelector('.azml-root')).colorScheme") == "light"
    stage.page.locator("#stage").screenshot(path=shots / "panel-print.png")
