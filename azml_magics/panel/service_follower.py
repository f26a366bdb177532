"""``ServiceFollower``: the log of a service by its name into a feed, whichever of its starts runs now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from azml_magics.panel.container_log import ContainerLog
from azml_magics.panel.log_feed import LogFeed
from azml_magics.panel.service_log import ServiceLog

if TYPE_CHECKING:
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace


class Log(Protocol):
    """Where lines come from."""

    path: Path

    def take_news(self, feed: LogFeed, *, ended: bool = False) -> bool:
        """Add to ``feed`` what is new; True when there is more."""
        ...

    def close(self) -> None:
        """End what was begun for it."""
        ...


class ServiceFollower:
    """Reads into ``feed``, which belongs to whoever made it.

    ``wake`` is called for lines that no file tells of, ``end`` when the service may have ended.
    What is known of the present start already: its first ``skip`` lines, or in a container those before ``since``.
    """

    def __init__(
        self,
        workspace: Workspace,
        service: str,
        feed: LogFeed,
        *,
        wake: Callable[[], object],
        end: Callable[[], object],
        skip: int = 0,
        since: float | None = None,
    ) -> None:
        self.service = service
        self.feed = feed
        self._workspace = workspace
        self._wake = wake
        self._end = end
        self._skip = skip
        self._since = since
        self._log: Log | None = None
        self._ended = False
        self.look()

    @property
    def directory(self) -> Path | None:
        """Where the log is, to be watched."""
        return self._log.path.parent if self._log else None

    def look(self) -> None:
        """Find out which start of the service is the present one."""
        record = self._workspace.find_service(self.service)
        if record is None:
            return
        self._ended = record.endpoint is None
        if self._log is None or self._log.path != record.log_path:
            self.close()
            self._log = self._open(record)
            self._skip, self._since = 0, None
            self.feed.path = record.log_path

    def take_news(self) -> bool:
        """Read on; True when there is more."""
        return self._log is not None and self._log.take_news(self.feed, ended=self._ended)

    def close(self) -> None:
        """Read what is left of it and end what was begun; the feed stays."""
        if self._log is not None:
            self._log.take_news(self.feed, ended=True)
            self._log.close()

    def _open(self, record: ServiceRecord) -> Log:
        if record.endpoint is not None and record.endpoint.container is not None:
            return ContainerLog(record.endpoint, self.feed, wake=self._wake, end=self._end, since=self._since)
        return ServiceLog(record.log_path, skip=self._skip)
