"""The real Jupyter server and the real browser that the other tests rely on."""

from __future__ import annotations

from tests.browser.conftest import OpenNotebook


def test_cells_run_and_the_notebook_is_saved(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("print(6 * 7)", "import time; raise SystemExit")
    assert notebook.run(0).inner_text().strip() == "42"
    assert notebook.prompt(0) == "[1]:"
    notebook.use_theme("JupyterLab Dark")
    saved = notebook.server.read(notebook.save().name)
    assert saved.cells[0].outputs[0].text == "42\n"
    notebook.shoot("lab")
