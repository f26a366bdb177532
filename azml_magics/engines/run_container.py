"""A training script as one labelled container of the Docker engine, confined as services are, without any port."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from azml_magics.containers.connection import Connection, connect
from azml_magics.containers.failure import explain, explained
from azml_magics.containers.streams import decoded_lines
from azml_magics.definitions import labels
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.run import RunProcess, RunRecord
from azml_magics.engines.app_root import SHARED
from azml_magics.engines.confinement import check_gpus, confined_options, service_user
from azml_magics.engines.container_options import SITE_PACKAGES
from azml_magics.engines.run_process import CANCEL_GRACE_SECONDS, RUNNING
from azml_magics.errors import ToolError
from azml_magics.system.files import write_stream

if TYPE_CHECKING:
    from docker.models.containers import Container

#: Where things of ours are inside; what belongs to the run has the path it has on this machine.
RUNNING_INSIDE = "/opt/azml-running"
RUN_LABEL = f"{labels.PREFIX}run"


@dataclass(frozen=True)
class ContainerOutcome:
    """How a run's container is, or how it ended."""

    running: bool
    exit_code: int | None = None
    out_of_memory: bool = False
    started: datetime | None = None
    ended: datetime | None = None


def start(record: RunRecord, artifact: Artifact, variables: Mapping[str, str], *, workspace: str) -> RunProcess:
    """Create and start the container. Raises ``ToolError``, ``StartError``; nothing is left then."""
    from docker.errors import DockerException
    from requests import RequestException

    connection = connect()
    image = artifact.image
    assert image is not None
    user = _user(connection, artifact)
    if user.split(":")[0] != str(os.getuid()):
        _open_for_everybody(record.working_directory, record.record_directory, record.metrics_directory)
    options = _options(record, artifact, variables, user)
    container: Container | None = None
    try:
        container = connection.client.containers.create(
            name=f"azml-run-{record.id}"[:120],
            labels={RUN_LABEL: record.id, labels.WORKSPACE: workspace, labels.DIRECTORY: str(record.directory)},
            detach=True,
            **options,
        )
        container.start()
    except (DockerException, RequestException) as error:
        if container is not None:
            with explained("removing a container that did not start", subject="the container"):
                container.remove(v=True, force=True)
        raise explain(error, what=f"starting run {record.id}", subject=f"image {image.reference}") from error
    return RunProcess(container=str(container.id))


def check_engine(record: RunRecord) -> None:
    """Before anything is made: whether the engine can run it. Raises ``ToolError``, ``StartError``.

    What a run writes cannot be mounted from another machine, and GPUs need a runtime that hands them out.
    """
    connection = connect()
    if connection.is_remote:
        raise ToolError(
            f"the Docker engine at {connection.address} is on another machine: folders of this one cannot be mounted",
            remedy="run it with --engine process, or with an engine on this machine",
            code="run-remote-engine",
        )
    check_gpus(connection, record.request.resources, whose="the run")


def read_lines(process: RunProcess, *, tail: int | None = None, follow: bool = False) -> Iterator[str]:
    """Lines so far, or the last ``tail`` of them, and with ``follow`` what comes until the end."""
    with explained("reading the log of the run", subject="its container"):
        container = connect().client.containers.get(str(process.container))
        newest: int | Literal["all"] = "all" if tail is None else tail
        yield from decoded_lines(container.logs(stream=True, follow=follow, tail=newest))


def look(process: RunProcess) -> ContainerOutcome | None:
    """As the engine says it now; ``None`` when there is no such container any more. Raises ``ToolError``."""
    from docker.errors import NotFound

    with explained("looking at a run", subject="its container"):
        try:
            state = connect().client.api.inspect_container(str(process.container))["State"]
        except NotFound:
            return None
    if state["Running"]:
        return ContainerOutcome(running=True)
    return ContainerOutcome(
        False, state["ExitCode"], state.get("OOMKilled", False), _time(state["StartedAt"]), _time(state["FinishedAt"])
    )


def find(run_id: str) -> RunProcess | None:
    """The container of a run that nobody wrote down: whoever started it was killed before."""
    wanted: dict[str, str | list[str] | bool] = {"label": f"{RUN_LABEL}={run_id}"}
    with explained("looking for a run", subject="its container"):
        found = connect().client.containers.list(all=True, filters=wanted, ignore_removed=True)
    return RunProcess(container=str(found[0].id)) if found else None


def wait(process: RunProcess) -> None:
    """Return when the container has ended, or is gone."""
    from docker.errors import NotFound

    with explained("waiting for a run", subject="its container"):
        try:
            connect().client.containers.get(str(process.container)).wait()
        except NotFound:
            return


def cancel(process: RunProcess) -> None:
    """End the container, politely first; one that is gone is no error."""
    from docker.errors import NotFound

    with explained("cancelling a run", subject="its container"):
        try:
            connect().client.containers.get(str(process.container)).stop(timeout=int(CANCEL_GRACE_SECONDS))
        except NotFound:
            return


def put_away(process: RunProcess, log_path: Path) -> None:
    """Keep the whole log of a container that has ended, and remove it."""
    from docker.errors import NotFound

    with explained("removing the container of a run", subject="the container"):
        try:
            container = connect().client.containers.get(str(process.container))
            lines = decoded_lines(container.logs(stream=True, follow=False))
            write_stream(log_path, (line.encode() + b"\n" for line in lines))
            container.remove(v=True, force=True)
        except NotFound:
            return


def _options(record: RunRecord, artifact: Artifact, variables: Mapping[str, str], user: str) -> dict[str, Any]:
    from docker.types import Mount

    own = (record.working_directory, record.record_directory, record.metrics_directory)
    mounts = [Mount(str(path), str(path), type="bind") for path in own]
    mounts.append(Mount(RUNNING_INSIDE, str(RUNNING), type="bind", read_only=True))
    told = {"PYTHONUNBUFFERED": "1", "HOME": "/tmp", "USER": "azml", "XDG_CACHE_HOME": "/tmp/.cache"}  # noqa: S108
    if artifact.strategy == "mount" and artifact.directory is not None:
        mounts.append(Mount(SITE_PACKAGES, str(artifact.directory), type="bind", read_only=True))
        given = variables.get("PYTHONPATH")
        variables = {**variables, "PYTHONPATH": os.pathsep.join([*([given] if given else []), SITE_PACKAGES])}
    return {
        **confined_options(artifact, user, record.request.resources, read_only=True),
        "entrypoint": [str(artifact.python), f"{RUNNING_INSIDE}/script.py"],
        "command": [record.script, *record.arguments],
        "working_dir": str(record.working_directory),
        "environment": {**told, **variables},
        "mounts": mounts,
        "init": True,  # reaps what the script leaves behind, and hands signals on
    }


def _user(connection: Connection, artifact: Artifact) -> str:
    """Ours, so that what the script writes belongs to whoever asked; never root."""
    with explained("asking how the engine maps users", subject="the engine"):
        security = connection.client.info().get("SecurityOptions") or []
    if os.getuid() == 0 or any("rootless" in item or "userns" in item for item in security):
        return service_user(artifact)
    return f"{os.getuid()}:{os.getgid()}"


def _open_for_everybody(*folders: Path) -> None:
    """Let any user of a container write; who may come here at all is settled by the directories above."""
    for folder in folders:
        for top, _, names in os.walk(folder):
            Path(top).chmod(0o777)
            for name in names:
                path = Path(top) / name
                if not path.is_symlink():
                    path.chmod(SHARED[1] | 0o222 | (path.stat().st_mode & 0o111))


def _time(text: str) -> datetime | None:
    """The engine's own notation: nine digits of a second where Python takes six."""
    if text.startswith("0001"):
        return None
    fraction = text[20:].rstrip("Z")[:6] if text[19:20] == "." else ""
    microseconds = int(fraction.ljust(6, "0")) if fraction.isdecimal() else 0
    return datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc, microsecond=microseconds)
