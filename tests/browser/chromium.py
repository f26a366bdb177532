"""A headless Chromium without a network of its own: Debian's where it is, else the one that Playwright brings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

DEBIANS = Path("/usr/bin/chromium")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


def find_chromium(playwright: Playwright) -> Path | None:
    """Its program."""
    return next((path for path in (DEBIANS, Path(playwright.chromium.executable_path)) if path.exists()), None)


@contextlib.contextmanager
def open_chromium() -> Iterator[Browser | None]:
    """A running browser that ends with the block; ``None`` when there is none on this machine.

    The thread cannot run another event loop until then.
    """
    with sync_playwright() as playwright:
        program = find_chromium(playwright)
        if program is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
