"""Connecting to the Docker engine that the docker command line would use; what is done with it is left to others."""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.containers.addresses import EngineAddress, list_addresses
from azml_magics.containers.unreachable import Attempt, outcome_of, unavailable
from azml_magics.errors import ToolError

if TYPE_CHECKING:
    from docker import APIClient, DockerClient

#: The oldest engine API that has what is used here (Docker 19.03): platforms, device requests, build progress.
OLDEST_API = (1, 40)
OLDEST_ENGINE = "19.03"
#: How long an engine may take to say who it is, and how long for any other answer.
ANSWER_SECONDS = 10
REQUEST_SECONDS = 60


@dataclass(frozen=True)
class Connection:
    """A reachable engine: ``address`` as in ``DOCKER_HOST``, ``version`` of the engine.

    ``is_remote`` says that directories of this machine cannot be mounted into its containers. ``api_version`` is the
    engine's (``1.41``), ``architecture`` Docker's word for its processor (``amd64``).
    """

    client: DockerClient
    address: str
    version: str
    is_remote: bool
    api_version: str = ""
    architecture: str = "amd64"


_known: dict[EngineAddress, Connection] = {}
_lock = threading.Lock()


def connect() -> Connection:
    """The engine in use: the one the user chose, else the first that answers in the usual places.

    One client a process and address; each call asks the engine whether it still answers. Raises ``ToolError``
    (``docker-unavailable``: every address tried, and what happened there; ``docker-too-old``).
    """
    attempts = []
    for address in list_addresses(os.environ):
        found = _connect_to(address)
        if isinstance(found, Connection):
            return found
        attempts.append(found)
    raise unavailable(attempts)


def _connect_to(address: EngineAddress) -> Connection | Attempt:
    from docker.errors import DockerException
    from requests import RequestException

    if address.socket is not None:
        error = _try_socket(address.socket)
        if error is not None:
            return outcome_of(address, error)
    with _lock:
        known = _known.get(address)
        try:
            if known is not None:
                if ask_version(known.client.api)["Version"] == known.version:
                    return known
                del _known[address]  # another engine listens there now
            connection = _open(address)
        except (DockerException, RequestException, OSError, ValueError) as error:
            return outcome_of(address, error)
        _known[address] = connection
        return connection


def _try_socket(path: Path) -> OSError | None:
    """Connect once, for the system's own word on why it cannot be done."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(str(path))
        except OSError as error:
            return error
    return None


def ask_version(api: APIClient) -> dict[str, Any]:
    """What the engine says of itself, within :data:`ANSWER_SECONDS`."""
    response = api.get(f"{api.base_url}/version", timeout=ANSWER_SECONDS)
    if not response.ok:
        # An engine says in plain text that it wants to be asked through TLS.
        raise ValueError(f"HTTP {response.status_code}: {response.text.strip()[:200]}")
    facts = response.json()
    if not isinstance(facts, dict) or not {"Version", "ApiVersion"} <= facts.keys():
        raise ValueError("what answers there is no Docker engine")
    return facts


def _open(address: EngineAddress) -> Connection:
    oldest = ".".join(map(str, OLDEST_API))
    asking = _client(address, oldest)
    try:
        facts = ask_version(asking.api)
    finally:
        asking.close()
    version, api_version = str(facts["Version"]), str(facts["ApiVersion"])
    if tuple(map(int, api_version.split("."))) < OLDEST_API:
        raise ToolError(
            f"the Docker engine at {address.url} is too old: {version} with API {api_version}; "
            f"needed is {OLDEST_ENGINE} or newer, API {oldest}",
            remedy="update Docker, or name another engine with DOCKER_HOST",
            code="docker-too-old",
        )
    client = _client(address, api_version)
    return Connection(
        client,
        address.url,
        version,
        is_remote=address.socket is None or _is_outside(client),
        api_version=api_version,
        architecture=str(facts.get("Arch", "amd64")),
    )


def _is_outside(client: DockerClient) -> bool:
    """Whether we are in a container ourselves whose engine is outside: it does not see our directories then."""
    if not any(Path(name).exists() for name in ("/.dockerenv", "/run/.containerenv")):
        return False
    return bool(client.info().get("Name") != socket.gethostname())


def _client(address: EngineAddress, api_version: str) -> DockerClient:
    """A client that asks nothing by itself."""
    from docker import DockerClient
    from docker.tls import TLSConfig
    from requests.utils import get_environ_proxies

    tls: TLSConfig | bool = False
    if address.tls is not None:
        directory = address.tls.directory
        tls = TLSConfig(
            client_cert=(str(directory / "cert.pem"), str(directory / "key.pem")),
            ca_cert=str(directory / "ca.pem"),
            verify=address.tls.verify,
        )
    client = DockerClient(address.url, version=api_version, timeout=REQUEST_SECONDS, tls=tls, use_ssh_client=True)
    if tls:
        # Otherwise requests prefers REQUESTS_CA_BUNDLE to the certificates of this very engine.
        client.api.trust_env = False
        client.api.proxies = get_environ_proxies(client.api.base_url)
    return client
