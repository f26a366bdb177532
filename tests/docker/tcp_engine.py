"""The machine's own engine as if it were another machine's: reached over TCP."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from azml_magics.containers.connection import Connection


@contextlib.contextmanager
def behind_tcp(engine: Connection, host: str = "127.0.0.1") -> Iterator[str]:
    """The address of ``engine`` behind a TCP port of the loopback interface."""
    path = engine.address.removeprefix("unix://").removeprefix("http+")
    with socket.create_server((host, 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    far = socket.socket(socket.AF_UNIX)
                    far.connect(path)
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=_forward, args=pair, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"tcp://{host}:{listener.getsockname()[1]}"


def _forward(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side is closed."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
