"""What ``Run.get_context`` gives outside of a run: it prints what is logged, and takes whatever a run would take."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from azml_magics.v1.exceptions import NotSupportedAttributeError
from azml_magics.v1.news import say
from azml_magics.v1.unsupported import OF_RUNS

#: Attributes that are missing outside of a run, as they are in the SDK: scripts ask for that with ``hasattr``.
ELSEWHERE = {
    "experiment": "outside of a run, Workspace.from_config() gives the workspace",
    "input_datasets": OF_RUNS["input_datasets"],
    "output_datasets": OF_RUNS["output_datasets"],
}


class OfflineRun:
    """What a script gets that nobody submitted: it prints what it is told."""

    parent = None
    status = "Running"

    def __init__(self, *_: object, **__: object) -> None:
        self.id = self.run_id = self.name = f"OfflineRun_{os.getpid()}"
        self.tags: dict[str, str] = {}
        self.properties: dict[str, str] = {}
        self._metrics: dict[str, Any] = {}

    def log(self, name: str, value: object, *_: object, **__: object) -> None:
        """Print a metric."""
        self._metrics[name] = value
        say(f"Attempted to log scalar metric {name}:\n{value}")

    log_list = log_table = log

    def log_row(self, name: str, description: str = "", **values: object) -> None:
        """Print a metric of several numbers."""
        self.log(name, values, description)

    def log_image(self, name: str, path: str | None = None, plot: object = None, description: str = "") -> None:
        """Print where a picture is."""
        self.log(name, path or plot, description)

    def get_metrics(self, name: str | None = None, **_: object) -> dict[str, Any]:
        """What was logged."""
        return {key: value for key, value in self._metrics.items() if name in (None, key)}

    def get_status(self) -> str:
        """``Running``."""
        return self.status

    def child_run(self, *_: object, **__: object) -> OfflineRun:
        """Another one of its kind."""
        return OfflineRun()

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in ELSEWHERE:
            raise NotSupportedAttributeError(f"{name} belongs to a run, and this is none", remedy=ELSEWHERE[name])
        return lambda *_, **__: None

    def __enter__(self) -> OfflineRun:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __repr__(self) -> str:
        return f"OfflineRun(Id: {self.id})"


#: The SDK's name, which scripts compare types with.
_OfflineRun = OfflineRun
