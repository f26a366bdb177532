"""The panel's module and style in a real browser, on a page without a server or a kernel.

``Stage`` opens that page; ``mount`` runs the whole panel with a model that records what is sent; ``inside``
evaluates in the module's own scope, so that a test can make a view alone: ``inside("() => makeTabs(makeContext())")``.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from azml_magics.panel import assets

ADDRESS = "https://panel.test/"
#: JupyterLab's own themes as they are installed; the variables VS Code sets; a page that knows neither.
THEMES = ("jupyter-light", "jupyter-dark", "vscode-light", "vscode-dark", "plain")
VSCODE = {
    "vscode-light": {
        "foreground": "#3b3b3b",
        "descriptionForeground": "#3b3b3b",
        "editor-background": "#ffffff",
        "editor-foreground": "#3b3b3b",
        "editorWidget-background": "#f8f8f8",
        "widget-border": "#e5e5e5",
        "focusBorder": "#005fb8",
        "button-background": "#005fb8",
        "errorForeground": "#f85149",
    },
    "vscode-dark": {
        "foreground": "#cccccc",
        "descriptionForeground": "#9d9d9d",
        "editor-background": "#1f1f1f",
        "editor-foreground": "#cccccc",
        "editorWidget-background": "#202020",
        "widget-border": "#313131",
        "focusBorder": "#0078d4",
        "button-background": "#0078d4",
        "errorForeground": "#f85149",
    },
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>panel</title><link rel="icon" href="data:,">
<style>{theme}</style><style>{style}</style></head>
<body {attributes}><main id="stage" style="width:{width}px"></main></body></html>
"""
#: Evaluates an expression in the module's scope and calls it with the argument when it is a function.
DOOR = """
;globalThis.inPanel = async (source, argument) => {
  const value = eval("(" + source + ")");
  return typeof value === "function" ? await value(argument) : value;
};
"""


def read_theme(theme: str) -> tuple[str, str]:
    """The style sheet of a front end's theme, and the attributes it puts on the body."""
    if theme.startswith("jupyter-"):
        name = f"share/jupyter/lab/themes/@jupyterlab/theme-{theme.removeprefix('jupyter-')}-extension/index.css"
        light = str(theme == "jupyter-light").lower()
        return (Path(sys.prefix) / name).read_text(encoding="utf-8"), f'data-jp-theme-light="{light}"'
    if theme in VSCODE:
        variables = "".join(f"--vscode-{name}:{value};" for name, value in VSCODE[theme].items())
        return f":root{{{variables}}} body{{background:var(--vscode-editor-background)}}", f'class="{theme}"'
    return "", ""


class Stage:
    """One page with the panel's module loaded; ``mount`` shows the panel itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.fetched: list[str] = []
        self._answers: dict[str, tuple[str, str]] = {}
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(f"pageerror: {error}"))
        page.route("**/*", self._answer)

    def _note_console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _answer(self, route: Route) -> None:
        answer = self._answers.get(route.request.url)
        if answer is None:
            self.fetched.append(route.request.url)
            route.abort()
        else:
            route.fulfill(body=answer[0], content_type=answer[1])

    def open(self, theme: str = "jupyter-light", width: int = 900) -> Stage:
        """Load the page with the module, nothing shown yet; again for a page reload."""
        style, attributes = read_theme(theme)
        self._answers = {
            ADDRESS: (
                PAGE.format(theme=style, style=assets.read_style(), attributes=attributes, width=width),
                "text/html",
            ),
            ADDRESS + "module.js": (assets.read_module() + DOOR, "text/javascript"),
        }
        self.page.goto(ADDRESS)
        self.page.evaluate((Path(__file__).parent / "stage.js").read_text(encoding="utf-8") + "\n;0")
        self.page.evaluate("async () => { window.panelModule = await import('/module.js'); }")
        return self

    def inside(self, expression: str, argument: object = None) -> Any:
        """Evaluate in the module's scope; a function is called with the argument, a promise awaited."""
        return self.page.evaluate("([source, argument]) => inPanel(source, argument)", [expression, argument])

    def mount(self, **traits: object) -> None:
        """Run the module's default export as anywidget does, with these traits, in the page's stage."""
        self.page.evaluate(
            """async (traits) => {
                setTraits(traits);
                const definition = panelModule.default;
                const widget = typeof definition === "function" ? await definition() : definition;
                window.widget = widget;
                await widget.initialize?.({ model: makeModel() });
            }""",
            traits,
        )
        self.show()

    def show(self) -> None:
        """One more view of the mounted panel."""
        self.page.evaluate("""async () => {
            const el = document.createElement("div");
            document.getElementById("stage").append(el);
            (window.cleanups ??= []).push(await widget.render({ model: makeModel(), el }));
        }""")

    def leave(self) -> None:
        """End every view as JupyterLab does when a kernel restarts: cleanups run, elements stay."""
        self.page.evaluate("async () => { for (const end of (window.cleanups ?? []).splice(0)) await end?.(); }")

    def deliver(self, content: dict[str, Any], buffers: Iterable[bytes] = ()) -> None:
        """One message from the kernel."""
        texts = [base64.b64encode(buffer).decode() for buffer in buffers]
        self.page.evaluate("([content, texts]) => deliver(content, texts.map(fromBase64))", [content, texts])

    def deliver_log(self, lines: Iterable[tuple[float, str, str]], *, at: int = 0, feed: str = "f") -> None:
        """Lines of the log as the kernel sends them: time, source, text."""
        encoded = [json.dumps(line, ensure_ascii=False).encode() for line in lines]
        buffer = b"".join(line + b"\n" for line in encoded)
        self.deliver({"op": "news", "log": {"feed": feed, "at": at, "count": len(encoded)}}, [buffer])

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What was sent to the kernel so far."""
        messages: list[dict[str, Any]] = self.page.evaluate("sent")
        return messages

    def frame(self) -> None:
        """Let the page paint what it has."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@contextmanager
def open_stage(browser: Browser, **options: Any) -> Iterator[Stage]:
    """A stage in a context of its own; its console must stay clean and nothing may be fetched from anywhere."""
    context = browser.new_context(**{"viewport": {"width": 1000, "height": 800}, **options})
    context.set_default_timeout(60_000)
    try:
        stage = Stage(context.new_page())
        yield stage
        assert not stage.complaints, stage.complaints
        assert not stage.fetched, stage.fetched
    finally:
        context.close()
