"""An image is built and a container serves: what the panel shows of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from azml_magics.containers.connection import Connection
from azml_magics.definitions import labels
from tests.browser.conftest import OpenNotebook
from tests.browser.lab import JupyterServer
from tests.browser.panels import SCRIPT, PanelView
from tests.docker.conftest import docker_engine, inference_base, inference_base_of, plain_image

__all__ = ["docker_engine", "inference_base", "inference_base_of", "plain_image"]

DECLARATIONS = """%load_ext azml_magics
%config AzmlMagics.keep_panel = True
run = get_ipython().run_cell_magic
run("dockerfile", "greeter", '''FROM {base}
USER root:root
RUN echo "built for {mark}" && echo {mark} > /opt/greeting
USER dockeruser
''')
run("environment", "greeter", "dockerfile: greeter")"""


@pytest.fixture
def no_image_left(docker_engine: Connection, lab: JupyterServer) -> Iterator[None]:
    yield
    for report in lab.session().services():
        if report.engine == "docker":
            lab.session().stop(report.name)
    label = f"{labels.WORKSPACE}={lab.workspace}"
    for image in docker_engine.client.images.list(filters={"label": label}):
        docker_engine.client.images.remove(str(image.id), force=True)


@pytest.mark.usefixtures("no_image_left")
def test_an_image_is_built_before_the_eyes(open_notebook: OpenNotebook, inference_base: str) -> None:
    mark = f"mark-{uuid4()}"  # so that no former run has built it
    notebook = open_notebook(
        DECLARATIONS.format(base=inference_base, mark=mark),
        SCRIPT.format(file="contained.py"),
        "%azml deploy contained --engine docker --environment greeter --entry-script contained.py",
    )
    for index in range(3):
        notebook.run(index)
    panel = PanelView(notebook, 2)
    panel.expect_verdict("done")
    panel.expect_step("build", "done")
    panel.expect_step("healthy", "done")
    panel.root.get_by_role("searchbox").fill(f"built for {mark}")
    expect(panel.root.locator(".azml-log-found")).to_have_text(re.compile(r"1/\d+"))
    panel.root.locator(".azml-fold").click()
    panel.shoot("docker")
    row = panel.tab("Services").locator(".azml-service").filter(has_text="contained")
    expect(row).to_contain_text("docker")
    expect(panel.send('{"data": [1, 2, 3]}')).to_contain_text("200")
