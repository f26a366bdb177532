"""What of the workspace and of the Docker engine is in use, by services that run and by definitions that still hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import Environment
from azml_magics.errors import NotFoundError, PreflightError, ToolError
from azml_magics.resolve.environment import as_meant_here
from azml_magics.services.liveness import current_state

if TYPE_CHECKING:
    from azml_magics.containers.connection import Connection
    from azml_magics.containers.usage import EngineUse
    from azml_magics.definitions.declarations import Declarations
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace

#: What an artifact of the process engine is called where strategies are written down.
HERE = ("venv", "conda")


@dataclass(frozen=True)
class Uses:
    """``keys`` and ``tags`` of artifacts that a service or an environment still means; ``commands`` of what runs.

    ``has_containers`` says that services of this workspace have run in containers. ``connection`` and ``engine`` are
    ``None`` where no Docker engine could be asked: ``problem`` says why.
    """

    keys: frozenset[str]
    tags: frozenset[str]
    commands: tuple[str, ...]
    service_directories: frozenset[Path]
    has_containers: bool = False
    connection: Connection | None = None
    engine: EngineUse | None = None
    problem: str = ""

    @property
    def knows_containers(self) -> bool:
        """Whether it is known what containers use; otherwise nothing they might use may be taken for unused."""
        return self.engine is not None or not self.has_containers

    def runs_from(self, directory: Path) -> bool:
        """Whether a running service was started with something in ``directory``, or sees it in its container."""
        started = any(str(directory) in command for command in self.commands)
        return started or (self.engine is not None and self.engine.mounts(directory))


def collect_uses(workspace: Workspace, declarations: Declarations, working_directory: Path) -> Uses:
    """As things are now: services as registered, environments as declared here or as registered last."""
    from azml_magics.containers.connection import connect
    from azml_magics.containers.usage import read_engine_use

    records = workspace.list_services()
    going = workspace.runs.list_all(going=True)
    environments = list(_environments(workspace, declarations, working_directory))
    environments += [run.definition for run in going if run.definition is not None]
    digests = {environment.digest() for environment in environments}
    deployments = [record.deployment for record in records]
    digests |= {item.environment.digest() if item.environment else "" for item in deployments}
    known = workspace.artifacts.list_all()
    artifacts = [item for item in known if item.environment in digests]
    connection, engine, problem = None, None, ""
    try:
        connection = connect()
        engine = read_engine_use(connection)
    except ToolError as error:
        connection, problem = None, error.brief
    return Uses(
        frozenset({item.key for item in artifacts} | _venv_keys(environments, deployments)),
        frozenset(item.tag for item in artifacts if item.tag),
        tuple(command for record in records for command in _commands(record))
        + tuple(command for run in going if run.process for command in _words(run.process.pid, run.process.created)),
        frozenset(record.directory for record in records),
        any(item.strategy not in HERE for item in known)
        or any(
            engine != "process" for engine in (*(item.engine for item in deployments), *(run.engine for run in going))
        ),
        connection,
        engine,
        problem,
    )


def _environments(workspace: Workspace, declarations: Declarations, working_directory: Path) -> Iterator[Environment]:
    yield from (item.environment for item in workspace.list_newest_environments())
    for name in declarations.environments:
        declared = declarations.environment(name)
        if declared is not None:
            try:
                yield as_meant_here(declared, working_directory, workspace)
            except NotFoundError:  # nothing can have been built for a directory that is not there
                continue


def _venv_keys(environments: list[Environment], deployments: list[Deployment]) -> set[str]:
    """Of virtual environments the key is known without looking anywhere: also of those that nobody wrote down.

    An environment has one for services and one for runs, which need no server.
    """
    from azml_magics.plan.planner import plan_packages
    from azml_magics.system.host import collect_host_facts

    host = collect_host_facts()
    meant = [*environments, *(deployment.packages_environment for deployment in deployments)]
    wanted = [*((each, True) for each in meant), *((each, False) for each in environments)]
    keys = set()
    for environment, with_server in wanted:
        with suppress(PreflightError):  # locked for another platform: nothing of it was built here
            keys.add(plan_packages(environment, host, with_server=with_server).key)
    return keys


def _commands(record: ServiceRecord) -> Iterator[str]:
    """What a running service was started with, word by word."""
    endpoint = record.endpoint
    if endpoint is not None and current_state(record) == "running":
        yield from _words(endpoint.pid, endpoint.process_created)


def _words(pid: int | None, created: float | None) -> Iterator[str]:
    from azml_magics.system.process import find_process

    process = None if pid is None else find_process(pid, created)
    if process is not None:
        yield from process.cmdline()
