"""Where a Docker engine may listen, as the docker command line looks for it; connecting is left to ``connection``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azml_magics.errors import ToolError

DEFAULT_SOCKET = "/var/run/docker.sock"
DEFAULT_CONTEXT = "default"
#: Sockets below the home directory: Docker Desktop (macOS, Linux), Colima, Rancher Desktop, OrbStack, Podman machine.
HOME_SOCKETS = (
    ".docker/run/docker.sock",
    ".docker/desktop/docker.sock",
    ".colima/default/docker.sock",
    ".config/colima/default/docker.sock",
    ".rd/docker.sock",
    ".orbstack/run/docker.sock",
    ".local/share/containers/podman/machine/podman.sock",
)
#: Sockets below ``$XDG_RUNTIME_DIR``: rootless Docker, rootless Podman.
RUNTIME_SOCKETS = ("docker.sock", "podman/podman.sock")
PODMAN_SOCKET = "/run/podman/podman.sock"


@dataclass(frozen=True)
class TlsFiles:
    """Certificates for an engine behind TLS; ``verify`` says whether the engine's own is checked."""

    directory: Path
    verify: bool


@dataclass(frozen=True)
class EngineAddress:
    """One place to try.

    ``url`` is as in ``DOCKER_HOST``. ``chosen_by`` names what the user chose it with; empty for the usual places.
    """

    url: str
    chosen_by: str = ""
    tls: TlsFiles | None = None

    @property
    def socket(self) -> Path | None:
        """The path of a Unix socket, else ``None``."""
        scheme, _, path = self.url.partition("://")
        return Path("/" + path.lstrip("/")) if scheme in ("unix", "http+unix") else None


def list_addresses(environment: Mapping[str, str]) -> list[EngineAddress]:
    """The places to try, in order: what the user chose and nothing else, else the usual sockets.

    ``DOCKER_HOST`` wins over ``DOCKER_CONTEXT``, that over the context of docker's own configuration. Raises
    ``ToolError`` (``docker-unavailable``) for a context that cannot be read.
    """
    host = environment.get("DOCKER_HOST")
    if host:
        return [EngineAddress(_with_scheme(host), "DOCKER_HOST", _tls_of(environment))]
    configuration = _home(environment, "DOCKER_CONFIG", ".docker")
    given = environment.get("DOCKER_CONTEXT")
    name = given or _current_context(configuration)
    if name and name != DEFAULT_CONTEXT:
        return [_read_context(name, "DOCKER_CONTEXT" if given else "docker context use", configuration)]
    if given:
        return [EngineAddress(f"unix://{DEFAULT_SOCKET}", "DOCKER_CONTEXT")]
    home = Path(environment.get("HOME") or "~").expanduser()
    runtime = environment.get("XDG_RUNTIME_DIR")
    sockets = [
        DEFAULT_SOCKET,
        *(str(home / name) for name in HOME_SOCKETS),
        *(str(Path(runtime) / name) for name in RUNTIME_SOCKETS if runtime),
        PODMAN_SOCKET,
    ]
    return [EngineAddress(f"unix://{path}") for path in sockets]


def _home(environment: Mapping[str, str], variable: str, folder: str) -> Path:
    given = environment.get(variable)
    return Path(given) if given else Path(environment.get("HOME") or "~").expanduser() / folder


def _with_scheme(host: str) -> str:
    return host if "://" in host else ("unix://" if host.startswith("/") else "tcp://") + host


def _tls_of(environment: Mapping[str, str]) -> TlsFiles | None:
    """As the docker command line: any value of ``DOCKER_TLS_VERIFY`` but an empty one switches checking on."""
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not verify and not environment.get("DOCKER_CERT_PATH"):
        return None
    return TlsFiles(_home(environment, "DOCKER_CERT_PATH", ".docker"), verify)


def _current_context(configuration: Path) -> str:
    try:
        content = json.loads((configuration / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # docker itself goes on with a warning
        return ""
    name = content.get("currentContext") if isinstance(content, dict) else None
    return os.fspath(name) if isinstance(name, str) else ""


def _read_context(name: str, chosen_by: str, configuration: Path) -> EngineAddress:
    """The endpoint of a context. Read here because the docker package finds no context without a ``config.json``."""
    key = hashlib.sha256(name.encode()).hexdigest()
    path = configuration / "contexts" / "meta" / key / "meta.json"
    try:
        endpoint = json.loads(path.read_text(encoding="utf-8"))["Endpoints"]["docker"]
        url = str(endpoint["Host"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read from {path}"
        unset = "unset DOCKER_CONTEXT" if chosen_by == "DOCKER_CONTEXT" else "choose another with docker context use"
        raise ToolError(
            f"the Docker context {name!r} ({chosen_by}) {what}",
            remedy=f"{unset}; docker context ls lists them",
            code="docker-unavailable",
        ) from error
    certificates = configuration / "contexts" / "tls" / key / "docker"
    tls = TlsFiles(certificates, not endpoint.get("SkipTLSVerify")) if certificates.is_dir() else None
    return EngineAddress(url, f"{chosen_by} {name}" if chosen_by != "DOCKER_CONTEXT" else f"{chosen_by}={name}", tls)
