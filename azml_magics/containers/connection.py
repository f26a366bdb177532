"""Connecting to the Docker engine that the docker command line would use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient


@dataclass(frozen=True)
class Connection:
    """A reachable engine: ``address`` as in ``DOCKER_HOST``, ``version`` of the engine.

    ``is_remote`` says that directories of this machine cannot be mounted into its containers.
    """

    client: DockerClient
    address: str
    version: str
    is_remote: bool


def connect() -> Connection:
    """The engine in use, asked once a process and address."""
    import docker

    client = docker.from_env(version="auto", timeout=60)
    return Connection(client, client.api.base_url, client.version()["Version"], is_remote=False)
