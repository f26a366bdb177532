"""``Pace``: progress that comes by the thousand, told a few times a second; counting is left to whoever works."""

from __future__ import annotations

import time
from collections.abc import Callable

from azml_magics.events import Emit, Progress

#: Nobody sees more than ten a second, and each costs a page and a file something.
INTERVAL_SECONDS = 0.1


class Pace:
    """Emits the newest progress, the first at once, then one at most each :data:`INTERVAL_SECONDS`.

    What came too early is told with the next one or by :meth:`finish`; what changes nothing is not told. Of work that
    is mostly over at once, nothing is told in its first ``quiet_seconds``, nor at its end when it took no longer.
    """

    def __init__(self, emit: Emit, clock: Callable[[], float] = time.monotonic, *, quiet_seconds: float = 0.0) -> None:
        self._emit = emit
        self._clock = clock
        self._due = clock() + quiet_seconds
        self._told: Progress | None = None
        self._newest: Progress | None = None

    def tell(self, progress: Progress) -> None:
        """``progress`` is how far it is now."""
        self._newest = progress
        now = self._clock()
        if now >= self._due:
            self._due = now + INTERVAL_SECONDS
            self._tell_newest()

    def finish(self) -> None:
        """Tell what was held back."""
        if self._told is not None:
            self._tell_newest()

    def _tell_newest(self) -> None:
        if self._newest is not None and self._newest != self._told:
            self._told = self._newest
            self._emit(self._newest)
