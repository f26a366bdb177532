"""``ContainerLog``: the log of a service in a container, which its engine tells line by line, as lines of a feed."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from datetime import timezone

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.server_log import ServerState, classify_server_line
from azml_magics.journal.event_codec import encode_log_line
from azml_magics.panel.log_feed import LogFeed

JOIN_SECONDS = 5.0


class ContainerLog:
    """Follows from ``since`` on, on a thread that adds to ``feed`` and calls ``wake``, ``end`` once it is complete."""

    def __init__(
        self,
        endpoint: Endpoint,
        feed: LogFeed,
        *,
        wake: Callable[[], object],
        end: Callable[[], object],
        since: float | None = None,
    ) -> None:
        from azml_magics.engines.container_logs import FollowedLog

        self.path = endpoint.log_path
        self._feed = feed
        self._wake = wake
        self._end = end
        self._log = FollowedLog(endpoint, since=since)
        self._state = ServerState(zone=timezone.utc)
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run), name="azml-container-log", daemon=True)
        self._thread.start()

    def take_news(self, feed: LogFeed, *, ended: bool = False) -> bool:  # noqa: ARG002  # as ServiceLog
        """Nothing more: lines are added as they come."""
        return False

    def close(self) -> None:
        """End the thread."""
        self._log.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        for block in self._log:
            self._feed.append([self._encoded(at, text) for at, text in block])
            self._wake()
        self._end()

    def _encoded(self, at: float, text: str) -> bytes:
        told, self._state = classify_server_line(text, self._state)
        return encode_log_line(at, told.source, told.message)
