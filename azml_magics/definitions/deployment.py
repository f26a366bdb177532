"""``Deployment``: everything needed to run one service; ``ServiceReport``: what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from azml_magics.definitions.choices import DEFAULT_WAIT_SECONDS
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.definitions.model import Model
from azml_magics.definitions.resources import Resources
from azml_magics.errors import Finding, Place

#: Azure's rule for service names (AZUREML.md 3.8); 3 to 32 characters.
SERVICE_NAME_PATTERN = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
SERVICE_NAME_LENGTH = range(3, 33)
PORTS = range(1, 65536)

#: What a container runs: our start script, whatever its image runs by itself, or a training script: no server at all.
StartMode = Literal["azml", "image", "script"]
#: Azure's states of a local service (AZUREML.md 3.8), and ``stopped`` for one that was stopped on purpose.
ServiceState = Literal["unknown", "deploying", "running", "failed", "stopped"]


@dataclass(frozen=True)
class DeployRequest:
    """What the user asked for, by name, before anything is looked up; one field per option of ``azml deploy``.

    ``entry_script`` and ``source_directory`` are paths as typed; ``environment`` is ``NAME`` or ``NAME:VERSION``;
    ``requirements_file`` a path; ``models`` are ``NAME`` or ``NAME:VERSION``. ``skip_checks`` goes on where the checks
    before a build found errors, for the case that they are wrong. ``image`` and ``packages`` are for an environment
    that does not say them itself; ``image``, ``packages``, ``resources`` and ``start`` belong to engines that run
    containers. ``frozen`` refuses an environment without a lock that holds.
    """

    name: str
    entry_script: str
    environment: str | None = None
    requirements_file: str | None = None
    use_current_python: bool = False
    source_directory: str | None = None
    models: tuple[str, ...] = ()
    environment_variables: tuple[tuple[str, str], ...] = ()
    engine: str = "process"
    port: int | None = None
    workers: int | None = None
    wait_seconds: float = DEFAULT_WAIT_SECONDS
    skip_checks: bool = False
    image: str | None = None
    packages: PackagesStrategy | None = None
    resources: Resources = field(default_factory=Resources)
    start: StartMode = "azml"
    frozen: bool = False


@dataclass(frozen=True)
class Deployment:
    """One service, fully resolved: nobody reads configuration after this.

    ``environment`` is ``None`` with ``use_current_python`` (the caller's interpreter, nothing installed).
    ``source_directory`` is an absolute directory copied beside the script, or ``None`` for the script alone.
    ``environment_variables`` are the deployment's own; they win over the environment's. ``port`` ``None`` means the
    next free one. ``wait_seconds`` bounds the time from process start to readiness. ``base_image`` is what a container
    is made from; ``None`` for the process engine and for an environment with a Dockerfile of its own. ``packages`` is
    how it gets its packages. ``start`` ``image`` runs the image's own command instead of our start script. ``request``
    is what the user asked for and ``requested_in`` what relative paths meant then, so that it can be asked for again.
    """

    name: str
    entry_script: EntryScript
    environment: Environment | None = None
    use_current_python: bool = False
    source_directory: Path | None = None
    models: tuple[Model, ...] = ()
    environment_variables: tuple[tuple[str, str], ...] = ()
    engine: str = "process"
    port: int | None = None
    workers: int | None = None
    wait_seconds: float = DEFAULT_WAIT_SECONDS
    base_image: str | None = None
    packages: PackagesStrategy = "auto"
    resources: Resources = field(default_factory=Resources)
    start: StartMode = "azml"
    request: DeployRequest | None = None
    requested_in: Path | None = None

    @property
    def packages_environment(self) -> Environment | None:
        """The environment whose packages are installed; ``None`` where they are there already."""
        return None if self.use_current_python else self.environment

    def variables(self) -> dict[str, str]:
        """The user's variables: the environment's (a conda specification's first), then the deployment's on top."""
        merged = dict(self.environment.variables()) if self.environment else {}
        merged.update(self.environment_variables)
        return merged


@dataclass(frozen=True)
class ServiceReport:
    """One service as every door shows it; ``as_dict`` is the ``--json`` form.

    ``stages`` maps stage names of ``events.STEPS`` to seconds; ``reasons`` maps the same names to why a stage ran or
    was skipped. ``pid`` belongs to the process engine, ``container`` (its id) and ``security`` (how it is confined) to
    the docker engine.
    """

    name: str
    state: ServiceState
    engine: str
    port: int | None = None
    pid: int | None = None
    container: str | None = None
    log_path: Path | None = None
    environment: str | None = None
    models: tuple[str, ...] = ()
    workers: int | None = None
    started: datetime | None = None
    error: str | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    security: Mapping[str, object] = field(default_factory=dict)

    @property
    def scoring_uri(self) -> str | None:
        """``http://localhost:PORT/score``, as Azure writes it (AZUREML.md 3.8)."""
        return None if self.port is None else f"http://localhost:{self.port}/score"

    @property
    def swagger_uri(self) -> str | None:
        """``http://localhost:PORT/swagger.json``."""
        return None if self.port is None else f"http://localhost:{self.port}/swagger.json"

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping with a fixed order of keys."""
        return {
            "name": self.name,
            "state": self.state,
            "engine": self.engine,
            "scoring_uri": self.scoring_uri,
            "swagger_uri": self.swagger_uri,
            "port": self.port,
            "pid": self.pid,
            "container": self.container,
            "security": dict(self.security),
            "log_path": None if self.log_path is None else str(self.log_path),
            "environment": self.environment,
            "models": list(self.models),
            "workers": self.workers,
            "started": None if self.started is None else self.started.isoformat(),
            "error": self.error,
            "stages": {step: round(seconds, 3) for step, seconds in self.stages.items()},
            "reasons": dict(self.reasons),
        }


def check_service_name(name: str, place: Place | None = None) -> list[Finding]:
    """Findings for a name that Azure would refuse for a service; empty when it is fine."""
    if SERVICE_NAME_PATTERN.fullmatch(name) and len(name) in SERVICE_NAME_LENGTH:
        return []
    suggestion = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-0123456789")[:32].rstrip("-")
    return [
        Finding(
            "invalid-service-name",
            f"service name {name!r} must be 3 to 32 of a-z, 0-9 and '-', start with a letter and not end with '-'",
            f"for instance {suggestion!r}" if len(suggestion) >= 3 else "for instance 'my-service'",
            place,
        )
    ]


def check_port(port: int | None, place: Place | None = None, *, option: str = "--port") -> list[Finding]:
    """Findings for a port outside 1..65535, of ``option``; ``None`` (any free port) is fine."""
    if port is None or port in PORTS:
        return []
    return [
        Finding(
            "port-range", f"port {port} is not in the range 1 to 65535", f"leave {option} out to get a free one", place
        )
    ]
