"""A front end that shows no widgets: the kernel cannot know, but notices that no page answers."""

from __future__ import annotations

import contextlib
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.lab import JupyterServer
from tests.browser.pages import NotebookPage
from tests.browser.panels import LOAD, SCRIPT, deploy

#: Nobody wants to wait here as long as for a large notebook.
IMPATIENT = "import azml_magics.magics.panels as panels\npanels.ANSWER_SECONDS = panels.HEARING_SECONDS = 0.5"


def test_it_is_said_what_to_install(context: BrowserContext, tmp_path: Path, shots: Path) -> None:
    with contextlib.closing(JupyterServer(tmp_path / "lab", without=["anywidget"])) as server:
        server.write("bare.ipynb", [LOAD, IMPATIENT, "%azml panel", SCRIPT.format(file="s.py"), deploy("bare", "s.py")])
        notebook = NotebookPage(context, server, shots).open("bare.ipynb")
        for index in range(3):
            notebook.run(index)
        for what in ("install anywidget", "pip install anywidget ipywidgets"):
            expect(notebook.output(2)).to_contain_text(what)
        notebook.shoot("without-anywidget")
        for index in (3, 4):
            notebook.run(index)
        expect(notebook.output(4).get_by_text("service bare is running").first).to_be_visible()
        assert "model not found" not in notebook.page.content()
