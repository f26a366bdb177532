"""``Actions``: what the page asks for, done on threads and answered; doing it is left to the session's methods."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.panel.outline import State, error_state

if TYPE_CHECKING:
    from azml_magics.panel.contents import Contents
    from azml_magics.panel.pump import Pump

JOIN_SECONDS = 5.0


class Actions:
    """Of one panel."""

    def __init__(self, contents: Contents, pump: Pump) -> None:
        self._contents = contents
        self._pump = pump
        self._threads: list[threading.Thread] = []

    def receive(self, message: State) -> None:
        """Begin what ``message`` asks for."""
        op = message.get("op")
        if op in ("hello", "sync"):
            self._pump.send_again(message.get("feed"), message.get("have"))
        elif op == "cancel":
            self._cancel()
        elif op == "select":
            service = message.get("service")
            self._contents.select(service if isinstance(service, str) else None)

    def close(self) -> None:
        """Wait for what was begun."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(JOIN_SECONDS)

    def _cancel(self) -> None:
        from azml_magics.journal.records import request_cancel

        job = self._contents.job
        if job is not None and job.verdict == "running":
            request_cancel(job.record)

    def _spawn(self, ask: object, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                value = work()
            except Exception as error:
                self._pump.reply(ask, ok=False, error=error_state(error))
            else:
                self._pump.reply(ask, ok=True, value=value)

        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: context.run(run), name="azml-panel-action", daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()
