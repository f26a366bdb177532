"""``ServiceFollower``: the log of a service by its name into a feed, whichever of its starts runs now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.panel.log_feed import LogFeed
from azml_magics.panel.service_log import ServiceLog

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


class ServiceFollower:
    """Reads into ``feed``, which belongs to whoever made it; of the present start ``skip`` lines are known already."""

    def __init__(self, workspace: Workspace, service: str, feed: LogFeed, *, skip: int = 0) -> None:
        self.service = service
        self.feed = feed
        self._workspace = workspace
        self._skip = skip
        self._log: ServiceLog | None = None
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
            if self._log is not None:
                self._log.take_news(self.feed, ended=True)
            self._log = ServiceLog(record.log_path, skip=self._skip)
            self._skip = 0
            self.feed.path = record.log_path

    def take_news(self) -> bool:
        """Read on; True when there is more."""
        return self._log is not None and self._log.take_news(self.feed, ended=self._ended)
