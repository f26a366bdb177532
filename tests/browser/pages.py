"""``NotebookPage``: a notebook open in JupyterLab or Notebook 7, driven through the application's own commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

from tests.browser.lab import JupyterServer

#: Long, because only a test that fails waits so long.
TIMEOUT_SECONDS = 180.0
#: What JupyterLab says of its parts on a slow machine, and Chromium when containers come and go on it.
NOT_OURS = re.compile(r"^warning: Plugin \S+ .*to activate|net::ERR_NETWORK_CHANGED")
NOTEBOOK = "window.jupyterapp?.shell?.currentWidget"
KERNEL = f"{NOTEBOOK}?.sessionContext?.session?.kernel"


class NotebookPage:
    """One page of a browser with one notebook. What the page says to its console is kept in :attr:`complaints`."""

    def __init__(self, context: BrowserContext, server: JupyterServer, shots: Path) -> None:
        self.server = server
        self.page: Page = context.new_page()
        self.page.set_default_timeout(TIMEOUT_SECONDS * 1000)
        self.complaints: list[str] = []
        self._shots = shots
        self._name = ""
        self._accepted: list[re.Pattern[str]] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"page error: {error}"))
        # A page that was changed asks before it is left.
        self.page.on("dialog", lambda dialog: dialog.accept())
        # After a change of the network; it covers what is to be clicked.
        lost = self.page.locator(".jp-Dialog").filter(has_text="Server Connection Error")
        self.page.add_locator_handler(lost, lambda dialog: dialog.get_by_role("button", name="Close").click())

    # the notebook -----------------------------------------------------------------------------------------------------

    def open(self, name: str, *, kernel: bool = True) -> NotebookPage:
        """Show a notebook of the server; with ``kernel`` wait until its kernel is ready."""
        self._name = name
        kind = "notebooks" if self.server.app == "notebook" else "lab/tree"
        self.page.goto(f"{self.server.url}/{kind}/{name}" + ("?reset" if kind == "lab/tree" else ""))
        return self._wait_until_open(kernel)

    def reload(self, *, kernel: bool = True) -> NotebookPage:
        """As the browser's reload button."""
        self.page.reload()
        return self._wait_until_open(kernel)

    def run(self, index: int, *, seconds: float = TIMEOUT_SECONDS) -> Locator:
        """Run a cell and wait for its end; gives its output area."""
        self.start(index)
        return self.wait(index, seconds=seconds)

    def start(self, index: int) -> Locator:
        """Run a cell; gives its output area."""
        self.page.evaluate(
            """index => {
                const content = window.jupyterapp.shell.currentWidget.content;
                content.activeCellIndex = index;
                content.deselectAll();
                (window.azmlRuns ??= {})[index] = window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )
        return self.output(index)

    def wait(self, index: int, *, seconds: float = TIMEOUT_SECONDS) -> Locator:
        """Wait for the end of a cell that was started; gives its output area."""
        ended = self.page.evaluate(
            """([index, milliseconds]) => Promise.race([
                window.azmlRuns[index].then(() => true),
                new Promise(done => setTimeout(done, milliseconds, false)),
            ])""",
            [index, seconds * 1000],
        )
        assert ended, f"cell {index} runs longer than {seconds:.0f} s: {self.output(index).inner_text()[-2000:]}"
        return self.output(index)

    def write_cell(self, index: int, source: str) -> None:
        """Replace a cell's text."""
        self.page.evaluate(
            """([index, source]) =>
                window.jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.setSource(source)""",
            [index, source],
        )

    def cell(self, index: int) -> Locator:
        """The whole cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> Locator:
        """What is below a cell."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def prompt(self, index: int) -> Locator:
        """``[3]:``, or ``[*]:`` while the cell runs."""
        return self.cell(index).locator(".jp-InputPrompt")

    def save(self) -> Path:
        """Save the notebook; gives its file."""
        self.command("docmanager:save")
        return self.server.notebooks / self._name

    # the kernel -------------------------------------------------------------------------------------------------------

    def restart_kernel(self) -> None:
        """As the menu does, the question answered."""
        self.page.evaluate(f"async () => {{ await {KERNEL}.restart(); }}")
        self.wait_for_kernel()

    def shut_kernel_down(self) -> None:
        """End the kernel; the page stays."""
        self.page.evaluate(f"async () => {{ await {NOTEBOOK}.sessionContext.shutdown(); }}")

    def interrupt_kernel(self) -> None:
        """As the square button."""
        self.page.evaluate(f"async () => {{ await {KERNEL}.interrupt(); }}")

    def wait_for_kernel(self) -> None:
        """Until the kernel is connected and idle."""
        self.page.wait_for_function(
            f"() => {{ const kernel = {KERNEL};"
            " return kernel && kernel.status === 'idle' && kernel.connectionStatus === 'connected'; }"
        )

    # the front end ----------------------------------------------------------------------------------------------------

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Do what the front end has under that name, and wait for it."""
        self.page.evaluate(
            "async ([name, values]) => { await window.jupyterapp.commands.execute(name, values); }",
            [name, arguments or {}],
        )

    def use_theme(self, name: str) -> None:
        """``JupyterLab Dark`` or ``JupyterLab Light``."""
        self.command("apputils:change-theme", {"theme": name})
        self.page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")

    def shoot(self, name: str, *, of: Locator | None = None) -> Path:
        """A picture of the page, or of a part of it."""
        path = self._shots / f"{name}.png"
        if of is None:
            self.page.screenshot(path=path)
        else:
            of.screenshot(path=path)
        return path

    def accept(self, pattern: str) -> None:
        """What the console says and matches ``pattern`` belongs to this test."""
        self._accepted.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """Complaints that nobody accepted."""
        return [text for text in self.complaints if not any(pattern.search(text) for pattern in self._accepted)]

    def _wait_until_open(self, kernel: bool) -> NotebookPage:
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        if kernel:
            self.wait_for_kernel()
        return self

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complain(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _complain(self, text: str) -> None:
        if not NOT_OURS.search(text):
            self.complaints.append(text[:1000])
