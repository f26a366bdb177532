"""The log's view alone on the stage: shown, given lines, asked what it shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from tests.browser.harness import Stage

Line = tuple[float, str, str]

SHOW = """(state) => {
    setTraits({ state });
    const due = new Set();
    const [ask, forget] = [window.requestAnimationFrame, window.cancelAnimationFrame];
    window.requestAnimationFrame = (draw) => {
        const id = ask((now) => {
            due.delete(id);
            draw(now);
        });
        due.add(id);
        return id;
    };
    window.cancelAnimationFrame = (id) => {
        due.delete(id);
        forget(id);
    };
    window.store = makeLogStore((feed, have) => sent.push({ op: "sync", feed, have }));
    window.view = makeLogView(makeContext(), store);
    const root = document.createElement("section");
    root.className = "azml-root";
    root.append(view.element);
    document.getElementById("stage").append(root);
    window.lines = document.querySelector(".azml-log-lines");
    window.rows = () => [...document.querySelectorAll(".azml-log-pad .azml-log-row")];
    // Everything that came is decoded, looked through, laid out and painted, however many frames that takes.
    window.settled = async () => {
        const frame = () => new Promise((done) => ask(done));
        const searching = () => document.querySelector(".azml-log-found").textContent.endsWith("\\u2026");
        const busy = () => store.end < store.have || searching() || due.size > 0;
        // A search that was asked for begins with a later frame: quiet is what stays quiet.
        for (let quiet = 0; quiet < 4; quiet = busy() ? 0 : quiet + 1) await frame();
    };
}"""
#: Made in the page, so that nothing but the page is measured.
MAKE_LINES = """(from, count) => {
    const rest = "of a build that says a lot and colours some of it, as builds do";
    const text = (n) => `\\x1b[3${n % 8}mline ${n}\\x1b[0m ${rest} ${n % 97}`;
    const sources = ["builder", "server", "init", "request", "run"];
    const lines = [];
    for (let n = from; n < from + count; n += 1) {
        lines.push(JSON.stringify([1732220000 + n / 1000, sources[n % 5], text(n)]));
    }
    return new TextEncoder().encode(lines.join("\\n"));
}"""


class LogPage:
    """A stage with the log's view on it."""

    def __init__(self, stage: Stage, *, state: dict[str, Any] | None = None, **opening: Any) -> None:
        self.stage = stage.open(**opening)
        self.page = stage.page
        stage.inside(SHOW, {"title": "digits", "started": 1732220000.0, **(state or {})})
        self.page.evaluate(f"() => {{ window.makeLines = {MAKE_LINES}; }}")
        self.lines = self.page.get_by_role("log")
        self.search = self.page.get_by_role("searchbox", name="Search the log")
        self.have = 0

    def take(self, lines: Sequence[Line], *, at: int | None = None, feed: str = "f", reset: bool = False) -> None:
        """One message with these lines."""
        start = self.have if at is None else at
        self.take_raw(b"\n".join(json.dumps(line).encode() for line in lines), start, len(lines), feed, reset)

    def take_raw(self, content: bytes, at: int, count: int, feed: str = "f", reset: bool = False) -> None:
        """One message as bytes."""
        message = {"feed": feed, "at": at, "count": count, **({"reset": True} if reset else {})}
        self.page.evaluate(
            "([message, text]) => store.take(message, fromBase64(text))", [message, base64.b64encode(content).decode()]
        )
        self.have = self.page.evaluate("store.have")
        self.settle()

    def take_texts(self, *texts: str, source: str = "builder") -> None:
        """Lines of one source."""
        self.take([(1732220000.0 + number, source, text) for number, text in enumerate(texts, start=self.have)])

    def take_many(self, count: int, *, message: int = 8000) -> None:
        """So many coloured lines, made in the page."""
        self.page.evaluate(
            """([at, end, size]) => {
                for (; at < end; at += size) {
                    const count = Math.min(size, end - at);
                    store.take({ feed: "f", at, count }, makeLines(at, count));
                }
            }""",
            [self.have, self.have + count, message],
        )
        self.have += count
        self.settle()

    def settle(self) -> None:
        self.page.evaluate("settled()")

    def texts(self) -> list[str]:
        """What the rows on the page say, also those a little above and below what can be seen."""
        found: list[str] = self.page.evaluate("rows().map((row) => row.querySelector('.azml-log-text').textContent)")
        return found

    def visible(self) -> list[int]:
        """Numbers of the lines that can be seen, from 0."""
        found: list[int] = self.page.evaluate("""() => {
            const frame = lines.getBoundingClientRect();
            const bottom = frame.top + lines.clientHeight;
            const seen = rows().filter((row) => {
                const box = row.getBoundingClientRect();
                return box.bottom > frame.top + 0.5 && box.top < bottom - 0.5;
            });
            return seen.map((row) => Number(row.dataset.number));
        }""")
        return found

    def scroll(self, top: float) -> None:
        """As the reader does."""
        self.page.evaluate("(top) => { lines.scrollTop = top; }", top)
        self.settle()

    def found(self) -> str:
        self.settle()
        return self.page.inner_text(".azml-log-found")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def toggle(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()
        self.settle()
