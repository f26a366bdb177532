"""``Endpoint``: where a started service can be found again, by any process, from plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from azml_magics.definitions.image_layout import APP_ROOT


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
    security: Mapping[str, object] = field(default_factory=dict)

    @property
    def app_root(self) -> str:
        """``AML_APP_ROOT`` as the service sees it, and as its tracebacks name files."""
        return str(self.directory / "app") if self.container is None else APP_ROOT

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``: the address the product itself talks to."""
        return f"http://127.0.0.1:{self.port}"
