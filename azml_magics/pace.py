"""``Pace``: progress that comes by the thousand, told a few times a second; counting is left to whoever works."""

from __future__ import annotations

import time
from collections.abc import Callable

from azml_magics.events import Emit, Progress

#: Nobody sees more than ten a second, and each costs a page and a file something.
INTERVAL_SECONDS = 0.1


class Pace:
    """Emits the newest progress, the first at once, then one at most each :data:`INTERVAL_SECONDS`.

    What came too early is told with the next one or by :meth:`finish`; what changes nothing is not told.
    """

    def __init__(self, emit: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._emit = emit
        self._clock = clock
        self._told_at: float | None = None
        self._told: Progress | None = None
        self._newest: Progress | None = None

    def tell(self, progress: Progress) -> None:
        """``progress`` is how far it is now."""
        self._newest = progress
        now = self._clock()
        if self._told_at is None or now - self._told_at >= INTERVAL_SECONDS:
            self._told_at = now
            self.finish()

    def finish(self) -> None:
        """Tell what was held back."""
        if self._newest is not None and self._newest != self._told:
            self._told = self._newest
            self._emit(self._newest)
