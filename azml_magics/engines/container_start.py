"""Creating and starting a service's container on a port of this machine, with or without a network of its own."""

from __future__ import annotations

import array
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explain
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_layout import APP_ROOT, PORT
from azml_magics.engines import ServicePlace, ports
from azml_magics.engines.container_files import ContainerFiles, fill_volumes, mounts
from azml_magics.engines.container_news import ContainerNews
from azml_magics.engines.container_options import confinement, container_labels, container_variables, create_options
from azml_magics.engines.probe import is_healthy
from azml_magics.engines.readiness import wait_until_ready
from azml_magics.errors import PortError, ToolError

if TYPE_CHECKING:
    from docker.models.containers import Container

LOG_NAME = "service.log"
#: An image's own command tells nobody that it is ready, so it is asked this often.
ASK_AGAIN_SECONDS = 0.2
#: Asks from the inside, where the published port is another machine's.
ASK_INSIDE = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}/', timeout=1)"
#: How many ports that were free a moment ago may turn out to be taken.
PORT_ATTEMPTS = 20


@dataclass(frozen=True)
class StartedContainer:
    """A container that runs, its port and the word that marks its news.

    ``asked_with`` is the Python inside that asks for us, where the port is not on this machine.
    """

    container: Container
    port: int
    word: str
    asked_with: Path | None = None

    def wait_for_answer(self, deployment: Deployment, news: ContainerNews, *, cancel: Cancel) -> None:
        """For an image's own command: ask ``GET /`` until it answers; raises as :func:`wait_until_ready`."""
        answered = threading.Event()

        def ask() -> None:
            while not answered.wait(ASK_AGAIN_SECONDS):
                if self._answers():
                    news.post(state="ready")
                    return

        asking = threading.Thread(target=ask, name="azml-ask", daemon=True)
        asking.start()
        try:
            wait_until_ready(deployment, news, lambda: list(news.lines), APP_ROOT, cancel=cancel)
        finally:
            answered.set()
            asking.join()

    def _answers(self) -> bool:
        if self.asked_with is None:
            return is_healthy(self.port)
        from docker.errors import DockerException
        from requests import RequestException

        try:
            return self.container.exec_run([str(self.asked_with), "-c", ASK_INSIDE]).exit_code == 0
        except (DockerException, RequestException):
            return False  # it has ended, which its log tells


@contextmanager
def started_container(
    connection: Connection, deployment: Deployment, artifact: Artifact, place: ServicePlace, files: ContainerFiles
) -> Iterator[StartedContainer]:
    """A new container that runs; removed when the body raises. Raises ``PortError`` for a port that was asked for."""
    new = _NewContainer(connection, deployment, artifact, place, files, secrets.token_hex(8))
    with ExitStack() as stack:
        yield new.start_published(stack) if deployment.resources.network else new.start_without_network(stack)


def publishes_here(connection: Connection) -> bool:
    """Whether 127.0.0.1 of the engine is that of this machine."""
    host = urlsplit(connection.address).hostname
    return not connection.is_remote or host in ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class _NewContainer:
    connection: Connection
    deployment: Deployment
    artifact: Artifact
    place: ServicePlace
    files: ContainerFiles
    word: str

    def start_published(self, stack: ExitStack) -> StartedContainer:
        """On the port asked for, or on the first free one; another program may take that in between."""
        wanted = self.deployment.port
        for attempt, port in enumerate(ports.free_ports(wanted), start=1):
            with ExitStack() as trial:
                try:
                    container = trial.enter_context(self._started(port))
                except PortError:
                    if wanted is not None or attempt == PORT_ATTEMPTS:
                        raise
                    continue
                stack.push(trial.pop_all())
                asked_with = None if publishes_here(self.connection) else self.artifact.python
                return StartedContainer(container, port, self.word, asked_with)
        raise ports.none_free()

    def start_without_network(self, stack: ExitStack) -> StartedContainer:
        """Cut off from every network, on a socket of this machine that is handed over when the container starts."""
        if self.connection.is_remote:
            raise ToolError(
                f"a container without network cannot be reached on the engine at {self.connection.address}",
                remedy="leave --no-network out, or use an engine on this machine",
                code="no-network-remote",
            )
        listener = stack.enter_context(ports.listen(self.deployment.port))
        stack.enter_context(_handover(self.files.control / "listen", listener))
        port = int(listener.getsockname()[1])
        return StartedContainer(stack.enter_context(self._started(port)), port, self.word)

    @contextmanager
    def _started(self, port: int) -> Iterator[Container]:
        """A new container that runs; removed again when the body raises."""
        from docker.errors import DockerException
        from requests import RequestException

        held = confinement(self.deployment, self.artifact, port)
        remote = self.connection.is_remote
        container = None
        try:
            container = self.connection.client.containers.create(
                name=f"azml-{self.deployment.name}-{self.word[:6]}",
                environment=container_variables(self.deployment, self.artifact, word=self.word),
                labels=container_labels(
                    self.deployment,
                    self.artifact,
                    workspace=self.place.workspace,
                    directory=str(self.place.directory),
                    port=port,
                ),
                mounts=mounts(self.files, is_remote=remote),
                detach=True,
                **create_options(self.deployment, self.artifact, held),
            )
            fill_volumes(container, self.files, held.user, is_remote=remote)
            container.start()
            yield container
        except BaseException as error:
            if container is not None:
                with suppress(DockerException, RequestException):
                    container.remove(v=True, force=True)
            if isinstance(error, DockerException | RequestException):
                image = self.artifact.image
                assert image is not None
                what = f"starting service {self.deployment.name!r}"
                raise explain(error, what=what, subject=f"image {image.reference}") from error
            raise


@contextmanager
def _handover(path: Path, listener: socket.socket) -> Iterator[None]:
    """Give ``listener`` to whoever connects to the Unix socket ``path`` first; see ``serving/handover.py``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        # A long workspace path does not fit into a socket's address: bound by a short one through its directory.
        with _short_directory(path.parent) as directory:
            door.bind(f"{directory}/{path.name}")
        path.chmod(0o666)  # any user's container; the directories above are closed to everybody else
        door.listen(1)

        def hand_over() -> None:
            with suppress(OSError):  # closed below, when nobody came
                channel, _ = door.accept()
                with channel:
                    rights = array.array("i", [listener.fileno()])
                    channel.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])

        waiting = threading.Thread(target=hand_over, name="azml-handover", daemon=True)
        waiting.start()
        yield


@contextmanager
def _short_directory(directory: Path) -> Iterator[str]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
