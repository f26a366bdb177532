"""The log's view: only what is to be seen is in the page; it follows, searches, filters, copies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.harness import Stage, open_stage
from tests.browser.log_page import LogPage

SELECT = """([from, to]) => {
    const walk = (element) => document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const text = (at) => walk(rows()[at].querySelector(".azml-log-text")).nextNode();
    document.getSelection().setBaseAndExtent(text(from[0]), from[1], text(to[0]), to[1]);
}"""
#: What a copy would put on the clipboard.
COPIED = """() => {
    const data = new DataTransfer();
    const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
    (document.getSelection().anchorNode?.parentElement?.closest(".azml-log-lines") ?? lines).dispatchEvent(event);
    return [event.defaultPrevented, data.getData("text/plain")];
}"""


def pressed(log: LogPage, name: str) -> bool:
    return log.page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"


def top(log: LogPage) -> float:
    found: float = log.page.evaluate("lines.scrollTop")
    return found


def test_a_hundred_thousand_lines_are_a_few_rows(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(100_000)
    assert log.visible()[-1] == 99_999
    assert len(log.texts()) < 60
    assert stage.page.evaluate("document.querySelectorAll('.azml-log *').length") < 500
    assert stage.page.inner_text(".azml-log-foot") == "100,000 lines"
    log.scroll(50_000 * stage.page.evaluate("rows()[0].offsetHeight"))
    assert log.visible()[0] == 50_000
    assert log.texts()[0].startswith("line 49")


def test_a_message_of_8000_lines_is_taken_in_slices(stage: Stage) -> None:
    LogPage(stage)
    assert stage.page.evaluate("""async () => {
        store.take({ feed: "f", at: 0, count: 8000 }, makeLines(0, 8000));
        const ends = [store.end];
        await new Promise((done) => {
            store.subscribe(() => {
                ends.push(store.end);
                if (store.end === 8000) done();
            });
        });
        return ends[0] === 0 && ends.length > 2;
    }""")


def test_it_follows_until_the_reader_scrolls_up(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(500)
    assert pressed(log, "Follow")
    assert log.visible()[-1] == 499
    log.scroll(top(log) - 600)
    assert not pressed(log, "Follow")
    seen, place = log.visible(), top(log)
    log.take_many(500)
    assert (log.visible(), top(log)) == (seen, place)
    log.lines.focus()
    log.press("End")
    assert pressed(log, "Follow")
    assert log.visible()[-1] == 999
    log.take_many(10)
    assert log.visible()[-1] == 1009


def test_the_wheel_lets_go_and_the_end_takes_hold_again(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(500)
    log.lines.hover()
    stage.page.mouse.wheel(0, -300)
    expect(stage.page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    stage.page.mouse.wheel(0, 3000)
    expect(stage.page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "true")


def test_follow_is_a_button_too(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(500)
    log.toggle("Follow")
    log.take_many(100)
    assert log.visible()[-1] == 499
    log.toggle("Follow")
    assert log.visible()[-1] == 599


def test_the_lines_in_view_stay_while_older_ones_are_dropped(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(200_000)
    log.scroll(top(log) - 100_000)
    seen = log.visible()
    log.take_many(5_000)
    assert stage.page.evaluate("store.first") > 4_000
    assert log.visible() == seen


def test_search_counts_and_goes_round(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("one error", "two", "error and ERROR", "three", "\x1b[31mer\x1b[32mror\x1b[0m in two colours")
    log.search.fill("error")
    assert log.found() == "1/4"
    for position in (2, 3, 4, 1):
        log.press("Enter")
        assert log.found() == f"{position}/4"
    log.press("Shift+Enter")
    assert log.found() == "4/4"
    marks = stage.page.locator("mark.azml-current")
    assert marks.all_inner_texts() == ["er", "ror"]
    assert stage.page.locator("mark").count() == 5
    log.toggle("Match case")
    assert log.found() == "1/3"
    log.search.fill("nothing")
    assert log.found() == "0/0"
    log.search.press("Escape")
    assert log.found() == ""
    assert stage.page.locator("mark").count() == 0
    expect(log.lines).to_be_focused()


def test_search_takes_letters_as_they_are(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("a.b (c) [d] \\e $f ^g *h+ {i} x|y - /", "ÄÖ äö", "\U0001f600\U0001f600")
    for query, count in [
        (".", 1),
        ("- /", 1),
        ("(c)", 1),
        ("[d] \\e $f ^g *h+ {i} x|y - /", 1),
        ("äö", 2),
        ("\U0001f600", 2),
    ]:
        log.search.fill(query)
        assert log.found().endswith(f"/{count}")


def test_search_shows_matches_far_away_and_goes_on_with_new_lines(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(100_000)
    log.scroll(0)
    log.search.fill("line 7777")
    assert log.found() == "1/11"
    assert 7777 in log.visible()
    assert not pressed(log, "Follow")
    seen = log.visible()
    log.take([(1732220200.0, "run", "another line 7777")])
    assert log.found() == "1/12"
    assert log.visible() == seen
    log.press("Shift+Enter")
    assert log.found() == "12/12"
    assert 100_000 in log.visible()


def test_a_match_that_is_found_late_moves_nobody_who_scrolled_on(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(100_000)
    log.scroll(0)
    stage.page.evaluate("""() => {
        const find = document.querySelector(".azml-log-find");
        find.value = "line 99999";
        find.dispatchEvent(new Event("input"));
        lines.scrollTop = 3000;
    }""")
    assert log.found() == "0/1"
    assert top(log) == 3000
    log.search.press("Enter")
    assert log.found() == "1/1"
    assert 99_999 in log.visible()


def test_a_match_to_the_right_is_brought_into_view(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("x" * 3000 + "needle", "short", "y" * 9000 + "pin" + "z" * 9000)
    for query in ("needle", "pin"):
        log.search.fill(query)
        assert log.found() == "1/1"
        box, frame = stage.page.locator("mark").bounding_box(), log.lines.bounding_box()
        assert box
        assert frame
        assert frame["x"] < box["x"] < frame["x"] + frame["width"] - box["width"]


def test_the_view_stays_to_the_right_where_lines_are_short(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("x" * 1000, *["short"] * 300)
    log.scroll(0)
    stage.page.evaluate("() => { lines.scrollLeft = 3000; }")
    log.settle()
    place = stage.page.evaluate("lines.scrollLeft")
    assert place > 2000
    log.scroll(3000)
    assert stage.page.evaluate("lines.scrollLeft") == place
    log.toggle("Wrap")
    assert stage.page.evaluate("lines.scrollWidth <= lines.clientWidth")


def test_sources_are_chosen_with_counts(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(1000)
    log.take([(1732220001.0, "builder", "the last")])
    names = stage.page.get_by_role("group", name="Lines of").get_by_role("button").all_inner_texts()
    assert names == ["builder 201", "server 200", "init 200", "request 200", "run 200"]
    for name in ("server", "init", "request"):
        log.toggle(name)
    assert {number % 5 for number in log.visible()} == {0, 4}
    assert log.visible()[-1] == 1000
    assert stage.page.inner_text(".azml-log-foot") == "401 of 1,001 lines shown"
    log.search.fill("line 1")
    assert log.found().endswith("/44")
    log.take([(1732220001.0, "server", "hidden line 1"), (1732220001.0, "run", "shown line 1")])
    assert log.found().endswith("/45")
    assert log.visible()[-1] != 1001
    log.toggle("builder")
    log.toggle("run")
    assert stage.page.inner_text(".azml-log-empty") == "The sources chosen above wrote no lines."
    log.toggle("server")
    assert {number % 5 for number in log.visible()} == {1}


def test_the_line_at_the_top_stays_when_rows_change(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(3000)
    log.scroll(1500 * stage.page.evaluate("rows()[0].offsetHeight"))
    assert log.visible()[0] == 1500
    log.toggle("server")
    assert log.visible()[0] == 1500
    log.toggle("builder")
    assert log.visible()[0] == 1502
    log.toggle("builder")
    log.toggle("server")
    assert log.visible()[0] == 1502


def test_time_stamps_are_the_readers_and_since_the_start(chromium: Browser) -> None:
    with open_stage(chromium, timezone_id="Asia/Kolkata") as stage:
        log = LogPage(stage)
        at = dt.datetime(2024, 11, 21, 20, 15, 0, tzinfo=dt.timezone.utc).timestamp()
        log.take([(at + 0.25, "builder", "first"), (1732220000.0 + 3723.5, "run", "second")])
        read = "() => rows().map((row) => row.querySelector('.azml-log-time').dataset.text)"
        times = stage.page.get_by_label("Time stamps")
        assert stage.page.evaluate(read) == ["", ""]
        times.select_option("Clock")
        log.settle()
        assert stage.page.evaluate(read)[0] == "01:45:00.250"
        times.select_option("Since start")
        log.settle()
        assert stage.page.evaluate(read)[1] == "+1:02:03.500"
        times.select_option("No times")
        log.settle()
        assert not stage.page.locator(".azml-log-time").first.is_visible()


def test_wrapped_lines_show_everything_and_can_be_searched(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("start", *("w" * 5000 + f"needle{number}" + "世界" * 300 for number in range(20)), "end")
    log.toggle("Wrap")
    assert stage.page.evaluate("lines.scrollWidth <= lines.clientWidth")
    assert log.visible()[-1] == 21
    log.search.fill("needle3")
    assert log.found() == "1/1"
    mark = stage.page.locator("mark.azml-current")
    assert "needle3".startswith(mark.first.inner_text())
    frame, box = log.lines.bounding_box(), mark.first.bounding_box()
    assert frame
    assert box
    assert frame["y"] <= box["y"] < frame["y"] + frame["height"]
    log.scroll(0)
    whole = stage.page.evaluate("""async () => {
        let text = "";
        for (let part = 0; ; part += 1) {
            const row = rows().find((one) => one.dataset.number === "1" && one.dataset.part === String(part));
            if (!row) return text;
            text += row.querySelector(".azml-log-text").textContent;
            lines.scrollTop += row.offsetHeight;
            await settled();
        }
    }""")
    assert whole == "w" * 5000 + "needle0" + "世界" * 300
    log.toggle("Wrap")
    assert len(log.texts()[1]) == 4000


def test_the_wrap_follows_the_width(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts(*["v" * 500] * 50)
    log.toggle("Wrap")
    wide = stage.page.evaluate("lines.scrollHeight")
    stage.page.evaluate("() => { document.getElementById('stage').style.width = '500px'; }")
    log.settle()
    assert stage.page.evaluate("lines.scrollHeight") > wide
    assert stage.page.evaluate("lines.scrollWidth <= lines.clientWidth")


def test_line_numbers_and_times_are_not_text(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts("only this")
    stage.page.get_by_label("Time stamps").select_option("Clock")
    log.settle()
    assert stage.page.evaluate("rows()[0].textContent") == "only this"


def test_a_selection_is_copied_as_text_and_survives_scrolling(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(2000)
    log.scroll(0)
    stage.page.evaluate("() => { store.reset('g'); }")
    log.have = 0
    log.take([(1732220000.0, "run" if number % 2 else "init", f"line {number}") for number in range(1000)], feed="g")
    log.scroll(0)
    stage.page.evaluate(SELECT, [[1, 2], [3, 4]])
    assert stage.page.evaluate(COPIED) == [True, "ne 1\nline 2\nline"]
    log.scroll(5000)
    log.take([(1732220000.0, "init", "one more")], feed="g")
    assert stage.page.evaluate(COPIED) == [True, "ne 1\nline 2\nline"]
    last = "rows().at(-1).querySelector('.azml-log-text').firstChild"
    number = stage.page.evaluate("Number(rows().at(-1).dataset.number)")
    stage.page.evaluate(f"() => {{ document.getSelection().extend({last}, 3); }}")
    _, text = stage.page.evaluate(COPIED)
    assert text.splitlines() == ["ne 1", *(f"line {n}" for n in range(2, number)), "lin"]
    log.toggle("run")
    _, text = stage.page.evaluate(COPIED)
    assert "line 3" not in text.splitlines()


def test_a_selection_stops_following(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts(*[f"text {number}" for number in range(200)])
    stage.page.evaluate(SELECT, [[9, 0], [10, 2]])
    seen = log.visible()
    log.take_many(50)
    assert log.visible() == seen
    assert not pressed(log, "Follow")


@pytest.fixture
def trusted(chromium: Browser) -> Iterator[Stage]:
    with open_stage(chromium, permissions=["clipboard-read", "clipboard-write"]) as stage:
        yield stage


def test_copy_takes_all_lines_shown_without_colours(trusted: Stage) -> None:
    log = LogPage(trusted)
    log.take(
        [(1732220000.0, "run", "\x1b[31mred\x1b[0m"), (1732220001.0, "init", "hidden"), (1732220002.0, "run", "end")]
    )
    log.toggle("init")
    trusted.page.get_by_role("button", name="Copy").click()
    expect(trusted.page.locator(".azml-log-foot")).to_have_text("2 lines are on the clipboard.")
    assert trusted.page.evaluate("navigator.clipboard.readText()") == "red\nend\n"
    trusted.page.evaluate(SELECT, [[0, 1], [1, 2]])
    trusted.page.get_by_role("button", name="Copy").click()
    trusted.page.wait_for_function("announced.length === 2")
    assert trusted.page.evaluate("navigator.clipboard.readText()") == "ed\nen"


def test_copy_works_where_the_page_has_no_clipboard(trusted: Stage) -> None:
    log = LogPage(trusted)
    log.take_texts("one", "two")
    trusted.page.evaluate("""() => {
        const read = navigator.clipboard.readText.bind(navigator.clipboard);
        window.readClipboard = read;
        Object.defineProperty(navigator, "clipboard", { value: undefined });
    }""")
    trusted.page.get_by_role("button", name="Copy").click()
    expect(trusted.page.locator(".azml-log-foot")).to_have_text("2 lines are on the clipboard.")
    assert trusted.page.evaluate("readClipboard()") == "one\ntwo\n"


def test_select_all_means_the_log_and_not_the_page(trusted: Stage) -> None:
    log = LogPage(trusted)
    log.take_many(5000)
    log.lines.focus()
    log.press("Control+a", "Control+c")
    text = trusted.page.evaluate("navigator.clipboard.readText()")
    assert len(text.splitlines()) == 5000
    assert text.startswith("line 0 of a build")
    log.press("Escape")
    assert trusted.page.evaluate(COPIED)[0] is False


def test_a_copy_that_the_body_is_told_of(stage: Stage) -> None:
    """As Firefox does while nothing is selected, whatever has the focus."""
    log = LogPage(stage)
    log.take_texts("one", "two")
    told = COPIED.replace("lines).dispatchEvent", "document.body).dispatchEvent")
    log.lines.focus()
    log.press("Control+a")
    assert stage.page.evaluate(told) == [True, "one\ntwo"]
    log.search.focus()
    assert stage.page.evaluate(told)[0] is False


def test_the_clipboard_is_asked_in_the_click(stage: Stage) -> None:
    """WebKit allows it in the click's own task alone, and collecting the text takes more than that."""
    log = LogPage(stage)
    log.take_many(3000)
    stage.page.evaluate("""() => {
        let clicked = false;
        addEventListener("click", () => { clicked = true; }, true);
        addEventListener("click", () => { clicked = false; });
        const write = async (items) => {
            if (!clicked) throw new DOMException("not by the user", "NotAllowedError");
            window.copied = await (await (await items[0].getType("text/plain")).text());
        };
        Object.defineProperty(navigator, "clipboard", { value: { write, writeText: () => Promise.reject() } });
        document.execCommand = () => false;
    }""")
    stage.page.get_by_role("button", name="Copy").click()
    expect(stage.page.locator(".azml-log-foot")).to_have_text("3,000 lines are on the clipboard.")
    assert len(stage.page.evaluate("copied").splitlines()) == 3000


def test_a_log_never_gets_taller_than_browsers_can(stage: Stage) -> None:
    """In Firefox an element of more than 17.8 million pixels has no height at all."""
    log = LogPage(stage)
    log.take_texts(*["x" * 100] * 10)
    found = stage.inside("""() => {
        const rows = makeRows(store);
        rows.configure(new Set(), 40, 25);
        while (rows.advance(5));
        return [rows.now.rows, rows.now.columns];
    }""")
    assert found == [20, 80]


def test_the_log_is_a_file_to_download(stage: Stage, tmp_path: Path) -> None:
    log = LogPage(stage, state={"title": "build: digits/../x", "log": {"feed": "f", "path": "/log/x.txt"}})
    log.take([(1732220000.0, "run", "\x1b[31mfirst\x1b[0m kept")], at=1234, reset=True)
    log.take_many(3000)
    with stage.page.expect_download() as download:
        stage.page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "build-digits-..-x.log"
    path = tmp_path / "log"
    download.value.save_as(path)
    lines = path.read_text().splitlines()
    assert lines[:2] == ["1,234 lines dropped; the whole log is /log/x.txt", "first kept"]
    assert len(lines) == 3002
    assert lines[-1].startswith("line 4234 of a build")


def test_keys_work_in_the_log_and_reach_nobody_else(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(1000)
    stage.page.evaluate(
        "() => { window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key)); }"
    )
    log.lines.focus()
    log.press("Home")
    assert log.visible()[0] == 0
    assert not pressed(log, "Follow")
    log.press("PageDown")
    stage.page.wait_for_function("lines.scrollTop > 100")
    log.press("d", "d", "x", "/")
    expect(log.search).to_be_focused()
    stage.page.keyboard.type("line 500")
    assert log.found() == "1/1"
    log.press("Enter", "Escape")
    expect(log.lines).to_be_focused()
    log.press("Control+f")
    expect(log.search).to_be_focused()
    log.press("Escape", "End")
    assert log.visible()[-1] == 999
    assert stage.page.evaluate("heard.filter((key) => key !== 'Control')") == []
    # What is not ours stays the front end's.
    log.press("Control+s")
    assert "s" in stage.page.evaluate("heard")


def test_it_is_described_for_screen_readers(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(200)
    assert log.lines.get_attribute("aria-live") == "off"
    log.scroll(0)
    log.search.fill("line 19")
    log.found()
    log.press("Enter")
    assert stage.page.evaluate("announced") == ["Match 1 of 11", "Match 2 of 11"]
    for theme in ("jupyter-light", "jupyter-dark"):
        log = LogPage(stage, theme=theme)
        log.take_many(200)
        log.search.fill("line 19")
        log.settle()
        faults = Axe().run(stage.page, context=".azml-root").response["violations"]
        assert [(fault["id"], fault["impact"], [node["html"] for node in fault["nodes"]]) for fault in faults] == []


def test_the_search_keeps_its_room_beside_many_sources(stage: Stage) -> None:
    log = LogPage(stage)
    for source in ("builder", "server", "init", "request", "run"):
        log.take(130 * [(1.0, source, "x")])
        expect(log.page.get_by_role("button", name=f"{source} 130")).to_be_visible()
        for width in range(600, 1201, 20):
            log.page.evaluate("w => { document.getElementById('stage').style.width = `${w}px`; }", width)
            box = log.search.bounding_box()
            assert box is not None
            assert box["width"] > 140, (source, width)


def test_six_hundred_pixels_are_enough(stage: Stage) -> None:
    log = LogPage(stage, width=600)
    log.take_many(200)
    assert stage.page.evaluate("document.querySelector('.azml-root').scrollWidth") <= 600
    for name in ("Follow", "Wrap", "Copy", "Download", "Next match"):
        box = stage.page.get_by_role("button", name=name).bounding_box()
        assert box
        assert box["x"] + box["width"] <= 608


def test_after_the_end_scrolling_searching_and_copying_go_on(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(5000)
    stage.page.evaluate("view.destroy()")
    log.scroll(0)
    assert log.visible()[0] == 0
    log.search.fill("line 4000")
    assert log.found() == "1/1"
    assert 4000 in log.visible()
    log.toggle("Wrap")
    log.toggle("server")
    assert log.visible()


def test_an_empty_log_says_what_comes(stage: Stage) -> None:
    log = LogPage(stage)
    log.settle()
    assert stage.page.inner_text(".azml-log-empty").startswith("No lines yet: they appear here")
    log.take_texts("first")
    assert not stage.page.locator(".azml-log-empty").is_visible()


def test_a_hidden_view_shows_everything_once_it_is_shown(stage: Stage) -> None:
    log = LogPage(stage)
    stage.page.evaluate("() => { view.element.hidden = true; }")
    log.take_many(1000)
    assert log.texts() == []
    stage.page.evaluate("() => { view.element.hidden = false; view.shown(); }")
    log.settle()
    assert log.visible()[-1] == 999


def test_two_views_of_one_log_do_not_disturb_each_other(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_many(300)
    stage.inside("""() => {
        const other = makeLogView(makeContext(), store);
        document.querySelector(".azml-root").append(other.element);
        window.other = other.element.querySelector(".azml-log-lines");
    }""")
    log.settle()
    log.scroll(0)
    log.take_many(300)
    assert log.visible()[0] == 0
    assert stage.page.evaluate("other.scrollTop + other.clientHeight >= other.scrollHeight - 1")


def test_a_line_of_thousands_of_colours_and_matches_stays_cheap(stage: Stage) -> None:
    log = LogPage(stage)
    colourful = "".join(f"\x1b[38;5;{number % 256}ma" for number in range(2500))
    log.take_texts(*[colourful] * 40)
    log.scroll(0)
    log.search.fill("a")
    assert log.found() == "1/100,000"
    assert log.texts()[0] == "a" * 2500
    assert stage.page.evaluate("lines.querySelectorAll('*').length") < 40 * 1500
    for _ in range(3):
        log.press("Shift+Enter")
    assert log.found() == "99,998/100,000"
    assert stage.page.locator("mark.azml-current").bounding_box() is not None


def test_following_again_gives_up_what_is_selected(stage: Stage) -> None:
    log = LogPage(stage)
    log.take_texts(*[f"text {number}" for number in range(200)])
    stage.page.evaluate(SELECT, [[9, 0], [10, 2]])
    log.take_many(50)
    log.toggle("Follow")
    assert pressed(log, "Follow")
    assert log.visible()[-1] == 249
