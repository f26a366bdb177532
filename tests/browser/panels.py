"""``PanelView``: a panel on a page, by what it says to whoever looks at it; and cells that deploy something small."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.pages import NotebookPage

if TYPE_CHECKING:
    from tests.browser.conftest import OpenNotebook

#: The extension, and an environment whose packages are the server's alone.
LOAD = """%load_ext azml_magics
get_ipython().run_cell_magic("environment", "plain", "environment_variables: {A: '1'}")"""
SCRIPT = """%%entry_script {file}
import json

def init():
    print("loading the words")

def run(raw_data):
    return {{"sum": sum(json.loads(raw_data)["data"])}}
"""
#: Waits in init() until somebody writes to the pipe.
HELD_SCRIPT = """%%entry_script {file}
import json

def init():
    print("loading the words")
    open("{pipe}").close()
    print("loaded them")

def run(raw_data):
    return {{"sum": sum(json.loads(raw_data)["data"])}}
"""
FAILING_SCRIPT = """%%entry_script {file}
def init():
    raise ValueError("no model in sight")

def run(raw_data):
    return raw_data
"""


def deploy(name: str, file: str) -> str:
    """The cell that deploys a script."""
    return f"%azml deploy {name} --environment plain --entry-script {file}"


class Gate:
    """A pipe that holds a script's ``init()`` until :meth:`open`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.pipe"
        os.mkfifo(self.path)

    def open(self) -> None:
        """Let whoever reads go on; returns when somebody does."""
        self.path.open("w").close()


def open_held(open_notebook: OpenNotebook, name: str, *cells: str) -> tuple[NotebookPage, Gate]:
    """A notebook that deploys ``name``, held in its ``init()`` by the gate, below its cell 2; ``cells`` follow."""
    file = f"{name}.py"
    notebook = open_notebook(LOAD, "", deploy(name, file), *cells)
    gate = Gate(notebook.server.folder, name)
    notebook.write_cell(1, HELD_SCRIPT.format(file=file, pipe=gate.path))
    for index in range(3):
        notebook.run(index)
    return notebook, gate


class PanelView:
    """The panel below cell ``index``."""

    def __init__(self, notebook: NotebookPage, index: int) -> None:
        self.notebook = notebook
        self.root: Locator = notebook.output(index).locator(".azml-root").first

    def expect_verdict(self, verdict: str) -> None:
        """Wait for the job to be ``running``, ``done``, ``failed``, ``cancelled``, ``interrupted``."""
        expect(self.root).to_have_attribute("data-verdict", verdict)

    def expect_step(self, name: str, state: str) -> None:
        """Wait for a step to be ``running``, ``done``, ``reused``, ``failed``."""
        step = self.root.locator(".azml-step").filter(has=self.root.page.get_by_text(name, exact=True))
        expect(step.first).to_have_attribute("data-state", state)

    def expect_live(self) -> None:
        """Wait until the kernel has answered it."""
        expect(self.root).to_have_attribute("data-live", "true")

    def tab(self, name: str) -> Locator:
        """Open a tab; gives what is in it."""
        self.root.get_by_role("tab", name=name).click()
        return self.root.get_by_role("tabpanel", name=name)

    def send(self, body: str) -> Locator:
        """Send a body from the playground; gives the place of the answer."""
        playground = self.tab("Playground")
        playground.get_by_role("textbox", name="Body").fill(body)
        self.button("Send").click()
        return playground.get_by_role("region", name="Answer")

    def shoot(self, name: str) -> Path:
        """A picture of the panel alone."""
        return self.notebook.shoot(name, of=self.root)

    @property
    def log(self) -> Locator:
        """The lines of the log that are to be seen."""
        return self.root.get_by_role("log")

    def button(self, name: str) -> Locator:
        """A button by what it is called for a screen reader."""
        return self.root.get_by_role("button", name=name, exact=True)

    def serious_faults(self) -> list[str]:
        """What axe-core finds serious or critical in this panel."""
        marker = "azml-examined"
        self.root.evaluate("(element, marker) => element.setAttribute('data-' + marker, '')", marker)
        found = Axe().run(self.root.page, context=f"[data-{marker}]")
        self.root.evaluate("(element, marker) => element.removeAttribute('data-' + marker)", marker)
        return [
            f"{fault['impact']} {fault['id']}: {fault['help']}: {[node['html'][:200] for node in fault['nodes']]}"
            for fault in found.response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
