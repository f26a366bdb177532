"""``Endpoint``: where a started service can be found again, by any process, from plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Endpoint:
    """A started service.

    ``directory`` is the service's own directory in the workspace (its ``app/`` is ``AML_APP_ROOT``). A process is
    identified by ``pid`` together with ``process_created`` (seconds, as ``system.process`` gives them): a pid alone may
    have been given to another program since. ``started`` is an aware UTC time; a reload does not change it.
    """

    service: str
    engine: str
    port: int
    log_path: Path
    directory: Path
    pid: int | None = None
    process_created: float | None = None
    container: str | None = None
    started: datetime | None = None

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``: the address the product itself talks to."""
        return f"http://127.0.0.1:{self.port}"
