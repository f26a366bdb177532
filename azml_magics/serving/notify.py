"""Telling an engine what happened: one JSON datagram to the socket it opened."""

import contextlib
import json
import socket


def send(path, **news):
    """Send ``news`` to the datagram socket ``path``; an engine that has gone away is nobody's problem."""
    if not path:
        return
    gone = contextlib.suppress(FileNotFoundError, ConnectionRefusedError)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, gone:
        channel.sendto(json.dumps(news).encode(), path)
