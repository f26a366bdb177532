"""Ports on the loopback interface: reserving one as a listening socket that a service inherits."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azml_magics.definitions.deployment import PORTS
from azml_magics.errors import PortError
from azml_magics.system.locks import is_locked, locked

#: Azure's local services listen here (AZUREML.md 2.1); the search for a free port starts at it.
FIRST_PORT = 5001
BACKLOG = 2048


def listen(port: int | None) -> socket.socket:
    """A listening socket on 127.0.0.1, on ``port`` or on the next free one.

    It is handed to the service, so that no other program can take the port in between. Raises ``PortError``.
    """
    for candidate in [port] if port is not None else _unreserved():
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            if port is not None or error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise _refusal(candidate, error) from error
        else:
            return listener
    raise none_free()


def free_ports(port: int | None) -> Iterator[int]:
    """``port``, or every port from 5001 on that nobody listens on at the moment. Raises as :func:`listen`."""
    if port is not None:
        listen(port).close()
        yield port
        return
    for candidate in _unreserved():
        try:
            listen(candidate).close()
        except PortError:
            continue
        yield candidate


@contextmanager
def reserved(port: int) -> Iterator[None]:
    """Keep deployments that take any port from taking this one, while a service moves there and nobody listens."""
    path = _reservation(port)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with locked(path, what=f"waiting for port {port}"):
        yield


def _unreserved() -> Iterator[int]:
    for port in range(FIRST_PORT, PORTS.stop):
        reservation = _reservation(port)
        if not (reservation.exists() and is_locked(reservation)):
            yield port


def _reservation(port: int) -> Path:
    """The lock file of a port, for every workspace of this user."""
    return Path(tempfile.gettempdir()) / f"azml-ports-{os.getuid()}" / f"{port}.lock"


def none_free() -> PortError:
    """The error for a machine on which every port is taken."""
    return PortError("no port from 5001 to 65535 is free", remedy="stop services you no longer need: azml services")


def _refusal(port: int, error: OSError) -> PortError:
    if error.errno == errno.EADDRINUSE:
        return PortError(
            f"port {port} is already in use",
            remedy="leave --port out to get the next free one, or stop what uses it: azml services",
        )
    return PortError(
        f"port {port} cannot be listened on: {error.strerror}",
        remedy="ports below 1024 need special rights: leave --port out or choose one from 1024",
        code="port-refused",
    )
