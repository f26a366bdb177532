"""The docker engine: a service as one labelled container, published on 127.0.0.1 only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection, connect
from azml_magics.containers.failure import explained
from azml_magics.definitions import labels
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment, ServiceState
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.image_layout import APP_ROOT
from azml_magics.definitions.server_log import is_record
from azml_magics.engines import (
    RECENT_LINES,
    STOP_GRACE_SECONDS,
    ServicePlace,
    app_root,
    container_files,
    container_logs,
)
from azml_magics.engines.confinement import check_gpus
from azml_magics.engines.container_news import ContainerNews
from azml_magics.engines.container_options import confinement
from azml_magics.engines.container_start import LOG_NAME, StartedContainer, publishes_here, started_container
from azml_magics.engines.failure import OUT_OF_MEMORY
from azml_magics.engines.probe import wait_until_healthy
from azml_magics.engines.readiness import BUSY, UNCHANGED, reload_failure, wait_for_reload, wait_until_ready
from azml_magics.engines.told_log import ServerNews
from azml_magics.errors import ServiceError
from azml_magics.events import Emit, LogLine, Note
from azml_magics.events.stages import running_step
from azml_magics.system.files import write_atomically
from azml_magics.system.logs import clip_line

if TYPE_CHECKING:
    from docker.models.containers import Container

#: How a program ends that the system killed: 128 and the signal's number.
KILLED = 137


class DockerEngine:
    """Runs ``serving/start.py`` (or the image's own command) in a container, which outlives whoever started it."""

    name = "docker"

    def start(
        self, deployment: Deployment, artifact: Artifact, place: ServicePlace, *, emit: Emit, cancel: Cancel
    ) -> Endpoint:
        """Start, wait for ``init()`` of every worker, then ask ``GET /``. Raises ``StartError`` and its children."""
        connection = connect()
        check_gpus(connection, deployment.resources, whose=f"service {deployment.name!r}")
        remove_strays(connection, deployment.name, place)
        log_path = place.directory / LOG_NAME
        with running_step(emit, "start", "a new container"):
            files = container_files.lay_out_container(deployment, artifact, place, emit=emit, cancel=cancel)
            try:
                with (
                    explained(f"starting service {deployment.name!r}", subject="its container"),
                    started_container(connection, deployment, artifact, place, files) as started,
                ):
                    _follow_until_ready(started, deployment, files, log_path, emit=emit, cancel=cancel)
            finally:
                container_files.forget_secrets(files)
        endpoint = Endpoint(
            service=deployment.name,
            engine=self.name,
            port=started.port,
            log_path=log_path,
            directory=place.directory,
            container=started.container.id,
            started=datetime.now(timezone.utc),
            security=confinement(deployment, artifact, started.port).as_dict(),
        )
        with running_step(emit, "healthy"):
            try:
                if publishes_here(connection):
                    wait_until_healthy(endpoint, deployment.wait_seconds)
                else:
                    emit(Note(_tunnel_note(connection, started.port)))
            except BaseException:
                self.stop(endpoint)
                raise
        return endpoint

    def reload(self, endpoint: Endpoint, deployment: Deployment, place: ServicePlace, *, emit: Emit) -> Endpoint:
        """Put changed files in place, have a new worker try them, and let the old ones finish what they answer."""
        if deployment.start == "image":
            raise ServiceError(
                f"service {endpoint.service!r} runs its image's own command, which cannot reload",
                remedy=f"azml update {endpoint.service} puts a new container in its place",
                code="reload-unsupported",
            )
        connection = connect()
        word = secrets.token_hex(8)
        server = ServerNews(emit, tells_requests=False)
        with (
            _container(connection, endpoint) as container,
            ContainerNews(container, word, from_start=False, on_line=lambda line: server.tell(clip_line(line))) as news,
            app_root.replaced_files(deployment, place, shared=True) as replaced,
        ):
            if not replaced:
                emit(Note(UNCHANGED))
            self._show_changes(connection, container, place, replaced, word)
            container.kill("SIGHUP")
            heard, interrupt = wait_for_reload(
                endpoint,
                news,
                deployment.wait_seconds,
                lives=lambda: self.state(endpoint) == "running",
                give_up=lambda: container.kill("SIGUSR2"),
            )
            if heard["state"] == "failed":
                log = list(news.lines)
                raise interrupt or reload_failure(endpoint, deployment, log, given_up="given_up" in heard)
            if heard.get("busy"):
                emit(Note(BUSY))
        if interrupt is not None:
            raise interrupt
        return endpoint

    def _show_changes(
        self, connection: Connection, container: Container, place: ServicePlace, replaced: app_root.Replaced, word: str
    ) -> None:
        """Say who wants the reload; where nothing is mounted, copy the files that differ."""
        control = place.directory / "control"
        request = json.dumps({"notify": f"log:{word}"}).encode()
        write_atomically(control / "reload.json", request, mode=app_root.SHARED[1])
        if connection.is_remote:
            container_files.copy_changes(container, place.directory / "app", control, replaced)

    def state(self, endpoint: Endpoint) -> ServiceState:
        """``running`` while the container runs, else ``failed``. Raises ``ToolError`` when the engine is not there."""
        from docker.errors import NotFound

        with explained(f"looking at service {endpoint.service!r}", subject="its container"):
            try:
                inspected = connect().client.api.inspect_container(str(endpoint.container))
            except NotFound:
                return "failed"
        return "running" if inspected["State"]["Running"] else "failed"

    def logs(self, endpoint: Endpoint, *, tail: int | None = None, follow: bool = False) -> Iterator[str]:
        """Lines of the container's log; of one that is gone, what was kept."""
        return container_logs.read(endpoint, tail=tail, follow=follow)

    def log_mark(self, endpoint: Endpoint) -> float:  # noqa: ARG002  # every engine has one form
        """A time in seconds."""
        return container_logs.now()

    def log_since(self, endpoint: Endpoint, mark: float) -> Sequence[str]:
        """What the engine kept since that time."""
        return container_logs.read_since(endpoint, mark, limit=RECENT_LINES)

    def stop(self, endpoint: Endpoint) -> None:
        """End the container, keep its log, remove it; running requests may finish within gunicorn's grace period."""
        assert endpoint.container is not None
        _remove(connect(), endpoint.container, endpoint.log_path, grace_seconds=STOP_GRACE_SECONDS)

    def end_orphan(self, directory: Path) -> None:
        """Its container is labelled with the directory, where its log is kept and its secrets are."""
        connection = connect()
        for container in _list_labelled(connection, f"{labels.DIRECTORY}={directory}"):
            _remove(connection, str(container.id), directory / LOG_NAME, grace_seconds=0)
        container_files.forget_all_secrets(directory)


ENGINE = DockerEngine()


def remove_strays(connection: Connection, service: str, place: ServicePlace) -> None:
    """End containers of this service that nobody knows: whoever started them was killed before writing it down."""
    known = place.former.container if place.former is not None else None
    for container in _list_labelled(connection, f"{labels.SERVICE}={service}", f"{labels.WORKSPACE}={place.workspace}"):
        if container.id != known:
            kept = Path(container.labels.get(labels.DIRECTORY, "")) / LOG_NAME
            log_path = kept if kept.parent.is_relative_to(place.workspace) and kept.parent.is_dir() else None
            _remove(connection, str(container.id), log_path, grace_seconds=0)


def _list_labelled(connection: Connection, *wanted: str) -> list[Container]:
    filters: dict[str, str | list[str] | bool] = {"label": list(wanted)}
    with explained("looking for containers that nobody knows", subject="the container"):
        return connection.client.containers.list(all=True, filters=filters, ignore_removed=True)


def _follow_until_ready(
    started: StartedContainer,
    deployment: Deployment,
    files: container_files.ContainerFiles,
    log_path: Path,
    *,
    emit: Emit,
    cancel: Cancel,
) -> None:
    """Wait for the news; what is logged until then is kept and told."""
    server = ServerNews(emit)
    is_installing = files.installs
    with log_path.open("ab") as log:

        def keep(line: str) -> None:
            nonlocal is_installing
            log.write(line.encode() + b"\n")
            is_installing = is_installing and not is_record(line)
            if is_installing:
                emit(LogLine("builder", clip_line(line)))
            else:
                server.tell(clip_line(line))
            if OUT_OF_MEMORY in line and deployment.resources.memory_gb is not None:
                news.post(state="exited", code=KILLED, out_of_memory=True)

        news = ContainerNews(started.container, started.word, from_start=True, on_line=keep)
        with news:
            if deployment.start == "image":
                started.wait_for_answer(deployment, news, cancel=cancel)
            else:
                wait_until_ready(deployment, news, lambda: list(news.lines), APP_ROOT, cancel=cancel)


@contextmanager
def _container(connection: Connection, endpoint: Endpoint) -> Iterator[Container]:
    with explained(f"reloading service {endpoint.service!r}", subject="its container"):
        yield connection.client.containers.get(str(endpoint.container))


def _remove(connection: Connection, container_id: str, log_path: Path | None, *, grace_seconds: int) -> None:
    """Stop and remove a container and its volumes; its log goes to ``log_path``. One that is gone is no error."""
    from docker.errors import NotFound

    with explained("removing a container", subject="the container"):
        try:
            container = connection.client.containers.get(container_id)
            container.stop(timeout=grace_seconds)
            if log_path is not None:
                container_logs.keep(container, log_path)
            container.remove(v=True, force=True)
        except NotFound:
            return


def _tunnel_note(connection: Connection, port: int) -> str:
    return (
        f"the engine at {connection.address} is another machine: the service listens on 127.0.0.1:{port} there; "
        f"ssh -L {port}:127.0.0.1:{port} brings it here"
    )
