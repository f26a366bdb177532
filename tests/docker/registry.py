"""A real image registry on this machine, and a door to it that lets bytes through slowly."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unused_ports import unused_port

CONFIGURATION = """\
version: 0.1
log: {{level: info}}
storage:
  filesystem: {{rootdirectory: {folder}/data}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@contextlib.contextmanager
def running_registry(folder: Path) -> Iterator[int]:
    """A ``docker-registry`` with its data below ``folder``; gives its port."""
    port = unused_port()
    (folder / "registry.yml").write_text(CONFIGURATION.format(folder=folder, port=port))
    command = ["docker-registry", "serve", str(folder / "registry.yml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "listening on" in line:
                break
        else:
            pytest.fail("docker-registry does not start: " + "".join(said))
        # What it says from now on is read, so that it never waits for a reader.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield port
        finally:
            process.terminate()


class SlowDoor:
    """Forwards a port of its own to ``target``, downloads at ``bytes_per_second``.

    ``hung_up`` is set when a connection is closed by the one who downloads a layer through it.
    """

    def __init__(self, target: int, bytes_per_second: int) -> None:
        self._target = target
        self._rate = bytes_per_second
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.hung_up = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                sent = [0]
                threading.Thread(target=self._ask, args=(client, server, sent), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client, sent), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, sent: list[int]) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                server.sendall(piece)
        if sent[0] > 20_000:  # more than manifests are
            self.hung_up.set()
        server.close()

    def _answer(self, server: socket.socket, client: socket.socket, sent: list[int]) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(16384):
                client.sendall(piece)
                sent[0] += len(piece)
                time.sleep(len(piece) / self._rate)
        client.close()
