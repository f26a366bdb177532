"""Telling an engine what happened: one JSON datagram to the socket it opened."""

import json
import socket


def send(path, **news):
    """Send ``news`` to the datagram socket ``path``; an engine that has gone away is nobody's problem."""
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.sendto(json.dumps(news).encode(), path)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
