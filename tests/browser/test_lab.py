"""The real Jupyter server and the real browser that the other tests rely on."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook


def test_cells_run_and_the_notebook_is_saved(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("print(6 * 7)", "import time; raise SystemExit")
    expect(notebook.run(0)).to_have_text("42")
    expect(notebook.prompt(0)).to_have_text("[1]:")
    notebook.use_theme("JupyterLab Dark")
    saved = notebook.server.read(notebook.save().name)
    assert saved.cells[0].outputs[0].text == "42\n"
    notebook.shoot("lab")
