"""Ports for tests: nobody else is given them between the moment they are chosen and the moment they are used."""

from __future__ import annotations

import itertools
import os
import socket

#: Above what the system gives to whoever names no port, and far from where deployments begin to look.
FIRST, COUNT = 61_000, 4_000
_next = itertools.count(os.getpid() * 37)


def unused_port() -> int:
    """A port that nobody listens on: another one each time, and other ones in other processes."""
    for _ in range(COUNT):
        port = FIRST + next(_next) % COUNT
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"every port from {FIRST} on is taken")
