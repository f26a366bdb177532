"""Stage 5, run: a deployment and an artifact in, a reachable ``Endpoint`` out.

A new engine is one module with the members of :class:`Engine` and one line in :data:`ENGINES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment, ServiceState
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.events import Emit

#: Of what was logged while one request ran at most this much is looked at.
RECENT_LINES = 20_000
#: A little more than gunicorn itself gives running requests (``graceful_timeout``, 30 s) before it ends them.
STOP_GRACE_SECONDS = 32


@dataclass(frozen=True)
class ServicePlace:
    """Where a service lives on disk: its ``directory``, and the content of each model by ``name:version``.

    ``source_files`` maps paths relative to the deployment's source directory to the files to copy. ``workspace`` names
    the workspace, for what is found again outside of it; ``former`` is the running service that this one will replace.
    ``lifeline`` is the descriptor of a :class:`azml_magics.system.lifeline.Lifeline` for the new service to hang on.
    """

    directory: Path
    model_paths: Mapping[str, Path]
    source_files: Mapping[str, Path]
    workspace: str = ""
    former: Endpoint | None = None
    lifeline: int | None = None


class Engine(Protocol):
    """One way to run a service. Every method takes plain facts: an engine keeps no state between calls."""

    name: str

    def start(
        self, deployment: Deployment, artifact: Artifact, place: ServicePlace, *, emit: Emit, cancel: Cancel
    ) -> Endpoint:
        """Start and wait until healthy. Raises ``StartError`` or its children; nothing is left running then."""
        ...

    def reload(self, endpoint: Endpoint, deployment: Deployment, place: ServicePlace, *, emit: Emit) -> Endpoint:
        """Put changed files in place without dropping a running request.

        Raises ``ScriptError`` when they fail to load; the old ones keep serving then.
        """
        ...

    def state(self, endpoint: Endpoint) -> ServiceState:
        """``running`` or ``failed`` as things are now."""
        ...

    def logs(self, endpoint: Endpoint, *, tail: int | None = None, follow: bool = False) -> Iterator[str]:
        """Lines of the service log, without line ends; ``follow`` goes on until the service ends."""
        ...

    def log_mark(self, endpoint: Endpoint) -> float:
        """A position in the log, for :meth:`log_since`: what is logged from now on comes after it."""
        ...

    def log_since(self, endpoint: Endpoint, mark: float) -> Sequence[str]:
        """The complete lines logged since ``mark``, the newest :data:`RECENT_LINES` of them."""
        ...

    def stop(self, endpoint: Endpoint) -> None:
        """End the service and everything it started; running requests may finish within the grace period."""
        ...

    def end_orphan(self, directory: Path) -> None:
        """End what was started in ``directory`` by somebody who was killed then; nothing there: nothing happens."""
        ...


#: Engine name -> module that holds ``ENGINE``; imported on first use.
ENGINES: dict[str, str] = {"process": "azml_magics.engines.process", "docker": "azml_magics.engines.docker"}


def get_engine(name: str) -> Engine:
    """The engine of that name; ``KeyError`` for an unknown one (the grammar offers only known names)."""
    return cast(Engine, importlib.import_module(ENGINES[name]).ENGINE)
