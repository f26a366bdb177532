"""What every test may rely on, however the run was started."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# Equal runs try equal examples, on a slow machine too; AZML_EXPLORE=1 looks for new ones.
settings.register_profile("equal", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("explore" if os.environ.get("AZML_EXPLORE") else "equal")


def pytest_configure() -> None:
    """Undo what whoever runs the tests has set for work of their own."""
    os.environ.pop("AZML_WORKSPACE", None)
    # A shell starts what it puts in the background with interrupts ignored, and children inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
