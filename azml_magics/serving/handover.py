"""Receiving the socket to listen on from the engine, for a container that has no network of its own."""

import array
import os
import socket


def receive_socket(path):
    """The number of the inheritable descriptor that the engine hands over at the Unix socket ``path``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.connect(path)
        size = array.array("i").itemsize
        _, ancillary, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(size))
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[:size])
    os.set_inheritable(descriptors[0], True)
    return descriptors[0]
