"""One Jupyter server for all tests of the browser; one page a test, whose console must stay clean."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.chromium import open_chromium
from tests.browser.harness import Stage, open_stage
from tests.browser.lab import JupyterServer
from tests.browser.pages import NotebookPage
from tests.require import require

#: Long, because only a test that fails waits so long.
expect.set_options(timeout=90_000)
OpenNotebook = Callable[..., NotebookPage]
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know that the test failed: then there are pictures of it."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. It ends with the module: until then the thread cannot run an event loop."""
    with open_chromium() as browser:
        if browser is None:
            require("browser", "no Chromium, neither Debian's nor Playwright's")
        yield browser


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """What a browser remembers, for one test."""
    opened = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield opened
    opened.close()


@pytest.fixture
def stage(chromium: Browser) -> Iterator[Stage]:
    """The panel's module on an empty page, without a server; ``stage.open()`` loads it."""
    with open_stage(chromium) as opened:
        yield opened


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """JupyterLab."""
    server = JupyterServer(tmp_path_factory.mktemp("lab"))
    with contextlib.closing(server):
        yield server


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures go: below ``AZML_SCREENSHOTS`` they are kept."""
    kept = os.environ.get("AZML_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_notebook(
    request: pytest.FixtureRequest, lab: JupyterServer, context: BrowserContext, shots: Path
) -> Iterator[OpenNotebook]:
    """Opens a notebook with these cells in a page of its own; at the end no page may have complained."""
    pages: list[NotebookPage] = []

    def open_one(*cells: str, name: str = "") -> NotebookPage:
        file = name or re.sub(r"\W+", "-", request.node.name).strip("-") + f"-{len(pages)}.ipynb"
        lab.write(file, cells)
        page = NotebookPage(context, lab, shots)
        pages.append(page)
        return page.open(file)

    yield open_one
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(pages):
            page.shoot(f"failed-{request.node.name}-{number}")
    complaints = [text for page in pages for text in page.unexpected()]
    for page in pages:
        page.page.close()
    lab.end_kernels()
    lab.forget_settings()
    assert not complaints, "the page said:\n" + "\n".join(complaints)
